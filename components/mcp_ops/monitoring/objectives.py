"""What a server promises, and from which values on somebody is told. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from mcp_ops.inputs import Inputs
from mcp_ops.monitoring.burn_rate import WINDOWS, Indicator, number
from mcp_ops.monitoring.server_metrics import ServerMetrics

LATENCY_QUANTILE = 95
"""Percent of tool calls that must be as fast as `latency_p95_ms`."""

_LOWEST_PERCENT, _HIGHEST_PERCENT = 95.0, 99.999
"""Bounds of an objective. Below 95 % no burn rate of 14.4 can be reached; 100 % leaves no budget to burn."""
_DAY_MS = 86_400_000


class ObjectivesArgs(TypedDict):
    """What a server promises over 30 days."""

    availability_percent: NotRequired[float]
    """Percent of HTTP requests that the server does not fail (5xx, no connection), 95 to 99.999. Default 99.9."""
    error_percent: NotRequired[float]
    """Percent of tool calls that may fail, 0.001 to 5. Default 0.1. A failed tool call is HTTP 200: this objective is
    measured by the server's own events."""
    latency_average_ms: NotRequired[int]
    """Milliseconds that a tool call takes on average over an hour. Default 100."""
    latency_p95_ms: NotRequired[int]
    """Milliseconds within which 95 % of tool calls end; at least the average. Default 250."""
    minimum_requests: NotRequired[int]
    """Fewest requests or calls in a window that count, 1 to 1000000; with less traffic shares say nothing, and the
    probe watches. Default 20."""


class ThresholdsArgs(TypedDict):
    """From which values on somebody is told, whatever is left of a budget."""

    error_warning_percent: NotRequired[float]
    """Percent of failed requests or tool calls in five minutes, twice in a row: warning. Default 1."""
    error_critical_percent: NotRequired[float]
    """The same in five minutes: critical. Default 5."""
    latency_warning_ms: NotRequired[int]
    """Milliseconds of the 95th percentile of tool calls in five minutes, twice in a row: warning. Default 2000."""
    latency_critical_ms: NotRequired[int]
    """The same in five minutes: critical. Default 5000."""
    cpu_percent: NotRequired[int]
    """Percent of the tasks' CPU, average of the service: warning. Default 50; autoscaling aims at 60 only when traffic
    grows faster than expected."""
    memory_percent: NotRequired[int]
    """Percent of the tasks' memory, average of the service: warning. Default 80."""
    log_errors: NotRequired[int]
    """Log lines of level `error` in five minutes: warning. Default 10."""
    calls_per_hour: NotRequired[int]
    """Fewest tool calls in an hour; less is a warning. Default 0: traffic may pause."""
    provider_headroom_percent: NotRequired[int]
    """Percent of its limit of requests or tokens that an AI provider still leaves: warning below. Default 10. Needs
    `ai_providers`."""


@dataclass(frozen=True)
class Objectives:
    """What a server promises."""

    availability_percent: float
    error_percent: float
    latency_average_ms: int
    latency_p95_ms: int
    minimum_requests: int

    def indicators(self, metrics: ServerMetrics) -> Iterator[Indicator]:
        """Yields what each objective is measured by."""
        yield Indicator(
            "availability",
            "(FILL(failed, 0) + FILL(unreachable, 0)) / requests",
            "requests",
            {
                "failed": metrics.traffic("HTTPCode_Target_5XX_Count", "Sum"),
                "unreachable": metrics.traffic("TargetConnectionErrorCount", "Sum"),
                "requests": metrics.traffic("RequestCount", "Sum"),
            },
            1 - self.availability_percent / 100,
            "failed requests (5xx or no connection)",
            f"{number(self.availability_percent)} % of requests succeed",
        )
        yield Indicator(
            "errors",
            "FILL(errors, 0) / calls",
            "calls",
            {"errors": metrics.events("ToolErrors", "Sum"), "calls": metrics.events("ToolCalls", "Sum")},
            self.error_percent / 100,
            "failed tool calls",
            f"at most {number(self.error_percent)} % of tool calls fail",
        )
        yield Indicator(
            "latency",
            "1 - fast / 100",
            "calls",
            {
                "fast": metrics.events("ToolLatency", f"PR(:{self.latency_p95_ms})"),
                "calls": metrics.events("ToolLatency", "SampleCount"),
            },
            1 - LATENCY_QUANTILE / 100,
            f"tool calls slower than {self.latency_p95_ms} ms",
            f"{LATENCY_QUANTILE} % of tool calls end within {self.latency_p95_ms} ms",
        )


@dataclass(frozen=True)
class Thresholds:
    """From which values on somebody is told."""

    error_percent: tuple[float, float]
    """Warning, critical."""
    latency_ms: tuple[int, int]
    """Warning, critical."""
    cpu_percent: int
    memory_percent: int
    log_errors: int
    calls_per_hour: int
    provider_headroom_percent: int


def read_objectives(inputs: Inputs | None) -> Objectives:
    """Reads the objectives; notes what is out of bounds."""
    given = inputs or Inputs("", {}, ObjectivesArgs)
    highest = 100 / WINDOWS[0].rate
    average = given.integer("latency_average_ms", 100, 1, _DAY_MS)
    quantile = given.integer("latency_p95_ms", max(250, average), 1, _DAY_MS)
    rule = f"is below latency_average_ms {average}; most calls are faster than the 95th percentile"
    given.offences.check(quantile >= average, "latency_p95_ms", quantile, rule)
    return Objectives(
        given.number("availability_percent", 99.9, _LOWEST_PERCENT, _HIGHEST_PERCENT),
        given.number("error_percent", 0.1, 0.001, min(5.0, highest)),
        average,
        quantile,
        given.integer("minimum_requests", 20, 1, 1_000_000),
    )


def read_thresholds(inputs: Inputs | None) -> Thresholds:
    """Reads the thresholds; a warning comes before the critical."""
    given = inputs or Inputs("", {}, ThresholdsArgs)
    errors = (
        given.number("error_warning_percent", 1.0, 0.001, 100.0),
        given.number("error_critical_percent", 5.0, 0.001, 100.0),
    )
    latency = (
        given.integer("latency_warning_ms", 2000, 1, _DAY_MS),
        given.integer("latency_critical_ms", 5000, 1, _DAY_MS),
    )
    _check_order(given, "error_{}_percent", errors)
    _check_order(given, "latency_{}_ms", latency)
    return Thresholds(
        errors,
        latency,
        given.integer("cpu_percent", 50, 1, 100),
        given.integer("memory_percent", 80, 1, 100),
        given.integer("log_errors", 10, 1, 1_000_000),
        given.integer("calls_per_hour", 0, 0, 1_000_000_000),
        given.integer("provider_headroom_percent", 10, 1, 100),
    )


def _check_order(given: Inputs, key: str, values: tuple[float, float]) -> None:
    warning, critical = values
    rule = f"is not below {key.format('critical')} {number(critical)}; the warning comes first"
    given.offences.check(warning < critical, key.format("warning"), warning, rule)
