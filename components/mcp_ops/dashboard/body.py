"""Reads the body of a CloudWatch dashboard: its widgets, and what each asks of CloudWatch. Pure."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PERIOD = 300
"""Seconds of a datapoint where a widget names none (CloudWatch's default)."""
DEFAULT_START = "-PT3H"
"""What a dashboard shows where it does not say (CloudWatch's default)."""
DURATION = re.compile(r"-P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?)?")


@dataclass(frozen=True)
class Limit:
    """A horizontal line: a threshold."""

    value: float
    label: str


@dataclass(frozen=True)
class Line:
    """One query of a widget, in the words of GetMetricData."""

    id: str
    label: str
    query: Mapping[str, Any]
    shown: bool = True


@dataclass(frozen=True)
class Chart:
    """A widget that shows metrics."""

    title: str
    view: str
    """`timeSeries`, `singleValue` or `gauge`."""
    region: str
    lines: tuple[Line, ...]
    unit: str = ""
    stacked: bool = False
    least: float | None = None
    """Lower end of the scale; None: as the values have it."""
    most: float | None = None
    limits: tuple[Limit, ...] = ()
    whole: bool = False
    """Whether a value is taken over the whole time that is shown."""
    period: int = PERIOD


@dataclass(frozen=True)
class Text:
    """A widget with Markdown."""

    markdown: str


@dataclass(frozen=True)
class AlarmList:
    """A widget with the states of alarms."""

    title: str
    names: tuple[str, ...]


@dataclass(frozen=True)
class Other:
    """A widget that only the console shows."""

    kind: str
    title: str


Panel = Chart | Text | AlarmList | Other


@dataclass(frozen=True)
class Placed:
    """A widget with its width."""

    panel: Panel
    width: int
    """Columns, 1 to 24."""


@dataclass(frozen=True)
class Body:
    """A dashboard."""

    name: str
    seconds: int
    """How much time it shows."""
    widgets: tuple[Placed, ...]
    """From left to right, from top to bottom."""


def body_of(name: str, text: str, region: str) -> Body:
    """Reads a dashboard; `region` is that of widgets that name none."""
    document = json.loads(text)
    widgets = sorted(document.get("widgets", ()), key=lambda item: (item.get("y", 0), item.get("x", 0)))
    placed = tuple(Placed(_panel(item, region), int(item.get("width", 6))) for item in widgets)
    return Body(name, seconds_of(str(document.get("start") or DEFAULT_START)), placed)


def seconds_of(start: str) -> int:
    """Returns the seconds of `-PT6H` or `-P30D`; an absolute time counts as the default of three hours."""
    found = DURATION.fullmatch(start)
    if found is None:
        return seconds_of(DEFAULT_START)
    days, hours, minutes = (int(each or 0) for each in found.groups())
    return 86_400 * days + 3_600 * hours + 60 * minutes


def _panel(widget: Mapping[str, Any], region: str) -> Panel:
    kind, properties = str(widget.get("type")), widget.get("properties") or {}
    if kind == "text":
        return Text(str(properties.get("markdown", "")))
    if kind == "alarm":
        names = tuple(str(arn).split(":alarm:", 1)[-1] for arn in properties.get("alarms", ()))
        return AlarmList(str(properties.get("title") or "Alarms"), names)
    if kind == "metric" and properties.get("metrics"):
        return _chart(properties, region)
    return Other(kind, str(properties.get("title", "")))


def _chart(properties: Mapping[str, Any], region: str) -> Chart:
    view, period = str(properties.get("view") or "timeSeries"), int(properties.get("period") or PERIOD)
    axis = (properties.get("yAxis") or {}).get("left") or {}
    marks = (properties.get("annotations") or {}).get("horizontal") or ()
    return Chart(
        title=str(properties.get("title") or ""),
        view=view,
        region=str(properties.get("region") or region),
        lines=tuple(_lines(properties["metrics"], period, str(properties.get("stat") or "Average"))),
        unit=str(axis.get("label") or ""),
        stacked=bool(properties.get("stacked")),
        least=axis.get("min"),
        most=axis.get("max"),
        limits=tuple(Limit(float(m["value"]), str(m.get("label") or "")) for m in marks if isinstance(m, Mapping)),
        whole=bool(properties.get("setPeriodToTimeRange")),
        period=period,
    )


def _lines(rows: Sequence[Sequence[Any]], period: int, statistic: str) -> Iterator[Line]:
    """Yields the queries of a widget; `.` repeats the value above, `...` all but the last."""
    before: list[Any] = []
    for number, row in enumerate(rows):
        parts, options = _split(row)
        own = str(options.get("id") or f"m{number}")
        label, shown = str(options.get("label") or ""), options.get("visible") is not False
        if "expression" in options:
            query: dict[str, Any] = {"Expression": str(options["expression"])}
        else:
            parts = _spelled(parts, before)
            before = parts
            query = {"MetricStat": _statistic(parts, options, period, statistic)}
            label = label or str(parts[1])
        yield Line(own, label, query, shown)


def _split(row: Sequence[Any]) -> tuple[list[Any], Mapping[str, Any]]:
    if row and isinstance(row[-1], Mapping):
        return list(row[:-1]), row[-1]
    return list(row), {}


def _spelled(parts: list[Any], before: list[Any]) -> list[Any]:
    if parts and parts[0] == "...":
        parts = [*before[: len(before) - len(parts) + 1], *parts[1:]]
    return [before[index] if part == "." and index < len(before) else part for index, part in enumerate(parts)]


def _statistic(parts: list[Any], options: Mapping[str, Any], period: int, statistic: str) -> dict[str, Any]:
    namespace, name, *rest = (str(part) for part in parts)
    dimensions = [{"Name": key, "Value": value} for key, value in zip(rest[::2], rest[1::2], strict=False)]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
    return {
        "Metric": metric,
        "Period": int(options.get("period") or period),
        "Stat": str(options.get("stat") or statistic),
    }
