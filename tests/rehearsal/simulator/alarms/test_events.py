import json
from typing import Any

import pytest
from tests.rehearsal.simulator.alarms.support import REGION, START, run_of

from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator.alarms import filters_of, metric, samples_of
from mcp_ops.rehearsal.simulator.errors import Refusal

DIRECTIVE = {
    "Namespace": "App",
    "Dimensions": [["Stage"], ["Stage", "Tool"]],
    "Metrics": [{"Name": "Calls", "Unit": "Count"}, {"Name": "Latency", "Unit": "Milliseconds"}],
}


def line(directive: dict[str, Any] | None = None, **members: Any) -> str:
    document = {
        "_aws": {"Timestamp": 1, "CloudWatchMetrics": [directive or DIRECTIVE]},
        "Stage": "dev", "Tool": "add", "Calls": 1, "Latency": [3.5, 4],
    }  # fmt: skip
    return json.dumps({key: value for key, value in {**document, **members}.items() if value is not None})


def test_a_line_reports_every_metric_once_for_each_set_of_dimensions() -> None:
    found = {sample.metric: sample.values for sample in samples_of(line(), START, REGION)}
    stage, tool = {"Stage": "dev"}, {"Stage": "dev", "Tool": "add"}
    assert found == {
        metric("App", "Calls", stage, region=REGION): (1.0,),
        metric("App", "Calls", tool, region=REGION): (1.0,),
        metric("App", "Latency", stage, region=REGION): (3.5, 4.0),
        metric("App", "Latency", tool, region=REGION): (3.5, 4.0),
    }


def test_a_directive_without_dimensions_has_metrics_without_dimensions() -> None:
    (sample,) = samples_of(line({"Namespace": "App", "Metrics": [{"Name": "Calls"}]}), START, REGION)
    assert sample.metric == metric("App", "Calls", region=REGION)


@pytest.mark.parametrize("text", ["ready", "[]", '{"level": "info"}'])
def test_other_lines_report_nothing(text: str) -> None:
    assert list(samples_of(text, START, REGION)) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (line(_aws={"CloudWatchMetrics": []}), "lacks Timestamp or CloudWatchMetrics"),
        (line(_aws={"Timestamp": 1}), "lacks Timestamp or CloudWatchMetrics"),
        (line(_aws=[]), "lacks Timestamp or CloudWatchMetrics"),
        (line({"Metrics": []}), "no Namespace"),
        (line({"Namespace": "A", "Metrics": [{"Name": "x"}] * 101}), "more than 100 metrics"),
        (line({**DIRECTIVE, "Dimensions": [["Stage"] * 31]}), "more than 30 dimensions"),
        (line(Stage=None), "dimension Stage has no text"),
        (line(Tool=7), "dimension Tool has no text"),
        (line(Calls=None), "Calls has no number"),
        (line(Calls="1"), "Calls has no number"),
        (line(Calls=True), "Calls has no number"),
        (line(Latency=[]), "Latency has no number"),
        (line(Latency=[1] * 101), "Latency has no number, or more than 100"),
    ],
)
def test_what_cloudwatch_would_drop_without_a_word_is_refused(text: str, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        list(samples_of(text, START, REGION))


def metric_filter(pattern: str = '{ $.level = "error" }', **made: Any) -> Registration:
    transformation = {"name": "LogErrors", "namespace": "Logs", "value": "1", **made}
    inputs = {"name": "errors", "logGroupName": "/app", "pattern": pattern, "metricTransformation": transformation}
    kind = "aws:cloudwatch/logMetricFilter:LogMetricFilter"
    return Registration("urn", kind, "errors", "", custom=True, inputs=inputs, id="errors", region=REGION)


def sampled(item: Registration, document: Any, group: str = "/app") -> list[tuple[str, tuple[float, ...]]]:
    filters = filters_of(run_of(item))
    return [(str(s.metric), s.values) for s in filters.samples(group, REGION, json.dumps(document), START)]


def test_a_filter_counts_what_matches() -> None:
    assert sampled(metric_filter(), {"level": "error"}) == [("Logs LogErrors {}", (1.0,))]
    assert sampled(metric_filter(), {"level": "info"}) == []
    assert sampled(metric_filter(), {"level": "error"}, group="/other") == []


def test_a_filter_takes_values_and_dimensions_from_the_line() -> None:
    item = metric_filter(value="$.ms", dimensions={"Server": "$.server"})
    assert sampled(item, {"level": "error", "ms": 12, "server": "a"}) == [("Logs LogErrors {Server=a}", (12.0,))]
    assert sampled(item, {"level": "error", "ms": 12}) == []
    assert sampled(item, {"level": "error", "server": "a", "ms": "soon"}) == []
    assert sampled(item, {"level": "error", "server": "a"}) == []


def test_a_default_value_stands_for_lines_that_do_not_match() -> None:
    item = metric_filter(defaultValue="0")
    assert sampled(item, {"level": "info"}) == [("Logs LogErrors {}", (0.0,))]
    assert [sample.values for sample in filters_of(run_of(item)).quiet("/app", REGION, START)] == [(0.0,)]
    assert list(filters_of(run_of(metric_filter())).quiet("/app", REGION, START)) == []


def test_a_pattern_that_cannot_be_read_names_its_filter() -> None:
    with pytest.raises(Refusal, match="metric filter errors: filter pattern"):
        filters_of(run_of(metric_filter("[a]")))
