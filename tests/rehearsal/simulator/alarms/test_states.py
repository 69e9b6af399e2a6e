"""The tables of AWS's user guide, "Configuring how CloudWatch alarms treat missing data", cell by cell.

Both editions of the guide are held to: the one of 2018 and the one in force, which replaced a row in each table.
"""

import pytest

from mcp_ops.rehearsal.simulator.alarms.states import Rule, state_of

CURRENT = "as it was"
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
A, O, I, C = "ALARM", "OK", "INSUFFICIENT_DATA", CURRENT  # noqa: E741 - columns of a table

THREE_OF_THREE = [
    ("0-X-X", O, O, O, O),
    ("0----", O, O, O, O),
    ("-----", I, C, A, O),
    ("0XX-X", A, A, A, A),
    ("--X--", A, C, A, O),
    ("----X", I, C, A, O),
    ("X----", A, C, A, O),
]
TWO_OF_THREE = [
    ("0-X-X", A, A, A, A),
    ("00X0X", A, A, A, A),
    ("0-X--", O, O, A, O),
    ("----0", O, O, A, O),
    ("---X-", A, C, A, O),
    ("----X", I, C, A, O),
]
CELLS = [
    (needed, pattern, treatment, expected)
    for needed, table in ((3, THREE_OF_THREE), (2, TWO_OF_THREE))
    for pattern, *row in table
    for treatment, expected in zip(TREATMENTS, row, strict=True)
]


@pytest.mark.parametrize(("needed", "pattern", "treatment", "expected"), CELLS)
def test_a_cell_of_the_tables(needed: int, pattern: str, treatment: str, expected: str) -> None:
    rule = Rule("GreaterThanThreshold", 0, 3, needed, treatment)
    points = [None if character == "-" else float(character == "X") for character in pattern]
    assert state_of(rule, points, CURRENT) == expected


@pytest.mark.parametrize(
    ("comparison", "breaching"),
    [
        ("GreaterThanThreshold", {6}),
        ("GreaterThanOrEqualToThreshold", {5, 6}),
        ("LessThanThreshold", {4}),
        ("LessThanOrEqualToThreshold", {4, 5}),
    ],
)
def test_a_comparison_breaches_on_its_side(comparison: str, breaching: set[int]) -> None:
    rule = Rule(comparison, 5, 1, 1)
    assert {value for value in (4, 5, 6) if rule.breaches(value)} == breaching


def test_the_newest_datapoints_count_and_older_real_ones_stand_in_for_missing_ones() -> None:
    rule = Rule("GreaterThanThreshold", 0, 2, 2, "breaching")
    assert state_of(rule, [1, 1, 0, 0], "OK") == "OK"
    assert state_of(rule, [1, 1, None, None], "OK") == "ALARM"
    assert state_of(rule, [0, 0, None, None], "ALARM") == "OK"
