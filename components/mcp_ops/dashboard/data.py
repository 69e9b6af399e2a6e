"""Asks CloudWatch for what the charts show."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mcp_ops.dashboard.body import Chart, Line

MOST_QUERIES = 500
"""Queries of one GetMetricData (API reference)."""
MOST_POINTS = 180
"""Datapoints of a line; a longer time gets longer periods, which CloudWatch keeps for longer, too."""
PERIODS = (60, 300, 900, 3_600, 21_600, 86_400)
SEARCH_PERIOD = re.compile(r"(?<=')\s*,\s*(\d+)\s*\)")
"""End of `SEARCH('...', 'Sum', 300)`."""


@dataclass(frozen=True)
class Points:
    """One line: values by time, oldest first."""

    label: str
    values: tuple[tuple[float, float], ...]
    """Seconds since 1970, and the value."""

    @property
    def last(self) -> float | None:
        """The newest value."""
        return self.values[-1][1] if self.values else None


@dataclass(frozen=True)
class Drawn:
    """A chart with its values."""

    chart: Chart
    lines: tuple[Points, ...]
    step: int
    """Seconds between datapoints."""
    problem: str = ""
    """Why there are none; empty where CloudWatch answered."""


def drawn(client: Any, chart: Chart, start: float, end: float) -> Drawn:
    """Returns a chart with its values. What CloudWatch refuses is said in the chart and stops no other."""
    step = int(end - start) if chart.whole else step_of(chart, end - start)
    if not chart.whole:  # full periods, the one that has begun included
        start, end = start // step * step, -(-end // step) * step
    wanted = [_query(line, step) for line in chart.lines]
    labels = {line.id: line.label for line in chart.lines}
    try:
        results = [
            result
            for queries in _batches(wanted)
            for result in _answers(client, queries, start, end)
            if result["Values"]
        ]
    except Exception as error:  # noqa: BLE001 - botocore's errors, which this room does not import
        return Drawn(chart, (), step, f"{type(error).__name__}: {error}")
    lines: dict[tuple[str, str], list[tuple[float, float]]] = {}
    for result in results:
        found = labels.get(result["Id"]) or str(result.get("Label") or "")
        pairs = zip(result["Timestamps"], result["Values"], strict=True)
        lines.setdefault((result["Id"], found), []).extend((stamp.timestamp(), float(value)) for stamp, value in pairs)
    return Drawn(chart, tuple(Points(label, tuple(sorted(values))) for (_, label), values in lines.items()), step)


def step_of(chart: Chart, seconds: float) -> int:
    """Returns the seconds between datapoints: the widget's, or longer where that would be too many to see."""
    given = max((_period(line) for line in chart.lines), default=0)
    least = max(seconds / MOST_POINTS, float(given or chart.period))
    return next((period for period in PERIODS if period >= least), PERIODS[-1])


def _period(line: Line) -> int:
    """Returns the seconds that a query names; 0 where it names none."""
    if "MetricStat" in line.query:
        return int(line.query["MetricStat"]["Period"])
    found = SEARCH_PERIOD.search(line.query["Expression"])
    return int(found[1]) if found else 0


def _query(line: Line, step: int) -> dict[str, Any]:
    query: dict[str, Any] = {"Id": line.id, **line.query, "ReturnData": line.shown}
    if "Expression" in query:
        query["Expression"] = SEARCH_PERIOD.sub(f", {step})", query["Expression"])
    if "MetricStat" in query:
        query["MetricStat"] = {**query["MetricStat"], "Period": step}
    if line.label:
        query["Label"] = line.label
    return query


def _batches(queries: Sequence[Mapping[str, Any]]) -> Iterator[Sequence[Mapping[str, Any]]]:
    for begin in range(0, len(queries), MOST_QUERIES):
        yield queries[begin : begin + MOST_QUERIES]


def _answers(client: Any, queries: Sequence[Mapping[str, Any]], start: float, end: float) -> Iterator[Any]:
    times = {"StartTime": datetime.fromtimestamp(start, UTC), "EndTime": datetime.fromtimestamp(end, UTC)}
    rest: dict[str, Any] = {}
    while True:
        answer = client.get_metric_data(MetricDataQueries=queries, **times, **rest)
        yield from answer["MetricDataResults"]
        if not answer.get("NextToken"):
            return
        rest = {"NextToken": answer["NextToken"]}
