"""From log lines to samples: CloudWatch's embedded metric format, and the metric filters of the stack."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.simulator.alarms.metrics import Metric, Sample, metric
from mcp_ops.rehearsal.simulator.alarms.patterns import MISSING, Matcher, field_of, matcher, parsed_line
from mcp_ops.rehearsal.simulator.errors import Refusal

METRIC_FILTER = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
MOST_METRICS, MOST_DIMENSIONS, MOST_VALUES = 100, 30, 100
"""Metrics of a directive, keys of a dimension set, values of a metric (embedded metric format specification)."""


def samples_of(line: str, at: float, region: str) -> Iterator[Sample]:
    """Yields the samples in a line of the embedded metric format; none where it is another line.

    The time is `at`, whatever the line says, so that lines can be replayed.

    Raises:
        Refusal: CloudWatch would drop the line, or a part of it, without a word.
    """
    document = parsed_line(line)
    if not isinstance(document, Mapping) or "_aws" not in document:
        return
    directives = document["_aws"].get("CloudWatchMetrics") if isinstance(document["_aws"], Mapping) else None
    if not isinstance(directives, list) or not isinstance(document["_aws"].get("Timestamp"), int):
        raise Refusal("embedded metric format: _aws lacks Timestamp or CloudWatchMetrics")
    for directive in directives:
        yield from _directive(document, directive, at, region)


def _directive(document: Mapping[str, Any], directive: Mapping[str, Any], at: float, region: str) -> Iterator[Sample]:
    definitions = directive.get("Metrics") or []
    if not directive.get("Namespace") or len(definitions) > MOST_METRICS:
        raise Refusal(f"embedded metric format: no Namespace, or more than {MOST_METRICS} metrics")
    for keys in directive.get("Dimensions") or [[]]:
        dimensions = _dimensions(document, keys)
        for definition in definitions:
            name = definition["Name"]
            found = metric(directive["Namespace"], name, dimensions, region=region)
            yield Sample(found, at, _values(name, document.get(name)))


def _dimensions(document: Mapping[str, Any], keys: list[str]) -> dict[str, str]:
    if len(keys) > MOST_DIMENSIONS:
        raise Refusal(f"embedded metric format: more than {MOST_DIMENSIONS} dimensions")
    wrong = [key for key in keys if not isinstance(document.get(key), str) or not document[key]]
    if wrong:
        raise Refusal(f"embedded metric format: dimension {', '.join(wrong)} has no text in the line")
    return {key: document[key] for key in keys}


def _values(name: str, given: Any) -> tuple[float, ...]:
    values = given if isinstance(given, list) else [given]
    right = all(isinstance(value, int | float) and not isinstance(value, bool) for value in values)
    if not right or not 1 <= len(values) <= MOST_VALUES:
        raise Refusal(f"embedded metric format: {name} has no number, or more than {MOST_VALUES}, in the line")
    return tuple(float(value) for value in values)


@dataclass(frozen=True)
class MetricFilter:
    """A metric filter of a log group."""

    name: str
    group: str
    region: str
    matches: Matcher
    namespace: str
    metric_name: str
    value: str
    """A number, or the path of a field: `$.duration`."""
    default: float | None = None
    dimensions: tuple[tuple[str, str], ...] = ()
    """Names, and the fields that they are taken from."""

    def sample(self, line: str, at: float) -> Sample | None:
        """Returns what the filter makes of a line; None where it makes nothing."""
        if not self.matches(line):
            return None if self.default is None else Sample(self._metric({}), at, (self.default,))
        document = parsed_line(line)
        given = field_of(document, self.value) if self.value.startswith("$") else self.value
        fields = {name: field_of(document, path) for name, path in self.dimensions}
        if MISSING in fields.values():
            return None
        try:
            return Sample(self._metric({name: str(value) for name, value in fields.items()}), at, (float(given),))
        except (TypeError, ValueError):
            return None

    def _metric(self, dimensions: Mapping[str, str]) -> Metric:
        return metric(self.namespace, self.metric_name, dimensions, region=self.region)


@dataclass(frozen=True)
class MetricFilters:
    """The metric filters of a stack."""

    filters: tuple[MetricFilter, ...] = ()

    def samples(self, group: str, region: str, line: str, at: float) -> Iterator[Sample]:
        """Yields what the filters of a log group make of a line."""
        for item in self.filters:
            if (item.group, item.region) == (group, region):
                sample = item.sample(line, at)
                if sample is not None:
                    yield sample

    def quiet(self, group: str, region: str, at: float) -> Iterator[Sample]:
        """Yields what they make of a minute with lines of which none matches: their default values."""
        for item in self.filters:
            if (item.group, item.region) == (group, region) and item.default is not None:
                yield Sample(item._metric({}), at, (item.default,))  # noqa: SLF001 - of this module


def filters_of(run: Run) -> MetricFilters:
    """Returns the metric filters that a program registered.

    Raises:
        Refusal: a pattern is malformed or not modelled.
    """
    return MetricFilters(tuple(_filter(item) for item in run.of_type(METRIC_FILTER)))


def _filter(item: Registration) -> MetricFilter:
    inputs: Mapping[str, Any] = wire.reveal(item.inputs)
    made: Mapping[str, Any] = inputs["metricTransformation"]
    default = made.get("defaultValue")
    try:
        matches = matcher(str(inputs["pattern"]))
    except Refusal as refusal:
        raise Refusal(f"metric filter {item.name}: {refusal}") from refusal
    return MetricFilter(
        name=str(inputs.get("name") or item.id),
        group=str(inputs["logGroupName"]),
        region=item.region,
        matches=matches,
        namespace=str(made["namespace"]),
        metric_name=str(made["name"]),
        value=str(made["value"]),
        default=None if default in (None, "") else float(default),
        dimensions=tuple(sorted((made.get("dimensions") or {}).items())),
    )
