import pytest

from mcp_ops.rehearsal.simulator.alarms.expressions import Points, parsed
from mcp_ops.rehearsal.simulator.errors import Refusal

QUERIES: dict[str, Points] = {"a": [1.0, 2.0, None, 4.0], "b": [2.0, 0.0, 2.0, 2.0], "m1": [None] * 4}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", [1, 2, None, 4]),
        ("7", [7, 7, 7, 7]),
        ("a + b * 2", [5, 2, None, 8]),
        ("(a + b) * 2", [6, 4, None, 12]),
        ("-a - -1", [0, -1, None, -3]),
        ("2 ^ 3 ^ 2", [512] * 4),
        ("a / b", [0.5, None, None, 2]),
        ("10 ^ 400", [None] * 4),
        ("1.5e1 - .5", [14.5] * 4),
        ("FILL(a, 0) / 2", [0.5, 1, 0, 2]),
        ("FILL(a, REPEAT)", [1, 2, 2, 4]),
        ("FILL(m1, b)", [2, 0, 2, 2]),
        ("FILL(m1, REPEAT)", [None] * 4),
        ("IF(a > 1, a, 0)", [0, 2, None, 4]),
        ("IF(b >= 2 AND a < 4, 1)", [1, None, None, None]),
        ("IF(b < 1 || a == 4, 1, 2)", [2, 1, None, 1]),
        ("IF(a <= 2 && b != 0, 1, 2)", [1, 2, None, 2]),
        ("IF(b >= 20, 100 * (FILL(a, 0) + FILL(m1, 0)) / b, 0)", [0, 0, 0, 0]),
        ("IF(1 == 1, 3, 4)", [3] * 4),
        ("SUM([a, b])", [3, 2, 2, 6]),
        ("AVG([a, b])", [1.5, 1, 2, 3]),
        ("MAX([a, b]) - MIN([a, b])", [1, 2, 0, 2]),
        ("SUM([m1, m1])", [None] * 4),
        ("ABS(-a)", [1, 2, None, 4]),
        ("CEIL(a / 4)", [1, 1, None, 1]),
        ("FLOOR(a / 4)", [0, 0, None, 1]),
    ],
)
def test_an_expression_is_what_metric_math_says(text: str, expected: Points) -> None:
    assert parsed(text).value(QUERIES, 4) == expected


def test_an_expression_tells_what_it_reads() -> None:
    assert parsed("IF(a > 1, FILL(b, 0), e1)").ids == {"a", "b", "e1"}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "its end stands where a value is wanted"),
        ("a +", "its end stands where a value is wanted"),
        ("a b", "b is unexpected"),
        ("(a", r"its end stands where \) is wanted"),
        ("[a", r"its end stands where \] is wanted"),
        ("A", "A stands where a value is wanted"),
        ("a ? b", r"\? is unexpected"),
        ("RATE(a)", "RATE is not simulated; FILL, IF, SUM"),
        ("ANOMALY_DETECTION_BAND(a)", "ANOMALY_DETECTION_BAND is not simulated"),
        ("IF(a)", "IF takes 2 or 3 arguments, not 1"),
        ("FILL(a, LINEAR)", "LINEAR stands where a value is wanted"),
        ("FILL(a)", "stands where , is wanted"),
    ],
)
def test_what_cannot_be_read_is_refused(text: str, message: str) -> None:
    with pytest.raises(Refusal, match=message):
        parsed(text)


@pytest.mark.parametrize("text", ["[a, b]", "FILL([a, b], 0)", "FILL(1, 0)", "SUM(a)", "AVG(4)"])
def test_what_is_no_single_series_is_refused(text: str) -> None:
    with pytest.raises(Refusal, match="time series"):
        parsed(text).value(QUERIES, 4)
