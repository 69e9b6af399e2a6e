"""The alarms of what the servers share: gateway, certificate, firewall, functions, queues, tables.

Not managed here: the alarms of secrets, backups and the audit trail, which belong to their components.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi

from mcp_ops.arns import REGION, REGION_RULE
from mcp_ops.inputs import Inputs
from mcp_ops.monitoring.alarms import AlarmSet, check_alarms
from mcp_ops.monitoring.function_alarms import function_alarms
from mcp_ops.monitoring.platform_alarms import Limits, Shared, platform_alarms
from mcp_ops.monitoring.register import acting_alarms, register_alarms
from mcp_ops.monitoring.server_monitoring import ENVIRONMENT, ENVIRONMENT_RULE, read_texts, read_topics, texts_of
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:PlatformMonitoring"  # noqa: S105 - a resource type, not a password

_KEY = re.compile(r"[a-z][a-z0-9-]{0,59}")
_METRIC = re.compile(r"[A-Za-z0-9_-]{1,128}")


class WatchedFunctionArgs(TypedDict):
    """A function, and where the events go that it did not handle."""

    function_name: pulumi.Input[str]
    """Name of the function."""
    dead_letter_queue_name: pulumi.Input[str]
    """Name of its dead-letter queue."""


class PlatformMonitoringArgs(TypedDict):
    """Inputs of a PlatformMonitoring."""

    environment: str
    """Environment, for messages."""
    region: str
    """Region of the environment: dimension of the firewall's metrics."""
    topic_arns: Mapping[str, pulumi.Input[str]]
    """Topic by severity: `critical` and `warning`."""
    load_balancer_arn_suffix: pulumi.Input[str]
    """Part of the load balancer's ARN that CloudWatch's metrics carry."""
    certificate_arn: NotRequired[pulumi.Input[str]]
    """Certificate of the gateway. Default: not watched."""
    web_acl_metric: NotRequired[str]
    """Metric name of the web ACL. Default: there is no firewall."""
    functions: NotRequired[Mapping[str, WatchedFunctionArgs]]
    """Functions to watch, by key. 0.30 USD a month each."""
    queues: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Further queues that should stay empty: key -> name. 0.10 USD a month each."""
    tables: NotRequired[Mapping[str, pulumi.Input[str]]]
    """DynamoDB tables whose throttling is watched: key -> name. 0.20 USD a month each."""
    blocked_requests: NotRequired[int]
    """Requests that the firewall blocks in five minutes: warning. Default 1000."""
    certificate_warning_days: NotRequired[int]
    """Days before the certificate ends: warning. Default 30; ACM renews from 60 days on."""
    certificate_critical_days: NotRequired[int]
    """Days before the certificate ends: critical. Default 7."""
    minimum_requests: NotRequired[int]
    """Fewest requests in five minutes that shares are computed of. Default 20."""
    dashboard: NotRequired[str]
    """Name of the dashboard, for messages. Default none."""
    runbook_url: NotRequired[str]
    """Folder of the runbooks, for messages. Default `docs/runbooks`."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


@dataclass(frozen=True)
class PlatformMonitoringPlan:
    """What a PlatformMonitoring registers."""

    alarms: AlarmSet
    functions: Mapping[str, AlarmSet]


def plan_platform_monitoring(name: str, args: PlatformMonitoringArgs) -> PlatformMonitoringPlan:
    """Decides on the alarms. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, PlatformMonitoringArgs)
    offences = inputs.offences
    environment = inputs.text("environment", ENVIRONMENT, ENVIRONMENT_RULE)
    read_topics(inputs)
    shared = Shared(
        inputs.text("region", REGION, REGION_RULE),
        args.get("load_balancer_arn_suffix", ""),
        args.get("certificate_arn"),
        inputs.text("web_acl_metric", _METRIC, "is no name of a metric"),
        dict(_keyed(inputs, "queues")),
        dict(_keyed(inputs, "tables")),
    )
    texts = read_texts(inputs, environment)
    alarms = platform_alarms(shared, _limits(inputs))
    check_alarms(offences, name, alarms, texts)
    functions = {}
    for key, given in _keyed(inputs, "functions"):
        one = Inputs("", given, WatchedFunctionArgs, offences.below(f"functions.{key}"))
        if one.has("function_name") and one.has("dead_letter_queue_name"):
            functions[key] = function_alarms(key, given["function_name"], given["dead_letter_queue_name"])
            check_alarms(offences.below(f"functions.{key}"), f"{name}-{key}", functions[key], texts)
    offences.refuse()
    return PlatformMonitoringPlan(alarms, functions)


def _keyed(inputs: Inputs, field: str) -> Iterator[tuple[str, Any]]:
    for key, value in inputs.mapping(field).items():
        rule = "is no key; use a-z, 0-9 and -, at most 60"
        inputs.offences.check(_KEY.fullmatch(key), field, key, rule)
        yield key, value


def _limits(inputs: Inputs) -> Limits:
    warning = inputs.integer("certificate_warning_days", 30, 1, 365)
    critical = inputs.integer("certificate_critical_days", 7, 1, 365)
    rule = f"is not above certificate_critical_days {critical}; the warning comes first"
    inputs.offences.check(warning > critical, "certificate_warning_days", warning, rule)
    return Limits(
        inputs.integer("blocked_requests", 1000, 1, 1_000_000_000),
        (warning, critical),
        inputs.integer("minimum_requests", 20, 1, 1_000_000),
    )


class PlatformMonitoring(pulumi.ComponentResource):
    """Alarms on gateway, certificate, firewall, and on every function, queue and table of an environment."""

    alarm_arns: pulumi.Output[Mapping[str, str]]
    """ARN of each alarm, by key; those of functions are `<function>-<key>`."""

    def __init__(self, name: str, args: PlatformMonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_platform_monitoring(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = merge_tags({}, args.get("tags"))
        texts, topics = texts_of(args), args["topic_arns"]
        arns = register_alarms(name, plan.alarms, texts, topics, tags, child)
        registered = [(plan.alarms, dict(arns))]
        for key, alarms in plan.functions.items():
            made = register_alarms(f"{name}-{key}", alarms, texts, topics, tags, child)
            registered.append((alarms, made))
            arns.update({f"{key}-{alarm}": alarm_arn for alarm, alarm_arn in made.items()})
        # Whoever shows alarms finds here those that tell somebody, by severity.
        self.acting_alarms = acting_alarms(*registered)
        self.alarm_arns = pulumi.Output.all(**arns)
        self.register_outputs({"alarm_arns": self.alarm_arns})
