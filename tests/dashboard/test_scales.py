import pytest

from mcp_ops.dashboard.body import Chart
from mcp_ops.dashboard.data import Drawn, Points
from mcp_ops.dashboard.plots import gauge, plot
from mcp_ops.dashboard.scales import clock, short, ticks, time_ticks


@pytest.mark.parametrize(
    ("least", "most", "expected"),
    [
        (0, 100, [0, 25, 50, 75, 100]),
        (0, 7, [0, 2, 4, 6, 8]),
        (0, 0, [0, 0.25, 0.5, 0.75, 1]),
        (5, 5, [4, 6, 8, 10]),
        (-3, 3, [-4, -2, 0, 2, 4]),
        (0, 0.0031, [0, 0.001, 0.002, 0.003, 0.004]),
    ],
)
def test_ticks_are_round_and_cover_the_range(least: float, most: float, expected: list[float]) -> None:
    assert ticks(least, most) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "no data"), (0, "0"), (0.001234, "0.0012"), (0.5, "0.5"), (2, "2"), (9.994, "9.99"), (12.34, "12.3"),
        (30, "30"), (123.4, "123"), (999.6, "1 k"), (12_345, "12.3 k"), (1.5e6, "1.5 M"), (2e9, "2 G"),
        (-1234, "-1.23 k"), (100, "100"), (10, "10"), (1200, "1.2 k"),
    ],
)  # fmt: skip
def test_numbers_have_the_digits_that_matter(value: float | None, text: str) -> None:
    assert short(value) == text


def test_times_are_full_hours_or_days() -> None:
    assert [clock(at, 21_600) for at in time_ticks(1_795_082_400, 1_795_104_000)] == [
        "10:00", "11:00", "12:00", "13:00", "14:00", "15:00", "16:00",
    ]  # fmt: skip
    assert clock(1_795_104_000, 30 * 86_400) == "19 Nov"
    assert len(time_ticks(0, 400 * 86_400)) == 41


def line(*pairs: tuple[float, float], label: str = "a") -> Points:
    return Points(label, pairs)


def test_a_gap_stays_a_gap_and_a_lonely_value_is_a_dot() -> None:
    chart = Chart("t", "timeSeries", "x", (), "ms", least=0)
    lines = (line((0, 1), (300, 2), (3_000, 3), (3_300, 4), (9_000, 5)), line((0, 1), label="b"))
    html = plot(Drawn(chart, lines, 300), 0, 10_000, 12)
    assert (html.count('class="line c0"'), html.count('class="dot c0"'), html.count('class="dot c1"')) == (2, 1, 1)
    assert 'aria-label="t, ms. a: 5; b: 1"' in html


def test_stacked_lines_stand_on_each_other() -> None:
    chart = Chart("t", "timeSeries", "x", (), stacked=True, least=0)
    lines = (line((0, 1), (300, 1)), line((0, 2), (300, 2), label="b"))
    heights = [plot(Drawn(chart, lines, 300), 0, 300, 6), plot(Drawn(chart, lines[:1], 300), 0, 300, 6)]
    assert ">3<" in heights[0]
    assert ">3<" not in heights[1]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [(80, "good", "80 %"), (10, "low", "10 %"), (-5, "low", "used up"), (None, "none", "no data")],
)
def test_a_gauge_says_how_much_is_left(value: float | None, kind: str, text: str) -> None:
    html = gauge(Points("errors", () if value is None else ((0, value),)), 0, 100, 25)
    assert f'class="fill {kind}"' in html
    assert text in html
    assert f'class="fill {"good" if value else "none"}"' in gauge(Points("x", ((0, 1),) if value else ()), 0, 100, None)
