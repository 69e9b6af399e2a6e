"""Schedules as AWS Secrets Manager takes them."""

import pytest

from mcp_ops.errors import Offences
from mcp_ops.inputs import Inputs
from mcp_ops.secrets.schedule import jitter, plan_schedule
from mcp_ops.secrets.secret_plan import SecretArgs


def planned(**given: object) -> tuple[int, list[str]]:
    offences = Offences()
    schedule = plan_schedule(Inputs("", {"kind": "generated", **given}, SecretArgs, offences), "token")
    return schedule.days, [str(offence) for offence in offences]


@pytest.mark.parametrize(
    ("cron", "days"),
    [
        ("cron(0 3 1 * ? *)", 31),
        ("cron(0 0 L * ? *)", 31),
        ("cron(0 8 ? * MON *)", 7),
        ("cron(0 8 ? * 2#1 *)", 35),
        ("cron(0 8 ? * FRIL *)", 35),
        ("cron(0 8 ? * L *)", 7),
        ("cron(0 8 ? * MON-FRI *)", 3),
        ("cron(0 8 ? JAN,JUL MON#1 *)", 189),
        ("cron(0 8 1/10 * ? *)", 10),
        ("cron(0 8 1 1 ? *)", 366),
        ("cron(0 0/12 * * ? *)", 1),
    ],
)
def test_the_longest_time_between_two_rotations_is_known(cron: str, days: int) -> None:
    assert planned(schedule=cron) == (days, [])


@pytest.mark.parametrize(
    ("cron", "told"),
    [
        ("cron(0 3 1 * ?)", "has not six fields"),
        ("cron(30 3 1 * ? *)", "has minute 30"),
        ("cron(0 3 1 * ? 2027)", "has year 2027"),
        ("cron(0 3 1 * 1 *)", "needs ? as one of"),
        ("cron(0 3 ? * ? *)", "needs ? as one of"),
        ("cron(0 24 1 * ? *)", "has 24 as hours"),
        ("cron(0 x 1 * ? *)", "has x as hours"),
        ("cron(0 3 32 * ? *)", "has 32 as day-of-month"),
        ("cron(0 3 5-2 * ? *)", "has 5-2 as day-of-month"),
        ("cron(0 3 1/0 * ? *)", "has 1/0 as day-of-month"),
        ("cron(0 3 LW * ? *)", "has LW where a day is expected"),
        ("cron(0 3 15W * ? *)", "has 15W as day-of-month"),
        ("cron(0 3 ? * MON#6 *)", "has MON#6 where a day is expected"),
        ("cron(0 3 1 JUNE ? *)", "has JUNE as month"),
        ("cron(0 3 29 2 ? *)", "days between two rotations; 366 are the most"),
        ("cron(0 3 31 2 ? *)", "days between two rotations"),
        ("cron(0 0/2 * * ? *)", "rotates every 2 hours"),
        ("cron(0 22 1 * ? *)", "would go into the next UTC day"),
    ],
)
def test_what_aws_refuses_is_refused(cron: str, told: str) -> None:
    _, (offence,) = planned(schedule=cron)
    assert told in offence


def test_a_window_ends_before_the_next_begins() -> None:
    assert planned(schedule="cron(0 0/6 * * ? *)", window_hours=6) == (1, [])
    _, (offence,) = planned(schedule="cron(0 0,4 * * ? *)", window_hours=5)
    assert "opens a window of 5 hours every 4 hours" in offence


@pytest.mark.parametrize(("days", "most"), [(1, 0), (9, 0), (10, 1), (30, 3), (365, 7)])
def test_jitter_shortens_by_a_tenth_and_a_week_at_most(days: int, most: int) -> None:
    assert jitter(days) == most
    period, offences = planned(rotation_days=days)
    assert days - most <= period <= days
    assert offences == []


def test_the_same_name_gives_the_same_day() -> None:
    assert planned(rotation_days=365) == planned(rotation_days=365)
