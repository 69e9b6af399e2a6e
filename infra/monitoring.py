"""What is watched in the environment, who hears of it, and the pages that show it."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple, Protocol

import pulumi

from environment import shared_name
from mcp_ops import (
    Dashboard,
    DashboardArgs,
    DeliveryMetrics,
    ExternalServices,
    ExternalServicesArgs,
    Gateway,
    McpServer,
    Notifications,
    NotificationsArgs,
    PlatformMonitoring,
    PlatformMonitoringArgs,
    Probe,
    ProbeArgs,
    ReleaseGate,
    ServerMonitoring,
    ServerMonitoringArgs,
)
from mcp_ops.functions import Function
from mcp_ops.monitoring.alarms import SEVERITIES
from settings import Settings


class Watched(NamedTuple):
    """What there is to watch."""

    gateway: Gateway
    cluster_name: pulumi.Input[str]
    servers: Mapping[str, McpServer]
    functions: Mapping[str, Function]
    """Functions of the other rooms, by key."""
    tables: Mapping[str, pulumi.Input[str]]
    """DynamoDB tables by the name of their store."""
    alarms: Sequence[pulumi.Input[str]]
    """Alarms of the other rooms, all critical; the dashboards show them."""


class Means(NamedTuple):
    """What the functions of monitoring work with."""

    key_arn: pulumi.Input[str]
    log_key_arn: pulumi.Input[str]
    boundary_arn: pulumi.Input[str]

    def args(self, settings: Settings) -> dict[str, Any]:
        """Returns the inputs that every component with a function takes."""
        return {
            "environment": settings.environment,
            "account_id": settings.account,
            "region": settings.regions.primary,
            "key_arn": self.key_arn,
            "log_key_arn": self.log_key_arn,
            "log_retention_days": settings.retention.logs_days,
            "permissions_boundary_arn": self.boundary_arn,
        }


LATER = "known later"
"""Stands for what only AWS knows, where settings are checked."""
UNKNOWN = Means(LATER, LATER, LATER)
LATER_TOPICS: Mapping[str, pulumi.Input[str]] = {"critical": LATER, "warning": LATER}


class Working(Protocol):
    """A component with functions that must be watched."""

    @property
    def functions(self) -> Mapping[str, Function]:
        """Its functions, by key."""


class Alarming(Protocol):
    """A component with alarms that tell somebody."""

    alarms: dict[str, pulumi.Output[str]]
    """ARNs, by key."""


class Acting(Protocol):
    """A component of this room with alarms that tell somebody."""

    acting_alarms: dict[str, list[pulumi.Output[str]]]
    """ARNs, by severity."""


def alarms_of(*parts: Alarming | None) -> list[pulumi.Input[str]]:
    """Returns the alarms of components that are there."""
    return [arn for part in parts if part for arn in part.alarms.values()]


def functions_of(
    backups: Working | None, secrets: Working | None, restarts: Working | None, gate: ReleaseGate | None
) -> Mapping[str, Function]:
    """Returns the functions of the other rooms by `<room>-<function>`."""
    rooms = (("backups", backups), ("secrets", secrets), ("secrets", restarts))
    found = {f"{room}-{key}": each for room, part in rooms if part for key, each in part.functions.items()}
    return {**found, "delivery-gate": gate.function} if gate else found


def runbook_url(settings: Settings) -> str:
    """Returns the folder of the runbooks."""
    repository = settings.repository
    main = f"https://github.com/{repository.owner}/{repository.name}/blob/main/docs/runbooks"
    return settings.monitoring.runbook_url or main


def notifications_args(settings: Settings, means: Means, cluster_name: pulumi.Input[str]) -> NotificationsArgs:
    """Returns the inputs of notifications."""
    chosen = settings.notifications
    args: Any = {**means.args(settings), "cluster_name": cluster_name, "runbook_url": runbook_url(settings)}
    args["emails"] = list(chosen.emails)
    for name in ("slack", "pagerduty", "opsgenie"):
        channel = getattr(chosen, name)
        if channel:
            given = {"severities": list(channel.severities) if channel.severities else None, **_secret(channel)}
            args[name] = {key: value for key, value in given.items() if value is not None}
    heard = chosen.emails or chosen.slack or chosen.pagerduty or chosen.opsgenie
    # Rules refuse silence elsewhere.
    if not heard and settings.environment == "dev":  # nosemgrep: no-branch-on-environment-name - see above
        args["silent"] = True
    if settings.budget:
        args["monthly_budget_usd"] = settings.budget.monthly_usd
        args["anomaly_usd"] = settings.budget.anomaly_usd
    checked: NotificationsArgs = args
    return checked


def notifications(
    settings: Settings, means: Means, cluster_name: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> Notifications:
    """Registers who hears of alarms, and the budget."""
    return Notifications(shared_name(settings), notifications_args(settings, means, cluster_name), opts)


def server_args(
    settings: Settings, name: str, references: Mapping[str, Any], topics: Mapping[str, pulumi.Input[str]]
) -> ServerMonitoringArgs:
    """Returns the inputs of one server's alarms: the environment's settings, overlaid by the server's own."""
    chosen = settings.monitoring
    own = chosen.servers.get(name)
    args: Any = {
        **references,
        **_messages(settings, topics),
        "server": name,
        "probed": chosen.probes.enabled,
        "objectives": _merged(chosen.objectives, own and own.objectives),
        "thresholds": _merged(chosen.thresholds, own and own.thresholds),
    }
    if own:
        args["ai_providers"] = list(own.ai_providers)
        args["metric_alarms"] = {key: alarm.model_dump(exclude_unset=True) for key, alarm in own.metric_alarms.items()}
    checked: ServerMonitoringArgs = args
    return checked


def probe_args(settings: Settings, means: Means, urls: Mapping[str, pulumi.Input[str]]) -> ProbeArgs:
    """Returns the inputs of the probe."""
    chosen = settings.monitoring
    guarded = bool(settings.sign_in and settings.sign_in.mode == "jwt")
    targets: dict[str, Any] = {}
    for name, url in urls.items():
        own = chosen.servers.get(name)
        call = own.probe if own else None
        given: dict[str, Any] = {"url": url, "sign_in": guarded}
        if call:
            given.update({key: getattr(call, key) or None for key in ("tool", "arguments", "expect")}, **_secret(call))
        targets[name] = {key: value for key, value in given.items() if value is not None}
    args: Any = {
        **means.args(settings),
        "targets": targets,
        "runner": chosen.probes.runner,
        "interval_minutes": chosen.probes.interval_minutes,
    }
    checked: ProbeArgs = args
    return checked


def external_args(settings: Settings, means: Means, topics: Mapping[str, pulumi.Input[str]]) -> ExternalServicesArgs:
    """Returns the inputs of the watch on third parties."""
    services = {}
    for name, service in settings.monitoring.external_services.items():
        given = {**service.model_dump(exclude_unset=True, exclude={"secret", "secret_key"}), **_secret(service)}
        services[name] = {
            key: list(value) if isinstance(value, tuple) else value for key, value in given.items() if value is not None
        }
    args: Any = {**means.args(settings), **_messages(settings, topics), "services": services}
    checked: ExternalServicesArgs = args
    return checked


def watch(
    settings: Settings, means: Means, watched: Watched, told: Notifications, opts: pulumi.ResourceOptions
) -> None:
    """Registers probe, alarms, measures and dashboards."""
    name, topics = shared_name(settings), told.topics()
    functions = dict(watched.functions)
    if settings.monitoring.probes.enabled:
        urls = {server: made.url for server, made in watched.servers.items()}
        functions.update(Probe(name, probe_args(settings, means, urls), opts).functions)
    acting: list[Acting] = [told]
    if settings.monitoring.external_services:
        external = ExternalServices(name, external_args(settings, means, topics), opts)
        functions.update(external.functions)
        acting.append(external)
    delivery: Any = {**means.args(settings), "cluster_name": watched.cluster_name, "alarm_prefix": f"{name}-"}
    functions.update(DeliveryMetrics(name, delivery, opts).functions)
    references = {server: _references(watched, made) for server, made in watched.servers.items()}
    alarms = {
        server: ServerMonitoring(f"{name}-{server}", server_args(settings, server, each, topics), opts)
        for server, each in references.items()
    }
    acting += [*alarms.values(), PlatformMonitoring(name, _platform_args(settings, watched, functions, topics), opts)]
    if settings.monitoring.dashboards:
        Dashboard(name, _dashboard_args(settings, references, watched, acting), opts)


def _references(watched: Watched, server: McpServer) -> dict[str, Any]:
    return {
        "cluster_name": watched.cluster_name,
        "service_name": server.service_name,
        "load_balancer_arn_suffix": watched.gateway.load_balancer_arn_suffix,
        "target_group_arn_suffix": server.target_group_arn_suffix,
        "log_group_name": server.log_group_name,
    }


def _platform_args(
    settings: Settings,
    watched: Watched,
    functions: Mapping[str, Function],
    topics: Mapping[str, pulumi.Input[str]],
) -> PlatformMonitoringArgs:
    args: Any = {
        **_messages(settings, topics),
        "region": settings.regions.primary,
        "load_balancer_arn_suffix": watched.gateway.load_balancer_arn_suffix,
        "certificate_arn": watched.gateway.certificate_arn,
        "blocked_requests": settings.monitoring.blocked_requests,
        "tables": dict(watched.tables),
        "functions": {
            key: {"function_name": each.function_name, "dead_letter_queue_name": each.dead_letter_queue_name}
            for key, each in functions.items()
        },
    }
    if settings.firewall.enabled:
        args["web_acl_metric"] = shared_name(settings)
    checked: PlatformMonitoringArgs = args
    return checked


def _dashboard_args(
    settings: Settings, references: Mapping[str, dict[str, Any]], watched: Watched, acting: Sequence[Acting]
) -> DashboardArgs:
    chosen = settings.monitoring
    own = {severity: [arn for part in acting for arn in part.acting_alarms[severity]] for severity in SEVERITIES}
    servers: dict[str, Any] = {}
    for name, each in references.items():
        server = chosen.servers.get(name)
        plain = {key: value for key, value in each.items() if key != "log_group_name"}
        servers[name] = {**plain, "objectives": _merged(chosen.objectives, server and server.objectives)}
    return {
        "environment": settings.environment,
        "region": settings.regions.primary,
        "servers": servers,
        "critical_alarm_arns": [*own["critical"], *watched.alarms],
        "warning_alarm_arns": own["warning"],
        "secret_store": shared_name(settings),
    }


def _messages(settings: Settings, topics: Mapping[str, pulumi.Input[str]]) -> dict[str, Any]:
    """Returns what every component with alarms takes."""
    messages: dict[str, Any] = {
        "environment": settings.environment,
        "topic_arns": dict(topics),
        "runbook_url": runbook_url(settings),
    }
    return {**messages, "dashboard": shared_name(settings)} if settings.monitoring.dashboards else messages


def _merged(common: Any, own: Any) -> dict[str, Any]:
    """Returns the settings that were given, those of the server over those of the environment."""
    return {**common.model_dump(exclude_unset=True), **(own.model_dump(exclude_unset=True) if own else {})}


def _secret(holder: Any) -> dict[str, Any]:
    found = {"secret_arn": holder.secret, "secret_key_arn": holder.secret_key}
    return {key: value for key, value in found.items() if value}
