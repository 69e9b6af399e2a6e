"""One metric alarm at one moment."""

from collections.abc import Mapping
from dataclasses import dataclass

from mcp_ops.rehearsal.simulator.alarms.definitions import MetricAlarm
from mcp_ops.rehearsal.simulator.alarms.expressions import Points
from mcp_ops.rehearsal.simulator.alarms.metrics import Series, percentile_share
from mcp_ops.rehearsal.simulator.alarms.states import SPARE_PERIODS, state_of
from mcp_ops.rehearsal.simulator.errors import Refusal

ENOUGH = 10
"""Samples beyond a percentile that make it significant: 10 / (1 - p), or 10 / p below the median (AWS's user guide)."""
MEDIAN = 0.5


@dataclass(frozen=True)
class Verdict:
    """What an evaluation found."""

    state: str
    value: float | None
    """The newest datapoint; None where it is missing."""


def verdict(alarm: MetricAlarm, series: Series, at: float, current: str) -> Verdict:
    """Evaluates an alarm over the periods that end at a time, in seconds since 1970.

    Raises:
        Refusal: its expressions refer to each other in a circle.
    """
    points = _points(alarm, series, at)
    value = points[-1]
    if alarm.keeps_on_low_samples and _too_few(alarm, series, at):
        return Verdict(current, value)
    return Verdict(state_of(alarm.rule, points, current), value)


def _points(alarm: MetricAlarm, series: Series, at: float) -> Points:
    """Returns the datapoints that are evaluated, oldest first; older ones only where some of those are missing."""
    points = _newest(alarm, series, at, alarm.rule.evaluation_periods)
    return _newest(alarm, series, at, alarm.rule.evaluation_periods + SPARE_PERIODS) if None in points else points


def _newest(alarm: MetricAlarm, series: Series, at: float, length: int) -> Points:
    queries: dict[str, Points] = {}
    for query in alarm.queries:
        if query.metric:
            start = at - length * alarm.period
            queries[query.id] = series.values(query.metric, query.statistic, start, at, alarm.period)
    return _resolved(alarm, alarm.watched.id, queries, length)


def _resolved(alarm: MetricAlarm, wanted: str, queries: dict[str, Points], length: int, depth: int = 0) -> Points:
    """Returns a query's datapoints; an expression's once those of the queries that it names are known."""
    if wanted in queries:
        return queries[wanted]
    if depth > len(alarm.queries):
        raise Refusal(f"alarm {alarm.name}: its expressions refer to each other in a circle")
    by_id = {query.id: query for query in alarm.queries}
    expression = by_id[wanted].expression
    if expression is None:  # pragma: no cover - every query without an expression has datapoints
        raise Refusal(f"alarm {alarm.name}: query {wanted} has neither metric nor expression")
    named: Mapping[str, Points] = {
        name: _resolved(alarm, name, queries, length, depth + 1) for name in sorted(expression.ids)
    }
    queries[wanted] = expression.value(named, length)
    return queries[wanted]


def _too_few(alarm: MetricAlarm, series: Series, at: float) -> bool:
    share = percentile_share(alarm.watched.statistic)
    if share is None or alarm.watched.metric is None:
        return False
    start = at - alarm.period * alarm.rule.evaluation_periods
    count = series.statistic(alarm.watched.metric, "SampleCount", start, at) or 0
    tail = 1 - share if share >= MEDIAN else share
    return count * round(tail, 9) < ENOUGH
