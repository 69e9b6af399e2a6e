"""CloudWatch's read side over series: GetMetricData, and the states of evaluated alarms."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mcp_ops.rehearsal.simulator.alarms.definitions import Alarms, MetricAlarm
from mcp_ops.rehearsal.simulator.alarms.expressions import Points, parsed
from mcp_ops.rehearsal.simulator.alarms.metrics import Metric, Series, metric
from mcp_ops.rehearsal.simulator.alarms.timeline import History
from mcp_ops.rehearsal.simulator.errors import Refusal

SEARCH = re.compile(r"SEARCH\('\{([^}]+)\}((?:\s+\w+=\"[^\"]*\")*)\s*',\s*'([^']+)'(?:,\s*(\d+))?\)")
TERM = re.compile(r'(\w+)="([^"]*)"')


@dataclass(frozen=True)
class RehearsedCloudWatch:
    """Answers as a client of CloudWatch does: data from series, states from a history, the rest from simulated AWS."""

    client: Any
    """A client of simulated CloudWatch; it has the dashboards."""
    region: str
    series: Series
    alarms: Alarms
    history: History

    def list_dashboards(self, **asked: Any) -> Mapping[str, Any]:
        """Answers ListDashboards."""
        answer: Mapping[str, Any] = self.client.list_dashboards(**asked)
        return answer

    def get_dashboard(self, **asked: Any) -> Mapping[str, Any]:
        """Answers GetDashboard."""
        answer: Mapping[str, Any] = self.client.get_dashboard(**asked)
        return answer

    def describe_alarms(self, **asked: Any) -> Mapping[str, Any]:
        """Answers DescribeAlarms for names: the states are those at the end of the history."""
        since = {item.alarm: item.at for item in self.history.transitions}
        found: dict[str, list[Mapping[str, Any]]] = {"MetricAlarms": [], "CompositeAlarms": []}
        for alarm in self.alarms:
            if alarm.name in asked["AlarmNames"]:
                changed = datetime.fromtimestamp(since.get(alarm.name, self.history.start), UTC)
                entry = {
                    "AlarmName": alarm.name,
                    "AlarmDescription": alarm.description,
                    "AlarmActions": list(alarm.actions.alarm),
                    "StateValue": self.history.states[alarm.name],
                    "StateUpdatedTimestamp": changed,
                }
                found["MetricAlarms" if isinstance(alarm, MetricAlarm) else "CompositeAlarms"].append(entry)
        return found

    def get_metric_data(self, **asked: Any) -> Mapping[str, Any]:
        """Answers GetMetricData: metrics, metric math over them, and searches by namespace, dimensions and terms.

        Raises:
            Refusal: a query uses what is not modelled.
        """
        start, end = asked["StartTime"].timestamp(), asked["EndTime"].timestamp()
        queries: Sequence[Mapping[str, Any]] = asked["MetricDataQueries"]
        period = next((item["MetricStat"]["Period"] for item in queries if "MetricStat" in item), None)
        known: dict[str, Points] = {}
        results: list[Mapping[str, Any]] = []
        for item in sorted(queries, key=lambda each: "Expression" in each):
            for label, points, step in self._points(item, known, period, (start, end)):
                known[item["Id"]] = points
                if item.get("ReturnData", True):
                    results.append(_result(item["Id"], label, points, start, step))
        return {"MetricDataResults": results}

    def _points(
        self, item: Mapping[str, Any], known: Mapping[str, Points], period: int | None, span: tuple[float, float]
    ) -> Iterator[tuple[str, Points, int]]:
        """Yields label, datapoints and period of each series that a query stands for."""
        if "MetricStat" in item:
            asked = item["MetricStat"]
            of = asked["Metric"]
            dimensions = {each["Name"]: each["Value"] for each in of.get("Dimensions", ())}
            wanted = metric(of["Namespace"], of["MetricName"], dimensions, region=self.region)
            points = self.series.values(wanted, asked["Stat"], *span, asked["Period"])
            yield str(item.get("Label") or wanted.name), points, int(asked["Period"])
            return
        text = str(item["Expression"])
        if text.startswith("SEARCH("):
            yield from self._found(text, span)
            return
        expression = parsed(text)
        lacking = expression.ids - known.keys()
        if lacking or period is None:
            raise Refusal(f"expression {text}: {', '.join(sorted(lacking)) or 'a metric'} is not among the queries")
        length = len(next(iter(known.values())))
        yield str(item.get("Label") or ""), expression.value(known, length), period

    def _found(self, text: str, span: tuple[float, float]) -> Iterator[tuple[str, Points, int]]:
        found = SEARCH.fullmatch(text.strip())
        if found is None:
            raise Refusal(f"expression {text}: searches of this form are not simulated")
        namespace, *names = (part.strip().strip('"') for part in found[1].split(","))
        terms, period = dict(TERM.findall(found[2])), int(found[4] or 300)
        for each in sorted(self.series.metrics(), key=str):
            if _matches(each, namespace, frozenset(names), terms, self.region):
                points = self.series.values(each, found[3], *span, period)
                yield _label(each, terms), points, period


def _matches(each: Metric, namespace: str, names: frozenset[str], terms: Mapping[str, str], region: str) -> bool:
    return (
        (each.namespace, each.region) == (namespace, region)
        and frozenset(name for name, _ in each.dimensions) == names
        and all(value == (each.name if key == "MetricName" else each.dimension(key)) for key, value in terms.items())
    )


def _label(each: Metric, terms: Mapping[str, str]) -> str:
    """Returns the dimensions that tell the series of a search apart."""
    return " ".join(value for name, value in sorted(each.dimensions) if name not in terms) or each.name


def _result(name: str, label: str, points: Points, start: float, step: int) -> Mapping[str, Any]:
    pairs = [(start + index * step, value) for index, value in enumerate(points) if value is not None]
    return {
        "Id": name,
        "Label": label,
        "Timestamps": [datetime.fromtimestamp(at, UTC) for at, _ in pairs],
        "Values": [value for _, value in pairs],
    }
