"""What the dashboards show: rows of widgets about the environment, and about servers. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mcp_ops.monitoring.alarms import Expression, Metric
from mcp_ops.monitoring.burn_rate import Indicator, number
from mcp_ops.monitoring.objectives import Objectives
from mcp_ops.monitoring.server_metrics import DEPLOYMENT_NAMESPACE, SERVER_NAMESPACE, ServerMetrics
from mcp_ops.monitoring.widgets import Charts, Widget

_GAUGES = 4
"""Servers whose gauges share a row."""

_HOUR, _DAY = 3600, 86_400

BILLING_REGION = "us-east-1"
"""Region of AWS/Billing, whatever the environment's is."""


@dataclass(frozen=True)
class Shown:
    """What the dashboards show of an environment beside its servers."""

    environment: str
    charts: Charts
    store: str
    """Name of the SecretStore; empty for every store in the region."""
    business: Sequence[str]
    """Business metrics of the servers' own events."""


@dataclass(frozen=True)
class ShownServer:
    """One server: what it promises, and its series."""

    name: str
    objectives: Objectives
    metrics: ServerMetrics

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


def environment_rows(shown: Shown, servers: Sequence[ShownServer]) -> Iterator[list[Widget]]:
    """Yields what the first dashboard of an environment shows: its servers, and everything else about it."""
    yield from _gauges(shown.charts, servers)
    yield from _traffic(shown.charts, servers)
    yield from _tools(shown)
    yield from _resources(shown.charts, servers)
    yield from _operations(shown)
    yield from _kept(shown)
    yield from _business(shown)


def further_rows(shown: Shown, servers: Sequence[ShownServer]) -> Iterator[list[Widget]]:
    """Yields what a further dashboard of an environment shows: servers alone."""
    yield from _gauges(shown.charts, servers)
    yield from _traffic(shown.charts, servers)
    yield from _resources(shown.charts, servers)


def overview_rows(shown: Shown, servers: Sequence[ShownServer]) -> Iterator[list[Widget]]:
    """Yields what an overview shows."""
    for server in servers:
        yield from server.overview(shown.charts)


def _gauges(charts: Charts, servers: Sequence[ShownServer]) -> Iterator[list[Widget]]:
    for start in range(0, len(servers), _GAUGES):
        some = servers[start : start + _GAUGES]
        yield [charts.gauges(f"{server.name}: error budget left", server.budgets()) for server in some]


def _traffic(charts: Charts, servers: Sequence[ShownServer]) -> Iterator[list[Widget]]:
    calls = {server.name: server.metrics.events("ToolCalls", "Sum") for server in servers}
    latency: dict[str, Metric | Expression] = {}
    for server in servers:
        latency[f"{server.name} average"] = server.metrics.events("ToolLatency", "Average")
        latency[f"{server.name} p95"] = server.metrics.events("ToolLatency", "p95")
    shares = {label: each for server in servers for label, each in server.shares().items()}
    strictest = min((server.objectives.latency_average_ms for server in servers), default=0)
    limits = {"average promised": float(strictest)}
    yield [
        *charts.lines("Tool calls", calls, unit="in five minutes"),
        *charts.lines("Latency", latency, unit="ms", limits=limits),
        *charts.lines("Failed", shares, unit="percent", limits={"warning": 1, "critical": 5}),
    ]


def _tools(shown: Shown) -> Iterator[list[Widget]]:
    def found(metric: str) -> str:
        return f'{{{SERVER_NAMESPACE},Environment,Server,Tool}} MetricName="{metric}" Environment="{shown.environment}"'

    yield [
        shown.charts.search("Calls by tool", found("ToolCalls"), "Sum", unit="in five minutes"),
        shown.charts.search("Latency by tool (p95)", found("ToolLatency"), "p95", unit="ms"),
        shown.charts.search("Errors by tool", found("ToolErrors"), "Sum", unit="in five minutes"),
        shown.charts.search("Bytes returned by tool", found("ToolOutputBytes"), "Average", unit="bytes a call"),
    ]


def _resources(charts: Charts, servers: Sequence[ShownServer]) -> Iterator[list[Widget]]:
    cpu = {server.name: server.metrics.service("CPUUtilization", "Average") for server in servers}
    memory = {server.name: server.metrics.service("MemoryUtilization", "Average") for server in servers}
    running = {server.name: server.metrics.insights("RunningTaskCount", "Average") for server in servers}
    healthy = {server.name: server.metrics.traffic("HealthyHostCount", "Minimum") for server in servers}
    yield [
        *charts.lines("CPU", cpu, unit="percent", limits={"warning": 50}),
        *charts.lines("Memory", memory, unit="percent", limits={"warning": 80}),
        *charts.lines("Running tasks", running),
        *charts.lines("Healthy tasks", healthy),
    ]


def _operations(shown: Shown) -> Iterator[list[Widget]]:
    def found(namespace: str, dimension: str, metric: str) -> str:
        return f'{{{namespace},Environment,{dimension}}} MetricName="{metric}" Environment="{shown.environment}"'

    incidents = "McpOps/Incidents", "Severity"
    yield [
        shown.charts.search(
            "Deployments", found(DEPLOYMENT_NAMESPACE, "Server", "DeploymentsSucceeded"), "Sum", period=_DAY
        ),
        shown.charts.search(
            "Failed deployments", found(DEPLOYMENT_NAMESPACE, "Server", "DeploymentsFailed"), "Sum", period=_DAY
        ),
        shown.charts.search(
            "Lead time", found(DEPLOYMENT_NAMESPACE, "Server", "LeadTimeSeconds"), "Average", unit="s", period=_DAY
        ),
    ]
    yield [
        shown.charts.search("Time to detect", found(*incidents, "DetectionSeconds"), "Average", unit="s", period=_DAY),
        shown.charts.search("Time to recover", found(*incidents, "RecoverySeconds"), "Average", unit="s", period=_DAY),
        shown.charts.search("Third parties", found("McpOps/External", "Service", "Available"), "Minimum"),
    ]


def _kept(shown: Shown) -> Iterator[list[Widget]]:
    def backups(metric: str) -> str:
        return f'{{McpOps/Backups,Environment,Store}} MetricName="{metric}" Environment="{shown.environment}"'

    # Environments may share an account; the ages of secrets have the store as dimension, and no environment.
    own = f' Store="{shown.store}"' if shown.store else ""
    secrets = f'{{mcp-ops/secrets,Secret,Store}} MetricName="DaysSinceRotation"{own}'
    yield [
        shown.charts.search("Age of backups", backups("BackupAgeHours"), "Maximum", unit="h", period=_HOUR),
        shown.charts.search("Time of restores", backups("RestoreMinutes"), "Maximum", unit="min", period=_DAY),
        shown.charts.search("Age of secrets", secrets, "Maximum", unit="d", period=_DAY),
    ]


def _business(shown: Shown) -> Iterator[list[Widget]]:
    def found(metric: str) -> str:
        return f'{{{SERVER_NAMESPACE},Environment,Server}} MetricName="{metric}" Environment="{shown.environment}"'

    own = [
        shown.charts.search(metric, found(metric), "Average" if metric == "Satisfaction" else "Sum", period=_HOUR)
        for metric in shown.business
    ]
    if own:
        yield own
    provider = (
        f'{{{SERVER_NAMESPACE},Environment,Provider,Server}} MetricName="ProviderRequestsRemainingPercent" '
        f'Environment="{shown.environment}"'
    )
    charges = {"month to date": Metric("AWS/Billing", "EstimatedCharges", {"Currency": "USD"}, "Maximum")}
    yield [
        shown.charts.search("AI providers: requests left", provider, "Minimum", unit="percent"),
        *shown.charts.elsewhere(BILLING_REGION).lines("Cost of the account", charges, unit="USD"),
    ]
