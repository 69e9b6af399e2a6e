"""The alarms of one server. Pure. Nothing here counts 4xx: refusals are ordinary answers of MCP."""

from collections.abc import Iterator, Sequence

from mcp_ops.monitoring.alarms import Alarm, AlarmSet, Composite, Expression, Metric, Response, Threshold
from mcp_ops.monitoring.burn_rate import burn_rate_alarms, burn_rate_composites, number
from mcp_ops.monitoring.objectives import Objectives, Thresholds
from mcp_ops.monitoring.server_metrics import ServerMetrics

_MINUTE, _FIVE_MINUTES, _HOUR = 60, 300, 3600

MUTE_MINUTES = 10
"""Minutes after the start of a deployment in which capacity alarms tell nobody: tasks come and go."""

CAPACITY = ("cpu", "memory", "tasks-missing", "unhealthy-hosts")
"""Alarms that act together, and not during a deployment."""


def server_alarms(
    metrics: ServerMetrics, objectives: Objectives, thresholds: Thresholds, providers: Sequence[str], *, probed: bool
) -> AlarmSet:
    """Returns every alarm of a server."""
    indicators = tuple(objectives.indicators(metrics))
    alarms = [alarm for each in indicators for alarm in burn_rate_alarms(each, objectives.minimum_requests)]
    alarms += _static(metrics, objectives, thresholds)
    alarms += _capacity(metrics, thresholds)
    alarms += _events(metrics, thresholds)
    alarms += [alarm for provider in providers for alarm in _provider(metrics, provider, thresholds)]
    if probed:
        alarms.append(_probe(metrics))
    composites = [composite for each in indicators for composite in burn_rate_composites(each)]
    return AlarmSet(metrics.server, alarms, [*composites, _together()])


def _static(metrics: ServerMetrics, objectives: Objectives, thresholds: Thresholds) -> Iterator[Alarm]:
    """Yields thresholds that hold whatever is left of a budget: warnings after ten minutes, criticals after five."""
    least = objectives.minimum_requests
    availability, errors, _ = objectives.indicators(metrics)
    shares = {
        "http-errors": ("requests", availability, f"requests to {metrics.server} fail (5xx or no connection)"),
        "tool-errors": ("tool calls", errors, f"tool calls of {metrics.server} fail"),
    }
    for key, (_, indicator, meaning) in shares.items():
        share = Expression(
            f"IF({indicator.total} >= {least}, 100 * ({indicator.bad}), 0)", indicator.metrics, "percent"
        )
        for severity, percent in zip(("warning", "critical"), thresholds.error_percent, strict=True):
            summary = f"More than {number(percent)} % of {meaning}."
            yield Alarm(f"{key}-{severity}", summary, share, _above(percent, severity), Response(severity, key, key))
    slow = {
        "p95": metrics.events("ToolLatency", "p95"),
        "calls": metrics.events("ToolLatency", "SampleCount"),
    }
    latency = Expression(f"IF(calls >= {least}, p95, 0)", slow, "milliseconds")
    for severity, limit in zip(("warning", "critical"), thresholds.latency_ms, strict=True):
        summary = f"One tool call of {metrics.server} in twenty takes longer than {number(limit / 1000)} s."
        response = Response(severity, "latency", "latency")
        yield Alarm(f"latency-{severity}", summary, latency, _above(limit, severity), response)
    mean = {"mean": metrics.events("ToolLatency", "Average"), "calls": slow["calls"]}
    yield Alarm(
        "latency-average",
        f"A tool call of {metrics.server} took more than {objectives.latency_average_ms} ms on average, for an hour.",
        Expression(f"IF(calls >= {least}, mean, 0)", mean, "milliseconds"),
        Threshold(">", objectives.latency_average_ms, _HOUR),
        Response("warning", "latency", "latency"),
    )


def _above(value: float, severity: str) -> Threshold:
    return Threshold(">", value, _FIVE_MINUTES, periods=2 if severity == "warning" else 1)


def _capacity(metrics: ServerMetrics, thresholds: Thresholds) -> Iterator[Alarm]:
    """Yields the alarms that act through the composite `capacity`, and the one that mutes it."""
    server = metrics.server
    limits = {
        "cpu": ("CPUUtilization", thresholds.cpu_percent, "CPU"),
        "memory": ("MemoryUtilization", thresholds.memory_percent, "memory"),
    }
    for key, (metric, percent, what) in limits.items():
        summary = f"The tasks of {server} use more than {percent} % of their {what}."
        threshold = _three_of_five(percent)
        yield Alarm(key, summary, metrics.service(metric, "Average"), threshold, Response("", key, "capacity"))
    tasks = {
        "desired": metrics.insights("DesiredTaskCount", "Average"),
        "running": metrics.insights("RunningTaskCount", "Average"),
    }
    yield Alarm(
        "tasks-missing",
        f"Fewer tasks of {server} run than should.",
        Expression("desired - FILL(running, 0)", tasks, "tasks"),
        _three_of_five(0),
        Response("", "tasks-missing", "capacity"),
    )
    yield Alarm(
        "unhealthy-hosts",
        f"Tasks of {server} fail their health check.",
        metrics.traffic("UnHealthyHostCount", "Maximum"),
        _three_of_five(0),
        Response("", "unhealthy-hosts", "capacity"),
    )
    yield Alarm(
        "deploying",
        f"A deployment of {server} began less than {MUTE_MINUTES} minutes ago; capacity alarms are muted.",
        metrics.deployments("DeploymentsStarted", "Sum"),
        Threshold(">=", 1, _MINUTE, periods=MUTE_MINUTES, datapoints=1),
        Response("", "deploying", "deployment"),
    )


def _three_of_five(value: float) -> Threshold:
    return Threshold(">", value, _MINUTE, periods=5, datapoints=3)


def _together() -> Composite:
    return Composite(
        "capacity",
        "The server runs short of tasks, CPU or memory; the alarms below this one say of which.",
        [[key] for key in CAPACITY],
        Response("warning", "capacity", "capacity"),
        muted_by="deploying",
    )


def _events(metrics: ServerMetrics, thresholds: Thresholds) -> Iterator[Alarm]:
    server = metrics.server
    yield Alarm(
        "deployment-failed",
        f"A deployment of {server} failed; ECS goes back to the release before.",
        metrics.deployments("DeploymentsFailed", "Sum"),
        Threshold(">=", 1, _MINUTE),
        Response("warning", "deployment-failed", "deployment"),
    )
    yield Alarm(
        "log-errors",
        f"{server} writes errors to its log: {thresholds.log_errors} or more in five minutes.",
        metrics.logs("LogErrors"),
        Threshold(">=", thresholds.log_errors, _FIVE_MINUTES),
        Response("warning", "log-errors", "log-errors"),
    )
    if thresholds.calls_per_hour:
        yield Alarm(
            "no-traffic",
            f"Fewer than {thresholds.calls_per_hour} tool calls reached {server} within an hour.",
            metrics.events("ToolCalls", "Sum"),
            Threshold("<", thresholds.calls_per_hour, _HOUR, missing="breaching"),
            Response("warning", "no-traffic", "traffic"),
        )


def _provider(metrics: ServerMetrics, provider: str, thresholds: Thresholds) -> Iterator[Alarm]:
    percent = thresholds.provider_headroom_percent
    for what in ("Requests", "Tokens"):
        metric = metrics.events(f"Provider{what}RemainingPercent", "Minimum", Provider=provider)
        yield _provider_alarm(
            f"{provider}-{what.lower()}",
            f"lets {metrics.server} use less than {percent} % of its limit of {what.lower()}",
            provider,
            (metric, Threshold("<", percent, _FIVE_MINUTES)),
        )
    throttles = metrics.events("ProviderThrottles", "Sum", Provider=provider)
    yield _provider_alarm(
        f"{provider}-throttles",
        f"refuses requests of {metrics.server} (429 or 529)",
        provider,
        (throttles, Threshold(">=", 5, _FIVE_MINUTES)),
    )


def _provider_alarm(key: str, what: str, provider: str, when: tuple[Metric, Threshold]) -> Alarm:
    metric, threshold = when
    response = Response("warning", "ai-provider", f"ai-provider-{provider}")
    return Alarm(f"provider-{key}", f"The AI provider {provider} {what}.", metric, threshold, response)


def _probe(metrics: ServerMetrics) -> Alarm:
    return Alarm(
        "probe",
        f"{metrics.server} cannot be used from outside: three probes in a row failed.",
        metrics.probe("ProbeSuccess", "Minimum"),
        # No answer of the probe itself is no proof of health.
        Threshold("<", 1, _MINUTE, periods=3, missing="breaching"),
        Response("critical", "probe", "availability"),
    )
