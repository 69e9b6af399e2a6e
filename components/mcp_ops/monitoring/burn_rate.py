"""Burn-rate alarms: how fast a server uses up what its objective allows. Pure.

Windows and rates are those of the SRE Workbook, chapter 5, for a month of 30 days; the last one is scaled to a day,
the longest period of an alarm. The short window of a pair makes the alarm end soon after the trouble does.
"""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from mcp_ops.monitoring.alarms import Alarm, Composite, Expression, Metric, Response, Threshold


class Window(NamedTuple):
    """One pair of windows: both must burn at `rate`."""

    long: int
    """Seconds."""
    short: int
    """Seconds."""
    rate: float
    """Times the rate at which the budget would last exactly 30 days."""
    severity: str


WINDOWS = (
    Window(3600, 300, 14.4, "critical"),  # 2 % of the month's budget in an hour
    Window(21_600, 1800, 6, "critical"),  # 5 % in six hours
    Window(86_400, 7200, 3, "warning"),  # 10 % in a day
)


class Indicator(NamedTuple):
    """What an objective is measured by."""

    key: str
    """`availability`, `errors` or `latency`."""
    bad: str
    """Metric math: the share of bad events, 0 to 1, over the ids of `metrics`."""
    total: str
    """Id of the metric that counts all events."""
    metrics: Mapping[str, Metric]
    budget: float
    """Share of events that may be bad, 0 to 1."""
    meaning: str
    """What is bad about bad events: `requests that the server failed`."""
    promise: str
    """The objective, for people: `99.9 % of requests succeed`."""


def burn_rate_alarms(indicator: Indicator, minimum: int) -> Iterator[Alarm]:
    """Yields two alarms for each pair of windows; they act through the composites only.

    Below `minimum` events in a window the rate counts as 0: one error in three requests wakes nobody.
    """
    burn = f"IF({indicator.total} >= {minimum}, ({indicator.bad}) / {number(indicator.budget)}, 0)"
    watches = Expression(burn, indicator.metrics, "times the rate that the objective allows")
    for window in WINDOWS:
        for seconds in (window.long, window.short):
            yield Alarm(
                window_key(indicator.key, seconds),
                f"In {span(seconds)} there were {number(window.rate)} times as many {indicator.meaning} as the "
                f"objective allows.",
                watches,
                Threshold(">", window.rate, seconds),
                Response("", f"slo-{indicator.key}", f"slo-{indicator.key}"),
            )


def burn_rate_composites(indicator: Indicator) -> Iterator[Composite]:
    """Yields the alarms that act: one a severity."""
    for severity, hurry in (("critical", "within days"), ("warning", "before the month is over")):
        windows = [window for window in WINDOWS if window.severity == severity]
        yield Composite(
            f"slo-{indicator.key}-{severity}",
            f"The objective will be missed {hurry}: {indicator.promise}; there are too many {indicator.meaning}.",
            [[window_key(indicator.key, seconds) for seconds in (window.long, window.short)] for window in windows],
            Response(severity, f"slo-{indicator.key}", f"slo-{indicator.key}"),
        )


def window_key(indicator: str, seconds: int) -> str:
    """Returns the key of the alarm over one window: `slo-errors-5m`."""
    return f"slo-{indicator}-{short_span(seconds)}"


def short_span(seconds: int) -> str:
    """Returns `5m` or `6h`."""
    return f"{seconds // 60}m" if seconds < 3600 else f"{seconds // 3600}h"  # noqa: PLR2004 - seconds in an hour


def span(seconds: int) -> str:
    """Returns `5 minutes` or `6 hours`."""
    count, unit = (seconds // 60, "minute") if seconds < 3600 else (seconds // 3600, "hour")  # noqa: PLR2004
    return f"{count} {unit}{'' if count == 1 else 's'}"


def number(value: float) -> str:
    """Returns a number without a float's noise: `0.001`, not `0.0009999999999998899`."""
    return format(round(value, 9), ".9g")
