"""The inputs of the dashboards, and their bodies: of the environment, and the overview. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NotRequired, TypedDict

import pulumi

from mcp_ops import naming
from mcp_ops.arns import REGION, REGION_RULE
from mcp_ops.inputs import Inputs
from mcp_ops.monitoring import widgets
from mcp_ops.monitoring.dashboard_pages import Page, named, pages
from mcp_ops.monitoring.dashboard_rows import Shown, ShownServer, environment_rows, further_rows, overview_rows
from mcp_ops.monitoring.objectives import ObjectivesArgs, read_objectives
from mcp_ops.monitoring.server_metrics import ServerMetrics
from mcp_ops.monitoring.server_monitoring import ENVIRONMENT, ENVIRONMENT_RULE
from mcp_ops.monitoring.widgets import Charts, Rows, Widget, alarm_status

MAX_SERVERS = 1000
"""Servers of one Dashboard: ten pages and six of overview. Not a limit of AWS: nobody finds a server in more."""

_STORE = re.compile(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?")

ALARM_LISTS = {
    "critical_alarm_arns": "Critical alarms",
    "warning_alarm_arns": "Warnings",
    "alarm_arns": "Alarms",
}
"""Titles of the lists of alarms by input: what a person at night needs comes first."""
_ON_OVERVIEW = ("critical_alarm_arns", "alarm_arns")

_BUDGETS = "Error budgets count over the time that is shown; choose 30 days for the objective's own."

Alarms = Mapping[str, Sequence[pulumi.Input[str]]]
"""ARNs by the input that they come from."""


class DashboardServerArgs(TypedDict):
    """One server on a dashboard."""

    cluster_name: pulumi.Input[str]
    """Cluster of the service."""
    service_name: pulumi.Input[str]
    """ECS service."""
    load_balancer_arn_suffix: pulumi.Input[str]
    """Part of the load balancer's ARN that CloudWatch's metrics carry."""
    target_group_arn_suffix: pulumi.Input[str]
    """Part of the target group's ARN that CloudWatch's metrics carry."""
    objectives: NotRequired[ObjectivesArgs]
    """What the server promises. Default: as ServerMonitoring."""


class DashboardArgs(TypedDict):
    """Inputs of a Dashboard."""

    environment: str
    """Environment that is shown."""
    region: str
    """Region of its metrics."""
    servers: Mapping[str, DashboardServerArgs]
    """Servers by name, 1 to 1000, shown in this order.

    The 2500 metrics of a dashboard show 103 of them, those of an overview 192; the rest continue on further ones.
    """
    critical_alarm_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """Alarms that wake somebody up, on both dashboards. Default none."""
    warning_alarm_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """Alarms that somebody looks at during the day, on the environment's dashboard. Default none."""
    alarm_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """Further alarms whose state is shown, on both dashboards. Default none."""
    secret_store: NotRequired[str]
    """Name of the SecretStore whose secrets are shown. Default: those of every store in the region."""
    business_metrics: NotRequired[list[str]]
    """Business metrics of the servers' own events, at most 24. Default `CostPrevented`, `TimeSaved`, `Satisfaction`."""


def plan_dashboards(name: str, args: DashboardArgs) -> dict[str, dict[str, object]]:
    """Returns the bodies of the dashboards by name: `name`, `name-2` and so on, `name-overview`, `name-overview-2`.

    Raises:
        InputError: with every offence.
    """
    inputs = Inputs(name, args, DashboardArgs)
    offences = inputs.offences
    shown = _shown(inputs)
    servers = _servers(inputs, shown.environment)
    lists: Mapping[str, Any] = args
    alarms = {key: tuple(lists.get(key) or ()) for key in ALARM_LISTS}
    details = pages(
        servers,
        lambda some: [*_states(alarms, ALARM_LISTS), *environment_rows(shown, some)],
        lambda some: [*further_rows(shown, some)],
    )
    overviews = pages(
        servers,
        lambda some: [*_states(alarms, _ON_OVERVIEW), *overview_rows(shown, some)],
        lambda some: [*overview_rows(shown, some)],
    )
    _check_alarms(inputs, details[0], alarms)
    title = f"# {shown.environment}\n{_BUDGETS}"
    bodies = {each: _body(rows, "-PT6H") for each, rows in named(name, title, details).items()}
    bodies |= {each: _body(rows, "-P30D") for each, rows in named(f"{name}-overview", title, overviews).items()}
    naming.check_length(offences, "name", "dashboard", max(bodies, key=len))
    offences.refuse()
    return bodies


def _shown(inputs: Inputs) -> Shown:
    business = inputs.texts("business_metrics", ("CostPrevented", "TimeSaved", "Satisfaction"))
    rule = f"metrics are too many; they share a row of {widgets.COLUMNS} columns"
    inputs.offences.check(len(business) <= widgets.COLUMNS, "business_metrics", len(business), rule)
    return Shown(
        inputs.text("environment", ENVIRONMENT, ENVIRONMENT_RULE),
        Charts(inputs.text("region", REGION, REGION_RULE)),
        inputs.text("secret_store", _STORE, "is no name of a SecretStore; write it like mcp-dev"),
        business[: widgets.COLUMNS],
    )


def _servers(inputs: Inputs, environment: str) -> list[ShownServer]:
    """Returns at most `MAX_SERVERS`, and notes when there are none or more."""
    given = inputs.mapping("servers")
    inputs.offences.check(given, "servers", {}, "is empty; there is nothing to show")
    rule = f"servers are too many; a Dashboard shows 1 to {MAX_SERVERS}, so make one for each part of them"
    inputs.offences.check(len(given) <= MAX_SERVERS, "servers", len(given), rule)
    return [_server(inputs, environment, *each) for each in islice(given.items(), MAX_SERVERS)]


def _server(inputs: Inputs, environment: str, name: str, given: object) -> ShownServer:
    values = given if isinstance(given, Mapping) else {}
    one = Inputs("", values, DashboardServerArgs, inputs.offences.below(f"servers.{name}"))
    metrics = ServerMetrics(
        environment,
        name,
        values.get("cluster_name", ""),
        values.get("service_name", ""),
        values.get("load_balancer_arn_suffix", ""),
        values.get("target_group_arn_suffix", ""),
    )
    return ShownServer(name, read_objectives(one.group("objectives", ObjectivesArgs)), metrics)


def _states(alarms: Alarms, keys: Iterable[str]) -> Iterator[list[Widget]]:
    for key in keys:
        yield from ([widget] for widget in alarm_status(ALARM_LISTS[key], alarms[key]))


def _check_alarms(inputs: Inputs, first: Page, alarms: Alarms) -> None:
    """Notes when the lists leave no room for a single server; nothing else that stands on the first page grows."""
    longest = max(alarms, key=lambda key: len(alarms[key]))
    rule = (
        f"alarms are too many; a dashboard has {widgets.MAX_WIDGETS} widgets, and one lists {widgets.MAX_WIDGET_ALARMS}"
    )
    inputs.offences.check(first.fits, longest, len(alarms[longest]), rule)


def _body(rows: Rows, start: str) -> dict[str, object]:
    return {"start": start, "periodOverride": "inherit", "widgets": widgets.placed(rows)}
