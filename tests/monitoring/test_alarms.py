"""What CloudWatch would refuse is refused here first: metrics, children, rules, periods, descriptions."""

from typing import Any

import pytest

from mcp_ops.errors import Offences
from mcp_ops.monitoring.alarms import (
    Alarm,
    AlarmSet,
    Composite,
    Expression,
    Metric,
    Response,
    Texts,
    Threshold,
    check_alarms,
    check_threshold,
    rule_of,
)

TEXTS = Texts("dev", "", "")
RESPONSE = Response("warning", "probe", "x")
METRIC = Metric("McpOps", "ToolCalls", {}, "Sum")


def alarm(key: str = "one", **changes: Any) -> Alarm:
    given = {"summary": "It is broken.", "watches": METRIC, "threshold": Threshold(">", 1, 60), "response": RESPONSE}
    return Alarm(key, **{**given, **changes})


def found(*alarms: Alarm, composites: tuple[Composite, ...] = (), name: str = "dev") -> list[str]:
    offences = Offences()
    check_alarms(offences, name, AlarmSet("weather", alarms, composites), TEXTS)
    return [str(offence) for offence in offences]


def test_sound_alarms_pass() -> None:
    both = Composite("both", "Both are broken.", [["one", "two"]], RESPONSE, muted_by="two")
    assert found(alarm(), alarm("two"), composites=(both,)) == []
    assert rule_of("dev", both) == 'ALARM("dev-one") AND ALARM("dev-two")'


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"response": Response("urgent", "x", "x")}, "one.severity: urgent is not a severity; use critical or warning"),
        ({"response": Response("warning", "", "x")}, "one.runbook: '' is missing; an alarm says what to do"),
        ({"response": Response("warning", "x", "")}, "one.deduplication: '' is missing"),
        (
            {"watches": Expression("a", {f"m{number}": METRIC for number in range(11)})},
            "one.metrics: 11 metrics are too many; an alarm takes 10",
        ),
        (
            {"watches": Metric("McpOps", "ToolCalls", {}, "TM(1%:2%)")},
            "one.statistic: TM(1%:2%) is no statistic that this library uses",
        ),
    ],
)
def test_what_is_wrong_with_an_alarm_is_said(changes: dict[str, Any], line: str) -> None:
    assert found(alarm(**changes)) == [line]


def test_a_description_that_is_too_long_is_refused() -> None:
    (line,) = found(alarm(summary="x" * 1000))
    assert "CloudWatch takes 1024" in line


@pytest.mark.parametrize(
    ("threshold", "line"),
    [
        (Threshold(">", -1, 60), "threshold: -1 is below zero"),
        (Threshold("=", 1, 60), "comparison: = is not >, >=, < or <="),
        (Threshold(">", 1, 60, missing="red"), "missing: red is not one of breaching, notBreaching, ignore, missing"),
        (Threshold(">", 1, 45), "period: 45 is no period of an alarm; use 10, 20, 30 or a multiple of 60 seconds"),
        (Threshold(">", 1, 172_800), "period: 172800 is longer than a day"),
        (Threshold(">", 1, 60, periods=0), "periods: 0 is no number of periods; use 1 or more"),
        (
            Threshold(">", 1, 60, periods=1441),
            "periods: 1441 of 60 s exceed a day, the most that CloudWatch looks back with this period",
        ),
        (Threshold(">", 1, 60, datapoints=2), "datapoints: 2 exceed the 1 periods that are looked at"),
    ],
)
def test_period_rules(threshold: Threshold, line: str) -> None:
    offences = Offences()
    check_threshold(offences, threshold)
    assert [str(offence) for offence in offences] == [line]


def test_limits_of_composites() -> None:
    many = [alarm(f"alarm-{number}") for number in range(101)]
    every = Composite("every", "All is broken.", [[each.key] for each in many], RESPONSE)
    assert found(*many, composites=(every,)) == ["every.any_of: 101 alarms are too many; a composite takes 100"]
    (line,) = found(*many[:100], composites=(Composite("long", "x.", every.any_of[:100], RESPONSE),), name="n" * 90)
    assert "characters are too many for a rule; a composite takes 10240" in line
    nothing = Composite("nothing", "x.", [], RESPONSE)
    assert found(composites=(nothing,)) == ["nothing.any_of: [] names no alarm"]
    unknown = Composite("unknown", "x.", [["one", "two"]], RESPONSE)
    assert found(alarm(), composites=(unknown,)) == ["unknown.any_of: two is no alarm of this set"]


def test_a_composite_acts() -> None:
    silent = Composite("silent", "x.", [["one"]], Response("", "x", "x"))
    assert found(alarm(), composites=(silent,)) == ["silent.severity: '' is not a severity; use critical or warning"]


def test_two_alarms_with_one_name_are_refused() -> None:
    assert found(alarm(), alarm()) == ["one: one names two alarms of the same set"]


def test_a_runbook_is_a_file_or_an_address() -> None:
    assert TEXTS.link("probe") == "docs/runbooks/probe.md"
    assert TEXTS.link("https://wiki.example.com/x") == "https://wiki.example.com/x"
