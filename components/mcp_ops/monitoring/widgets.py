"""Widgets of CloudWatch dashboards, and rows that place them. Pure."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import pulumi

from mcp_ops.monitoring.alarms import Expression, Metric

COLUMNS = 24
"""Width of a dashboard (CloudWatch API reference, dashboard body structure)."""
MAX_WIDGETS = 500
"""Widgets of one dashboard (CloudWatch quotas)."""
MAX_METRICS = 2500
"""Metrics that one dashboard may show, those that metric math reads and hides counted (CloudWatch quotas)."""
MAX_WIDGET_METRICS = 500
"""The same for one widget."""
MAX_WIDGET_ALARMS = 100
"""Alarms that one alarm widget shows (CloudWatch API reference, dashboard body structure)."""

_ALARMS_BESIDE = 6
"""Alarms that stand side by side in a widget of full width."""

_FIVE_MINUTES = 300

Properties = dict[str, Any]

_Part = TypeVar("_Part")


@dataclass(frozen=True)
class Widget:
    """One widget, not yet placed."""

    kind: str
    """`metric`, `text` or `alarm`."""
    properties: Properties
    height: int = 6

    @property
    def metrics(self) -> int:
        """How many metrics count against CloudWatch's quotas: shown ones, hidden ones, and expressions.

        A search counts as one: what it finds changes, and only CloudWatch knows it; it shows at most 500 of it.
        """
        return len(self.properties.get("metrics", ()))


Rows = list[list[Widget]]
"""Widgets, those of a row side by side."""


def metrics(rows: Rows) -> int:
    """Returns how many metrics count against the quota of a dashboard."""
    return sum(widget.metrics for row in rows for widget in row)


def fits(rows: Rows) -> bool:
    """Whether one dashboard has room for them; a single widget never exceeds its own quota."""
    return sum(map(len, rows)) <= MAX_WIDGETS and metrics(rows) <= MAX_METRICS


def heading(text: str, height: int = 2) -> Widget:
    """Returns text in Markdown."""
    return Widget("text", {"markdown": text}, height)


def alarm_status(title: str, arns: Sequence[pulumi.Input[str]]) -> Iterator[Widget]:
    """Yields the state of alarms, the ringing ones first, in as many widgets as AWS's limit demands."""
    parts = [arns[start : start + MAX_WIDGET_ALARMS] for start in range(0, len(arns), MAX_WIDGET_ALARMS)]
    for shown, part in _titled(title, parts):
        # What rings comes first, so a long list may scroll.
        height = min(10, 2 + -(-len(part) // _ALARMS_BESIDE))
        yield Widget("alarm", {"title": shown, "alarms": list(part), "sortBy": "stateUpdatedTimestamp"}, height)


def _titled(title: str, parts: Sequence[_Part]) -> Iterator[tuple[str, _Part]]:
    """Yields the parts of what one widget has no room for, each with a title of its own."""
    for number, part in enumerate(parts, start=1):
        yield title if len(parts) == 1 else f"{title} ({number} of {len(parts)})", part


class Charts:
    """Makes widgets that show metrics of one region."""

    def __init__(self, region: str) -> None:
        self._region = region

    def lines(
        self,
        title: str,
        series: Mapping[str, Metric | Expression],
        *,
        unit: str = "",
        limits: Mapping[str, float] | None = None,
        stacked: bool = False,
    ) -> Iterator[Widget]:
        """Yields a chart over time, in as many widgets as AWS's limit demands; `limits` are named horizontal lines."""
        for shown, rows in _titled(title, _parts(series)):
            properties = self._properties(shown, rows)
            properties["view"], properties["stacked"] = "timeSeries", stacked
            properties["yAxis"] = {"left": {"min": 0, "label": unit, "showUnits": False}}
            if limits:
                marks = [{"label": key, "value": each} for key, each in limits.items()]
                properties["annotations"] = {"horizontal": marks}
            yield Widget("metric", properties)

    def numbers(self, title: str, series: Mapping[str, Metric | Expression]) -> Widget:
        """Returns numbers, each over the whole time that the dashboard shows."""
        properties = self._properties(title, _rows(series))
        properties.update(view="singleValue", setPeriodToTimeRange=True, sparkline=False)
        return Widget("metric", properties, 3)

    def gauges(self, title: str, series: Mapping[str, Metric | Expression]) -> Widget:
        """Returns gauges from 0 to 100 percent, over the whole time that the dashboard shows; red below 25."""
        properties = self._properties(title, _rows(series))
        properties.update(view="gauge", setPeriodToTimeRange=True, yAxis={"left": {"min": 0, "max": 100}})
        properties["annotations"] = {
            "horizontal": [{"value": 25, "color": "#b3261e", "fill": "below", "label": "25 %"}]
        }
        return Widget("metric", properties)

    def search(self, title: str, terms: str, statistic: str, *, unit: str = "", period: int = _FIVE_MINUTES) -> Widget:
        """Returns a chart of every metric that a search finds: tools, stores and secrets come and go."""
        expression = f"SEARCH('{terms}', '{statistic}', {period})"
        properties = self._properties(title, [[{"expression": expression, "id": "found", "label": ""}]])
        properties.update(view="timeSeries", stacked=False)
        properties["yAxis"] = {"left": {"min": 0, "label": unit, "showUnits": False}}
        return Widget("metric", properties)

    def elsewhere(self, region: str) -> "Charts":
        """Returns the same for another region."""
        return Charts(region)

    def _properties(self, title: str, metrics: list[list[Any]]) -> Properties:
        return {"title": title, "region": self._region, "period": _FIVE_MINUTES, "metrics": metrics}


def _rows(series: Mapping[str, Metric | Expression]) -> list[list[Any]]:
    """Returns the `metrics` of a widget; what an expression reads is hidden."""
    return [row for number, (label, each) in enumerate(series.items()) for row in _shown(label, each, number)]


def _parts(series: Mapping[str, Metric | Expression]) -> list[list[list[Any]]]:
    """Returns the `metrics` of as many widgets as it takes; an expression stays with what it reads."""
    parts: list[list[list[Any]]] = [[]]
    for number, (label, each) in enumerate(series.items()):
        rows = list(_shown(label, each, number))
        if len(parts[-1]) + len(rows) > MAX_WIDGET_METRICS:
            parts.append([])
        parts[-1] += rows
    return parts


def _shown(label: str, each: Metric | Expression, number: int) -> Iterator[list[Any]]:
    if isinstance(each, Metric):
        yield _row(each, {"label": label})
        return
    # Ids are one name space in a widget; those of an expression get its number.
    text = re.sub(r"\b[a-z]\w*\b", lambda word: f"{word[0]}{number}" if word[0] in each.metrics else word[0], each.text)
    for key, metric in each.metrics.items():
        yield _row(metric, {"id": f"{key}{number}", "visible": False})
    yield [{"expression": text, "id": f"value{number}", "label": label}]


def _row(metric: Metric, options: Mapping[str, Any]) -> list[Any]:
    dimensions = [part for pair in metric.dimensions.items() for part in pair]
    return [metric.namespace, metric.name, *dimensions, {"stat": metric.statistic, **options}]


def placed(rows: Sequence[Sequence[Widget]]) -> list[dict[str, Any]]:
    """Returns the widgets with their places: the widgets of a row share its width."""
    found, top = [], 0
    for row in rows:
        width = COLUMNS // len(row)
        for position, widget in enumerate(row):
            found.append(
                {
                    "type": widget.kind,
                    "x": position * width,
                    "y": top,
                    "width": width,
                    "height": widget.height,
                    "properties": widget.properties,
                }
            )
        top += max(widget.height for widget in row)
    return found
