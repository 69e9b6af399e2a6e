import pytest
from tests.rehearsal.simulator.alarms.support import CALLS, ERRORS, START

from mcp_ops.rehearsal.simulator.alarms import Sample, Series, metric
from mcp_ops.rehearsal.simulator.errors import Refusal


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Sum", 160),
        ("Average", 16),
        ("Minimum", 1),
        ("Maximum", 100),
        ("SampleCount", 10),
        ("p0", 1),
        ("p50", 5),
        ("p90", 15),
        ("p99.9", 100),
        ("p100", 100),
        ("PR(:5)", 50),
        ("PR(5:)", 50),
        ("PR(5:15)", 40),
    ],
)
def test_a_statistic_of_ten_samples(name: str, expected: float) -> None:
    series = Series()
    series.add(ERRORS, START, 100, 1, 2, 3)
    series.add(ERRORS, START + 60, 4, 5, 15, 15)
    series.add(ERRORS, START + 119, 7, 8)
    assert series.statistic(ERRORS, name, START, START + 120) == pytest.approx(expected)


@pytest.mark.parametrize("name", ["Median", "p101", "tm90", "", "PR(5)"])
def test_another_statistic_is_refused(name: str) -> None:
    series = Series()
    with pytest.raises(Refusal, match="is not simulated; Average, Maximum"):
        series.statistic(ERRORS, name, START, START + 60)
    series.add(ERRORS, START, 1)
    for start in (START, START + 600):
        with pytest.raises(Refusal, match="is not simulated"):
            series.statistic(ERRORS, name, start, start + 60)


def test_a_weight_counts_a_sample_often() -> None:
    series = Series()
    series.add(ERRORS, START, 1, weight=9)
    series.take([Sample(ERRORS, START, (11.0,))])
    found = [series.statistic(ERRORS, name, START, START + 60) for name in ("Sum", "Average", "SampleCount", "p90")]
    assert found == [20, 2, 10, 1]


def test_periods_without_a_sample_have_no_value() -> None:
    series = Series()
    series.add(ERRORS, START + 60, 3)
    assert series.values(ERRORS, "Sum", START, START + 180) == [None, 3, None]
    assert series.values(CALLS, "Sum", START, START + 120) == [None, None]


def test_a_copy_and_its_origin_go_their_own_ways() -> None:
    series = Series()
    series.add(ERRORS, START, 1)
    other = series.forked()
    other.add(ERRORS, START, 5)
    series.add(ERRORS, START, 2)
    series.add(CALLS, START, 1)
    assert series.statistic(ERRORS, "Sum", START, START + 60) == 3
    assert other.statistic(ERRORS, "Sum", START, START + 60) == 6
    assert (CALLS in series, CALLS in other) == (True, False)


def test_what_is_cleared_is_gone_from_then_on() -> None:
    series = Series()
    for minute in range(4):
        series.add(ERRORS, START + 60 * minute, 1)
    series.clear(ERRORS, START + 60, START + 180)
    series.clear(CALLS)
    assert series.values(ERRORS, "Sum", START, START + 240) == [1, None, None, 1]
    assert series.metrics() == {ERRORS}


def test_a_metric_is_named_by_everything_that_tells_it_apart() -> None:
    assert str(metric("App", "Errors", {"b": "2", "a": "1"}, region="x")) == "App Errors {a=1, b=2}"
    assert metric("App", "Errors", region="x") != metric("App", "Errors", region="y")
    assert (ERRORS.dimension("Service"), ERRORS.dimension("Stage")) == ("web", "")
