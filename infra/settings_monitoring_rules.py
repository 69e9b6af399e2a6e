"""Rules about monitoring: those of the components, in the words of a stack file."""

from collections.abc import Callable, Mapping, Sequence

from environment import shared_name
from mcp_ops.errors import InputError, Offence
from mcp_ops.monitoring.external_services_plan import plan_external_services
from mcp_ops.monitoring.notifications_plan import plan_notifications
from mcp_ops.monitoring.server_monitoring import plan_server_monitoring
from monitoring import LATER, LATER_TOPICS, UNKNOWN, external_args, notifications_args, server_args
from settings import Settings
from settings_access_rules import adopt_plan
from settings_errors import Findings
from settings_words import Path, nearest

_MONITORING: Path = ("monitoring",)
_ENVIRONMENT: Path = ("environment",)
_REFERENCES = dict.fromkeys(
    ("cluster_name", "service_name", "load_balancer_arn_suffix", "target_group_arn_suffix", "log_group_name"), LATER
)
_ANYWHERE: Mapping[str, Path] = {"emails": ("notifications", "emails"), "monthly_budget_usd": ("budget", "monthlyUsd")}
"""Inputs of Notifications that hold in every account and region, so that a wrong one of those does not silence them."""


def check_monitoring(settings: Settings, found: Findings) -> None:
    """Notes every rule that the settings of monitoring break."""
    chosen = settings.monitoring
    enabled = chosen.probes.enabled or settings.environment != "prod"
    rule = "leaves it to users to notice that a server cannot be used; prod is probed"
    found.check(enabled, ("monitoring", "probes", "enabled"), chosen.probes.enabled, rule, _ENVIRONMENT)
    _check_servers(settings, found)
    _check_notifications(settings, found)
    if chosen.external_services:
        args = external_args(settings, UNKNOWN, LATER_TOPICS)
        plan = _renamed(lambda: plan_external_services(shared_name(settings), args), "services", "external_services")
        adopt_plan(plan, _MONITORING, found)


def _check_servers(settings: Settings, found: Findings) -> None:
    chosen, servers = settings.monitoring, settings.servers
    # Any server without settings of its own shows what is wrong with those of all, which is then said once.
    everywhere = _planned(settings, "x")
    adopt_plan(everywhere, _MONITORING, found)
    common = {_tail(each) for each in _refused(everywhere)}
    for name, own in chosen.servers.items():
        path: Path = ("monitoring", "servers", name)
        found.check(name in servers, path, name, f"is no server of this stack{nearest(name, servers)}", ("servers",))
        own_only = [each for each in _refused(_planned(settings, name)) if _tail(each) not in common]
        adopt_plan(_raising(own_only), path, found)
        for key in ("arguments", "expect"):
            given = own.probe and getattr(own.probe, key)
            named = not given or (own.probe and own.probe.tool)
            rule = "has no effect without tool; leave it out, or name the tool"
            found.check(named, (*path, "probe", key), given, rule)


def _planned(settings: Settings, name: str) -> Callable[[], object]:
    args = server_args(settings, name, _REFERENCES, LATER_TOPICS)
    return lambda: plan_server_monitoring(f"{shared_name(settings)}-{name}", args)


def _check_notifications(settings: Settings, found: Findings) -> None:
    emails = settings.notifications.emails
    for position, email in enumerate(emails):
        found.check(email not in emails[:position], ("notifications", "emails", position), email, "is listed twice")
    if len(set(emails)) == len(emails):
        args = notifications_args(settings, UNKNOWN, LATER)
        refused = {
            each: _tail(each).where for each in _refused(lambda: plan_notifications(shared_name(settings), args))
        }
        for offence, where in refused.items():
            if where in _ANYWHERE:
                found.check(None, _ANYWHERE[where], offence.value, offence.rule)
        others = [offence for offence, where in refused.items() if where not in _ANYWHERE]
        adopt_plan(_raising(others), ("notifications",), found)


def _refused(plan: Callable[[], object]) -> tuple[Offence, ...]:
    """Returns what a component refuses; nothing when it accepts its inputs."""
    try:
        plan()
    except InputError as refused:
        return refused.offences
    return ()


def _raising(offences: Sequence[Offence]) -> Callable[[], None]:
    """Returns a plan that refuses just that."""

    def plan() -> None:
        if offences:
            raise InputError(*offences)

    return plan


def _tail(offence: Offence) -> Offence:
    """Returns an offence without the name of the component."""
    return offence._replace(where=offence.where.partition(".")[2])


def _renamed(plan: Callable[[], object], old: str, new: str) -> Callable[[], object]:
    """Returns `plan` with an input under the name that the settings give it."""
    return _raising([each._replace(where=each.where.replace(f".{old}", f".{new}", 1)) for each in _refused(plan)])
