"""What the dashboards show: one of the environment, one overview. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from mcp_ops import naming
from mcp_ops.arns import REGION, REGION_RULE
from mcp_ops.inputs import Inputs
from mcp_ops.monitoring import widgets
from mcp_ops.monitoring.alarms import Expression, Metric
from mcp_ops.monitoring.burn_rate import Indicator, number
from mcp_ops.monitoring.objectives import Objectives, ObjectivesArgs, read_objectives
from mcp_ops.monitoring.server_metrics import DEPLOYMENT_NAMESPACE, SERVER_NAMESPACE, ServerMetrics
from mcp_ops.monitoring.server_monitoring import ENVIRONMENT, ENVIRONMENT_RULE
from mcp_ops.monitoring.widgets import Charts, Widget, alarm_status, heading

BILLING_REGION = "us-east-1"
"""Region of AWS/Billing, whatever the environment's is."""

_GAUGES = 4
"""Servers whose gauges share a row."""

_HOUR, _DAY = 3600, 86_400

_STORE = re.compile(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?")

ALARM_LISTS = {
    "critical_alarm_arns": "Critical alarms",
    "warning_alarm_arns": "Warnings",
    "alarm_arns": "Alarms",
}
"""Titles of the lists of alarms by input: what a person at night needs comes first."""

Rows = list[list[Widget]]


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
    """Servers by name, 1 to 60: more do not fit into the 2500 metrics of a dashboard."""
    critical_alarm_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """Alarms that wake somebody up, on both dashboards. Default none."""
    warning_alarm_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """Alarms that somebody looks at during the day, on the environment's dashboard. Default none."""
    alarm_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """Further alarms whose state is shown, on both dashboards. Default none."""
    secret_store: NotRequired[str]
    """Name of the SecretStore whose secrets are shown. Default: those of every store in the region."""
    business_metrics: NotRequired[list[str]]
    """Business metrics of the servers' own events. Default `CostPrevented`, `TimeSaved`, `Satisfaction`."""


def plan_dashboards(name: str, args: DashboardArgs) -> dict[str, dict[str, object]]:
    """Returns the bodies of the dashboards by name. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, DashboardArgs)
    offences = inputs.offences
    naming.check_length(offences, "name", "dashboard", f"{name}-overview")
    environment = inputs.text("environment", ENVIRONMENT, ENVIRONMENT_RULE)
    charts = Charts(inputs.text("region", REGION, REGION_RULE))
    servers = [_Server(environment, server, given, inputs) for server, given in inputs.mapping("servers").items()]
    offences.check(servers, "servers", {}, "is empty; there is nothing to show")
    store = inputs.text("secret_store", _STORE, "is no name of a SecretStore; write it like mcp-dev")
    business = inputs.texts("business_metrics", ("CostPrevented", "TimeSaved", "Satisfaction"))
    details = [
        *_top(environment, args, ALARM_LISTS),
        *_environment(environment, charts, servers),
        *_kept(environment, charts, store),
        *_business(environment, charts, business),
    ]
    shown = [each for each in ALARM_LISTS if each != "warning_alarm_arns"]
    overview = [*_top(environment, args, shown), *(row for server in servers for row in server.overview(charts))]
    for rows in (details, overview):
        _check_size(inputs, rows)
    offences.refuse()
    return {name: _body(details, "-PT6H"), f"{name}-overview": _body(overview, "-P30D")}


def _body(rows: Rows, start: str) -> dict[str, object]:
    return {"start": start, "periodOverride": "inherit", "widgets": widgets.placed(rows)}


def _check_size(inputs: Inputs, rows: Rows) -> None:
    count = sum(widget.metrics for row in rows for widget in row)
    rule = f"metrics are too many; a dashboard shows {widgets.MAX_METRICS}, so make one for a part of the servers"
    inputs.offences.check(count <= widgets.MAX_METRICS, "servers", count, rule)
    shown = sum(len(row) for row in rows)
    rule = f"widgets are too many; a dashboard has room for {widgets.MAX_WIDGETS}"
    inputs.offences.check(shown <= widgets.MAX_WIDGETS, "servers", shown, rule)
    most = max((widget.metrics for row in rows for widget in row), default=0)
    rule = f"metrics in one widget are too many; it shows {widgets.MAX_WIDGET_METRICS}"
    inputs.offences.check(most <= widgets.MAX_WIDGET_METRICS, "servers", most, rule)


class _Server:
    """One server: what it promises, and its series."""

    def __init__(self, environment: str, name: str, given: object, inputs: Inputs) -> None:
        values = given if isinstance(given, Mapping) else {}
        one = Inputs("", values, DashboardServerArgs, inputs.offences.below(f"servers.{name}"))
        self.name = name
        self.objectives: Objectives = read_objectives(one.group("objectives", ObjectivesArgs))
        self.metrics = ServerMetrics(
            environment,
            name,
            values.get("cluster_name", ""),
            values.get("service_name", ""),
            values.get("load_balancer_arn_suffix", ""),
            values.get("target_group_arn_suffix", ""),
        )

    def overview(self, charts: Charts) -> Iterator[list[Widget]]:
        """Yields the rows of the overview: what is left of each budget, and how much the server is used."""
        use = {
            "tool calls": self.metrics.events("ToolCalls", "Sum"),
            "milliseconds on average": self.metrics.events("ToolLatency", "Average"),
            "deployments": self.metrics.deployments("DeploymentsSucceeded", "Sum"),
        }
        yield [charts.gauges(f"{self.name}: error budget left", self.budgets()), charts.numbers(self.name, use)]

    def budgets(self) -> dict[str, Metric | Expression]:
        """Returns what is left of each error budget, in percent, over the time that the dashboard shows."""
        return {each.key: _left(each) for each in self.objectives.indicators(self.metrics)}

    def shares(self) -> dict[str, Metric | Expression]:
        """Returns failed requests and failed tool calls in percent."""
        availability, errors, _ = self.objectives.indicators(self.metrics)
        return {
            f"{self.name} requests": Expression(f"100 * ({availability.bad})", availability.metrics),
            f"{self.name} tool calls": Expression(f"100 * ({errors.bad})", errors.metrics),
        }


def _left(indicator: Indicator) -> Expression:
    return Expression(f"100 * (1 - ({indicator.bad}) / {number(indicator.budget)})", indicator.metrics)


def _top(environment: str, args: DashboardArgs, shown: Iterable[str]) -> Rows:
    text = f"# {environment}\nError budgets count over the time that is shown; choose 30 days for the objective's own."
    lists: Mapping[str, Any] = args
    alarms = [widget for each in shown for widget in alarm_status(ALARM_LISTS[each], lists.get(each) or ())]
    return [[heading(text)], *([widget] for widget in alarms)]


def _environment(environment: str, charts: Charts, servers: Sequence[_Server]) -> Iterator[list[Widget]]:
    for start in range(0, len(servers), _GAUGES):
        some = servers[start : start + _GAUGES]
        yield [charts.gauges(f"{server.name}: error budget left", server.budgets()) for server in some]
    yield from _traffic(charts, servers)
    yield from _tools(environment, charts)
    yield from _resources(charts, servers)
    yield from _operations(environment, charts)


def _traffic(charts: Charts, servers: Sequence[_Server]) -> Iterator[list[Widget]]:
    calls = {server.name: server.metrics.events("ToolCalls", "Sum") for server in servers}
    latency: dict[str, Metric | Expression] = {}
    for server in servers:
        latency[f"{server.name} average"] = server.metrics.events("ToolLatency", "Average")
        latency[f"{server.name} p95"] = server.metrics.events("ToolLatency", "p95")
    shares = {label: each for server in servers for label, each in server.shares().items()}
    strictest = min((server.objectives.latency_average_ms for server in servers), default=0)
    limits = {"average promised": float(strictest)}
    yield [
        charts.lines("Tool calls", calls, unit="in five minutes"),
        charts.lines("Latency", latency, unit="ms", limits=limits),
        charts.lines("Failed", shares, unit="percent", limits={"warning": 1, "critical": 5}),
    ]


def _tools(environment: str, charts: Charts) -> Iterator[list[Widget]]:
    def found(metric: str) -> str:
        return f'{{{SERVER_NAMESPACE},Environment,Server,Tool}} MetricName="{metric}" Environment="{environment}"'

    yield [
        charts.search("Calls by tool", found("ToolCalls"), "Sum", unit="in five minutes"),
        charts.search("Latency by tool (p95)", found("ToolLatency"), "p95", unit="ms"),
        charts.search("Errors by tool", found("ToolErrors"), "Sum", unit="in five minutes"),
        charts.search("Bytes returned by tool", found("ToolOutputBytes"), "Average", unit="bytes a call"),
    ]


def _resources(charts: Charts, servers: Sequence[_Server]) -> Iterator[list[Widget]]:
    cpu = {server.name: server.metrics.service("CPUUtilization", "Average") for server in servers}
    memory = {server.name: server.metrics.service("MemoryUtilization", "Average") for server in servers}
    running = {server.name: server.metrics.insights("RunningTaskCount", "Average") for server in servers}
    healthy = {server.name: server.metrics.traffic("HealthyHostCount", "Minimum") for server in servers}
    yield [
        charts.lines("CPU", cpu, unit="percent", limits={"warning": 50}),
        charts.lines("Memory", memory, unit="percent", limits={"warning": 80}),
        charts.lines("Running tasks", running),
        charts.lines("Healthy tasks", healthy),
    ]


def _operations(environment: str, charts: Charts) -> Iterator[list[Widget]]:
    def found(namespace: str, dimension: str, metric: str) -> str:
        return f'{{{namespace},Environment,{dimension}}} MetricName="{metric}" Environment="{environment}"'

    incidents = "McpOps/Incidents", "Severity"
    yield [
        charts.search("Deployments", found(DEPLOYMENT_NAMESPACE, "Server", "DeploymentsSucceeded"), "Sum", period=_DAY),
        charts.search(
            "Failed deployments", found(DEPLOYMENT_NAMESPACE, "Server", "DeploymentsFailed"), "Sum", period=_DAY
        ),
        charts.search(
            "Lead time", found(DEPLOYMENT_NAMESPACE, "Server", "LeadTimeSeconds"), "Average", unit="s", period=_DAY
        ),
    ]
    yield [
        charts.search("Time to detect", found(*incidents, "DetectionSeconds"), "Average", unit="s", period=_DAY),
        charts.search("Time to recover", found(*incidents, "RecoverySeconds"), "Average", unit="s", period=_DAY),
        charts.search("Third parties", found("McpOps/External", "Service", "Available"), "Minimum"),
    ]


def _kept(environment: str, charts: Charts, store: str) -> Iterator[list[Widget]]:
    def backups(metric: str) -> str:
        return f'{{McpOps/Backups,Environment,Store}} MetricName="{metric}" Environment="{environment}"'

    # Environments may share an account; the ages of secrets have the store as dimension, and no environment.
    secrets = '{mcp-ops/secrets,Secret,Store} MetricName="DaysSinceRotation"' + (f' Store="{store}"' if store else "")
    yield [
        charts.search("Age of backups", backups("BackupAgeHours"), "Maximum", unit="h", period=_HOUR),
        charts.search("Time of restores", backups("RestoreMinutes"), "Maximum", unit="min", period=_DAY),
        charts.search("Age of secrets", secrets, "Maximum", unit="d", period=_DAY),
    ]


def _business(environment: str, charts: Charts, business: Sequence[str]) -> Iterator[list[Widget]]:
    def found(metric: str) -> str:
        return f'{{{SERVER_NAMESPACE},Environment,Server}} MetricName="{metric}" Environment="{environment}"'

    shown = [
        charts.search(metric, found(metric), "Average" if metric == "Satisfaction" else "Sum", period=_HOUR)
        for metric in business
    ]
    if shown:
        yield shown
    provider = (
        f'{{{SERVER_NAMESPACE},Environment,Provider,Server}} MetricName="ProviderRequestsRemainingPercent" '
        f'Environment="{environment}"'
    )
    charges = {"month to date": Metric("AWS/Billing", "EstimatedCharges", {"Currency": "USD"}, "Maximum")}
    yield [
        charts.search("AI providers: requests left", provider, "Minimum", unit="percent"),
        charts.elsewhere(BILLING_REGION).lines("Cost of the account", charges, unit="USD"),
    ]
