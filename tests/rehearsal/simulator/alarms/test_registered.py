from collections.abc import Callable
from typing import Any

import pytest
from tests.rehearsal.simulator.alarms.support import (
    CALLS,
    ERRORS,
    composite_alarm,
    math_alarm,
    metric_alarm,
    query,
    run_of,
)

from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator.alarms import MetricAlarm, alarms_of
from mcp_ops.rehearsal.simulator.errors import Refusal


def test_an_alarm_is_read_as_it_was_registered() -> None:
    (alarm,) = alarms_of(
        run_of(
            metric_alarm(
                evaluationPeriods=5, datapointsToAlarm=3, alarmActions=["arn:page"], okActions=["arn:ok"],
                insufficientDataActions=["arn:none"], alarmDescription="Why",
            )
        )
    )  # fmt: skip
    assert isinstance(alarm, MetricAlarm)
    assert (alarm.rule.evaluation_periods, alarm.rule.datapoints_to_alarm, alarm.rule.missing) == (5, 3, "notBreaching")
    assert (alarm.metrics, alarm.watched.statistic, alarm.period) == ({ERRORS}, "Sum", 60)
    assert [alarm.actions.on(state) for state in ("ALARM", "OK", "INSUFFICIENT_DATA")] == [
        ("arn:page",), ("arn:ok",), ("arn:none",)
    ]  # fmt: skip
    assert (alarm.description, alarm.arn.rsplit(":", 1)[1]) == ("Why", "errors")


def test_metric_math_is_read_with_its_queries() -> None:
    (alarm,) = alarms_of(run_of(math_alarm("rate", "errors / calls")))
    assert isinstance(alarm, MetricAlarm)
    assert (alarm.metrics, alarm.watched.id, alarm.period) == ({ERRORS, CALLS}, "value", 60)


def test_an_alarm_that_may_not_act_acts_on_nothing() -> None:
    (alarm,) = alarms_of(run_of(metric_alarm(alarmActions=["arn:page"], actionsEnabled=False)))
    assert alarm.actions.on("ALARM") == ()


def test_composites_follow_what_they_refer_to() -> None:
    arn = metric_alarm("a").outputs["arn"]
    run = run_of(
        composite_alarm("outer", 'ALARM("inner")', actionsSuppressor={"alarm": "b", "waitPeriod": 60}),
        composite_alarm("inner", f"ALARM({arn})"),
        metric_alarm("a"),
        metric_alarm("b"),
        metric_alarm("c"),
    )  # fmt: skip
    alarms = alarms_of(run)
    assert [alarm.name for alarm in alarms] == ["a", "b", "c", "inner", "outer"]
    assert len(alarms) == 5
    assert [alarm.name for alarm in alarms.only(["inner"])] == ["a", "inner"]
    assert [alarm.name for alarm in alarms.only(["outer"])] == ["a", "b", "inner", "outer"]
    assert [alarm.name for alarm in alarms.reading([ERRORS])] == ["a", "b", "c", "inner", "outer"]
    assert len(alarms.reading([CALLS])) == 0
    with pytest.raises(Refusal, match="alarm d is not registered"):
        alarms.only(["d"])


BAD: list[tuple[Callable[..., Registration], dict[str, Any], str]] = [
    (metric_alarm, {"thresholdMetricId": "band"}, "thresholdMetricId is not simulated"),
    (metric_alarm, {"evaluationWindow": {"wallClockWindow": {}}}, "evaluationWindow is not simulated"),
    (metric_alarm, {"comparisonOperator": "GreaterThanUpperThreshold"}, "comparisonOperator GreaterThanUpperThreshold"),
    (metric_alarm, {"threshold": None}, "threshold is missing"),
    (metric_alarm, {"statistic": None, "extendedStatistic": "tm90"}, "statistic tm90 is not simulated"),
    (metric_alarm, {"period": 10}, "a period of 10 s is not simulated"),
    (metric_alarm, {"datapointsToAlarm": 2}, "datapointsToAlarm 2 exceeds evaluationPeriods"),
    (metric_alarm, {"evaluationPeriods": 1441}, "is 86460 s; AWS takes 86400 s"),
    (metric_alarm, {"period": 86_400, "evaluationPeriods": 8}, "is 691200 s; AWS takes 604800 s"),
    (metric_alarm, {"evaluateLowSampleCountPercentiles": "ignore"}, "needs a percentile"),
]


@pytest.mark.parametrize(("make", "inputs", "message"), BAD)
def test_what_aws_refuses_or_is_not_modelled_is_refused(
    make: Callable[..., Registration], inputs: dict[str, Any], message: str
) -> None:
    with pytest.raises(Refusal, match=f"^alarm errors: .*{message}"):
        alarms_of(run_of(make(**inputs)))


@pytest.mark.parametrize(
    ("queries", "message"),
    [
        ([{"id": "a", "metric": query("A"), "returnData": False}], "0 of its queries return data; AWS wants one"),
        ([{"id": "a", "metric": query("A"), "returnData": True}] * 2, "2 of its queries return data"),
        ([{"id": "e", "expression": "a + b", "returnData": True, "period": 60}], "name a, b, which is no query"),
        (
            [{"id": "a", "metric": query("A")}] * 2 + [{"id": "e", "expression": "a", "returnData": True}],
            "name an id twice, which is no query",
        ),
        (
            [
                {"id": "a", "metric": query("A", 300)},
                {"id": "b", "metric": query("B")},
                {"id": "e", "expression": "a + b", "returnData": True},
            ],
            "have the periods 60, 300; AWS wants one",
        ),
        (
            [{"id": f"m{index}", "metric": query(f"M{index}"), "returnData": index == 0} for index in range(11)],
            "reads 11 metrics; AWS takes 10",
        ),
        ([{"id": "a", "metric": query("A"), "accountId": "1", "returnData": True}], "metrics of another account"),
    ],
)
def test_queries_that_aws_refuses_are_refused(queries: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(Refusal, match=message):
        alarms_of(run_of(math_alarm("errors", "a", metricQueries=queries)))


@pytest.mark.parametrize(
    ("items", "message"),
    [
        ([metric_alarm("a"), metric_alarm("a")], "alarm a: is registered twice"),
        ([composite_alarm("c", "ALARM(gone) OR ALARM(c)")], "alarm c: refers to gone, which is not registered"),
        ([composite_alarm("c", "ALARM(d)"), composite_alarm("d", "ALARM(c)")], "c, d refer to each other in a circle"),
        ([composite_alarm("c", "ALARM(")], "alarm c: alarm rule ALARM"),
    ],
)
def test_alarms_that_do_not_fit_together_are_refused(items: list[Registration], message: str) -> None:
    with pytest.raises(Refusal, match=message):
        alarms_of(run_of(*items))
