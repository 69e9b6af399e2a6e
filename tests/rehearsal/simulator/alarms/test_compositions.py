import pytest

from mcp_ops.rehearsal.simulator.alarms.compositions import composed
from mcp_ops.rehearsal.simulator.errors import Refusal

STATES = {"a": "ALARM", "b b": "OK", "c": "INSUFFICIENT_DATA"}


@pytest.mark.parametrize(
    ("rule", "holds"),
    [
        ("TRUE", True),
        ("FALSE", False),
        ("ALARM(a)", True),
        ('OK("b b")', True),
        ('ALARM("b b")', False),
        ("INSUFFICIENT_DATA(c)", True),
        ("ALARM(arn:aws:cloudwatch:eu-west-1:123456789012:alarm:a)", True),
        ('ALARM(a) AND ALARM("b b")', False),
        ('ALARM(a) OR ALARM("b b")', True),
        ("NOT ALARM(a)", False),
        ("NOT NOT ALARM(a)", True),
        ("TRUE OR TRUE AND FALSE", True),
        ("(TRUE OR TRUE) AND FALSE", False),
        ("alarm(a) and not (ok(c) or false)", True),
    ],
)
def test_a_rule_holds_or_not(rule: str, holds: bool) -> None:
    assert composed(rule).holds(STATES) is holds


def test_a_rule_tells_which_alarms_it_refers_to() -> None:
    assert composed('ALARM(a) OR (OK("b b") AND NOT ALARM("a"))').names == {"a", "b b"}


@pytest.mark.parametrize(
    "rule", ["", "ALARM", "ALARM(a", "ALARM(a) ALARM(b)", "(TRUE", "AND", "TRUE OR", "MAYBE(a)", "(TRUE FALSE)", ")"]
)
def test_a_malformed_rule_is_refused(rule: str) -> None:
    with pytest.raises(Refusal, match="cannot be read from"):
        composed(rule)


def test_the_limits_of_a_rule_hold() -> None:
    assert len(composed(" OR ".join(f"ALARM(a{index})" for index in range(100))).names) == 100
    with pytest.raises(Refusal, match="refers to 101 alarms: AWS takes 100"):
        composed(" OR ".join(f"ALARM(a{index})" for index in range(101)))
    with pytest.raises(Refusal, match="alarm rule of 10241 characters"):
        composed("TRUE".ljust(10_241))
