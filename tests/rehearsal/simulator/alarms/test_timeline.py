import pytest
from tests.rehearsal.simulator.alarms.support import (
    CALLS,
    ERRORS,
    START,
    composite_alarm,
    math_alarm,
    metric_alarm,
    query,
    run_of,
    series_of,
)

from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator.alarms import History, Series, alarms_of, evaluated, outages
from mcp_ops.rehearsal.simulator.errors import Refusal

MINUTE = 60
PAGE = ["arn:page"]


def history(series: Series, minutes: int, *items: Registration) -> History:
    alarms = alarms_of(run_of(*items))
    return evaluated(alarms, series, START, START + minutes * MINUTE, {alarm.name: "OK" for alarm in alarms})


def changes(found: History, alarm: str = "errors") -> list[tuple[int, str]]:
    return [(int(t.at - START) // 60, t.after) for t in found.transitions if t.alarm == alarm]


def told(found: History) -> list[tuple[int, str, str]]:
    return [(int(notice.at - START) // 60, notice.alarm, notice.state) for notice in found.notices]


def test_an_alarm_rises_and_falls_with_its_metric() -> None:
    found = history(series_of(ERRORS, "0011000"), 7, metric_alarm(alarmActions=PAGE, okActions=PAGE))
    assert changes(found) == [(3, "ALARM"), (5, "OK")]
    assert told(found) == [(3, "errors", "ALARM"), (5, "errors", "OK")]
    assert found.notices[0].actions == ("arn:page",)
    assert found.transitions[0].reason == "1, GreaterThanThreshold 0"
    assert (found.first("errors"), found.first("errors", "INSUFFICIENT_DATA")) == (START + 180, None)
    assert (found.in_alarm(), found.states) == (("errors",), {"errors": "OK"})
    assert [notice.state for notice in found.told()] == ["ALARM"]
    assert list(outages(found, "errors")) == [(START + 180, START + 300)]


def test_a_new_alarm_has_insufficient_data_and_then_tells_that_it_is_well() -> None:
    alarms = alarms_of(run_of(metric_alarm(okActions=["arn:ok"], treatMissingData="missing")))
    found = evaluated(alarms, series_of(ERRORS, "--0"), START, START + 180)
    assert changes(found) == [(3, "OK")]
    assert told(found) == [(3, "errors", "OK")]


def test_three_of_five_needs_three_of_five() -> None:
    item = metric_alarm(evaluationPeriods=5, datapointsToAlarm=3)
    assert changes(history(series_of(ERRORS, "1010100000"), 10, item)) == [(5, "ALARM"), (6, "OK")]
    assert changes(history(series_of(ERRORS, "1000100010"), 10, item)) == []


def test_a_longer_period_slides_by_the_minute() -> None:
    found = history(series_of(ERRORS, "000005000000"), 12, metric_alarm(period=300, threshold=4))
    assert changes(found) == [(6, "ALARM"), (11, "OK")]


def test_a_window_of_more_than_a_day_is_evaluated_by_the_hour() -> None:
    series = Series()
    series.add(ERRORS, START + 600, 1)
    found = history(series, 120, metric_alarm(period=86_400, evaluationPeriods=2, datapointsToAlarm=1))
    assert changes(found) == [(60, "ALARM")]


def test_silence_is_an_alarm_where_the_stack_says_so() -> None:
    item = metric_alarm(comparisonOperator="LessThanThreshold", threshold=1, treatMissingData="breaching")
    assert changes(history(series_of(ERRORS, "11-----"), 7, item)) == [(5, "ALARM")]


def test_metric_math_follows_traffic() -> None:
    item = math_alarm("rate", "IF(calls >= 5, 100 * FILL(errors, 0) / calls, 0)", threshold=5)
    series = series_of(CALLS, "99919-9")
    series.add(ERRORS, START + 180, 1)  # one of one call
    series.add(ERRORS, START + 240, 1)  # one of nine
    assert changes(history(series, 7, item), "rate") == [(5, "ALARM"), (7, "OK")]


def test_expressions_build_on_each_other() -> None:
    queries = [
        {"id": "share", "expression": "bad / 2", "returnData": True},
        {"id": "bad", "expression": "errors * 4"},
        {"id": "errors", "metric": query("Errors")},
    ]
    item = math_alarm("rate", "", metricQueries=queries, threshold=1)
    assert changes(history(series_of(ERRORS, "01"), 2, item), "rate") == [(2, "ALARM")]
    queries[1]["expression"] = "share * 4"
    with pytest.raises(Refusal, match="alarm rate: its expressions refer to each other in a circle"):
        history(series_of(ERRORS, "01"), 2, math_alarm("rate", "", metricQueries=queries))


def test_a_percentile_of_few_samples_leaves_the_state_as_it_is() -> None:
    percentile = {"statistic": None, "extendedStatistic": "p90", "threshold": 5}
    sleepy = metric_alarm(**percentile, evaluateLowSampleCountPercentiles="ignore")
    series = Series()
    series.add(ERRORS, START, *[9.0] * 99)
    assert changes(history(series, 1, metric_alarm(**percentile))) == [(1, "ALARM")]
    assert changes(history(series, 1, sleepy)) == []
    series.add(ERRORS, START, 9.0)
    assert changes(history(series, 1, sleepy)) == [(1, "ALARM")]
    low = metric_alarm(statistic=None, extendedStatistic="p10", threshold=5, evaluateLowSampleCountPercentiles="ignore")
    assert changes(history(series, 1, low)) == [(1, "ALARM")]
    assert changes(history(Series(), 1, low)) == []


def test_a_composite_follows_its_children_in_the_same_minute() -> None:
    both = composite_alarm("both", "ALARM(errors) AND ALARM(calls)", alarmActions=PAGE)
    series = series_of(ERRORS, "0111")
    series.add(CALLS, START + 120, 1)
    series.add(CALLS, START + 180, 0)
    found = history(series, 4, metric_alarm(), metric_alarm("calls", metricName="Calls"), both)
    assert changes(found, "both") == [(3, "ALARM"), (4, "OK")]
    assert told(found) == [(3, "both", "ALARM")]
    reasons = [item.reason for item in found.transitions if item.alarm == "both"]
    assert reasons == ["in ALARM: calls, errors", "in ALARM: errors"]


def suppressed(errors: str, deploying: str, wait: int = 60, extension: int = 60) -> History:
    series = series_of(ERRORS, errors)
    for index, character in enumerate(deploying):
        series.add(CALLS, START + 60 * index, float(character))
    page = composite_alarm(
        "page",
        "ALARM(errors)",
        alarmActions=PAGE,
        okActions=PAGE,
        actionsSuppressor={"alarm": "deploying", "waitPeriod": wait, "extensionPeriod": extension},
    )
    return history(series, len(errors), metric_alarm(), metric_alarm("deploying", metricName="Calls"), page)


@pytest.mark.parametrize(
    ("errors", "deploying", "expected", "held_back"),
    [
        pytest.param("0110000", "0000000", [(3, "ALARM"), (5, "OK")], [], id="waits for the suppressor, then tells"),
        pytest.param("0100000", "0000000", [], [], id="over before the wait is"),
        pytest.param("0011000", "0111110", [], [3, 5], id="all of it while suppressed"),
        pytest.param("0111111", "0011000", [(6, "ALARM")], [2], id="still wrong when the suppressor has left"),
        pytest.param("0010000", "0100000", [], [], id="in the extension"),
        pytest.param("0011111", "0100000", [(4, "ALARM")], [], id="longer than the extension"),
    ],
)
def test_a_suppressor_holds_actions_back(
    errors: str, deploying: str, expected: list[tuple[int, str]], held_back: list[int]
) -> None:
    found = suppressed(errors, deploying)
    assert [(minute, state) for minute, _, state in told(found)] == expected
    assert [int(notice.at - START) // 60 for notice in found.held_back] == held_back


def test_outages_that_have_not_ended_have_no_end() -> None:
    found = history(series_of(ERRORS, "10011"), 5, metric_alarm())
    assert list(outages(found, "errors")) == [(START + 60, START + 120), (START + 240, None)]
    assert list(outages(found, "other")) == []
