"""When a secret is rotated. Pure.

Rules of AWS Secrets Manager (User Guide, "Schedule expressions in Secrets Manager rotation"): UTC; `cron(0 hours
day-of-month month day-of-week *)`; one of the two days is `?`; windows open on the hour and end on the same day; at
least four hours lie between two rotations.
"""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import pairwise

from mcp_ops.errors import Offences
from mcp_ops.inputs import Inputs
from mcp_ops.naming import stable_slot

DAYS = (1, 365)
"""Days between two rotations."""
DEFAULT_DAYS = 30
MOST_JITTER_DAYS = 7
WINDOW_HOURS = (1, 24)
DEFAULT_WINDOW_HOURS = 4
SHORTEST_HOURS = 4
"""Hours between two rotations, at least."""

_YEAR = 366
_CRON = re.compile(r"cron\((\S+) (\S+) (\S+) (\S+) (\S+) (\S+)\)")
_MONTH_NAMES = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEKDAY_NAMES = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_WEEKDAYS = {name: number for number, name in enumerate(_WEEKDAY_NAMES, 1)}
_EXAMPLE = "write it like cron(0 3 1 * ? *)"


@dataclass(frozen=True)
class Schedule:
    """When one secret is rotated."""

    expression: str
    """What AWS is given."""
    window_hours: int
    days: int
    """Longest time between two rotations."""


def plan_schedule(inputs: Inputs, name: str) -> Schedule:
    """Reads `rotation_days`, `schedule` and `window_hours`; notes what AWS would refuse."""
    days = inputs.integer("rotation_days", DEFAULT_DAYS, *DAYS)
    window = inputs.integer("window_hours", DEFAULT_WINDOW_HOURS, *WINDOW_HOURS)
    text = inputs.text("schedule", re.compile(r"cron\(.*\)"), f"is no schedule; {_EXAMPLE}, or give rotation_days")
    if not text:
        # By the name alone: environments of one program stay alike.
        period = days - stable_slot(name, jitter(days) + 1)
        return Schedule(f"rate({period} day{'s' if period > 1 else ''})", window, period)
    both = inputs.has("rotation_days")
    inputs.offences.check(not both, "rotation_days", days, "has no effect beside schedule; leave one of them out")
    return Schedule(text, window, _longest_gap(text, window, inputs.offences))


def jitter(days: int) -> int:
    """Returns by how many days a period may be shortened, so that not every secret rotates on one day: a tenth."""
    return min(MOST_JITTER_DAYS, days // 10)


def _longest_gap(text: str, window: int, offences: Offences) -> int:
    """Returns the most days between two rotations by cron; notes what AWS would refuse."""
    problem = ""
    try:
        hours, fits = _parsed(text)
    except ValueError as error:
        offences.add("schedule", text, f"{error}; {_EXAMPLE}")
        return DEFAULT_DAYS
    starts = [*hours, hours[0] + 24]
    shortest = min(later - earlier for earlier, later in pairwise(starts))
    if shortest < SHORTEST_HOURS:
        problem = f"rotates every {shortest} hours; AWS allows {SHORTEST_HOURS} at least"
    elif hours[-1] + window > 24:  # noqa: PLR2004 - hours of a day
        problem = f"opens a window of {window} hours at {hours[-1]}:00; it would go into the next UTC day"
    elif window > shortest:
        problem = f"opens a window of {window} hours every {shortest} hours"
    gap = _gap(fits)
    if gap > _YEAR:
        problem = f"leaves {gap} days between two rotations; {_YEAR} are the most"
    offences.check(not problem, "schedule", text, problem)
    return gap


class _Days:
    """The days that a cron expression means."""

    def __init__(self, day: str, month: str, weekday: str) -> None:
        self._day, self._weekday = day, weekday
        self._months = _values(month, 1, 12, _MONTHS, "month")
        if (day == "?") == (weekday == "?"):
            raise ValueError("needs ? as one of day-of-month and day-of-week, and a value for the other")
        self._plain = [item for item in self._field.split(",") if "L" not in item and "#" not in item]
        self._special = [item for item in self._field.split(",") if item not in self._plain]
        self._values = _values(",".join(self._plain), *self._bounds) if self._plain else frozenset()
        pattern = r"L" if weekday == "?" else r"L|([1-7]|[A-Z]{3})(L|#[1-5])"
        for item in self._special:
            if not re.fullmatch(pattern, item):
                raise ValueError(f"has {item} where a day is expected")

    @property
    def _field(self) -> str:
        return self._day if self._weekday == "?" else self._weekday

    @property
    def _bounds(self) -> tuple[int, int, dict[str, int], str]:
        return (1, 31, {}, "day-of-month") if self._weekday == "?" else (1, 7, _WEEKDAYS, "day-of-week")

    def fits(self, when: date) -> bool:
        """Tells whether the expression means this day."""
        if when.month not in self._months:
            return False
        number = when.day if self._weekday == "?" else when.isoweekday() % 7 + 1
        return number in self._values or any(self._is_special(item, when, number) for item in self._special)

    def _is_special(self, item: str, when: date, number: int) -> bool:
        left = calendar.monthrange(when.year, when.month)[1] - when.day
        if item == "L":
            return left == 0 if self._weekday == "?" else number == 7  # noqa: PLR2004 - Saturday ends AWS's week
        weekday = _number(item[:3] if item[0].isalpha() else item[0], _WEEKDAYS)
        if item.endswith("L"):
            return number == weekday and left < 7  # noqa: PLR2004 - the last seven days
        return number == weekday and (when.day - 1) // 7 + 1 == int(item[-1])


def _parsed(text: str) -> tuple[list[int], _Days]:
    found = _CRON.fullmatch(text)
    if not found:
        raise ValueError("has not six fields")
    minutes, hours, day, month, weekday, year = found.groups()
    if minutes != "0":
        raise ValueError(f"has minute {minutes}; AWS opens windows on the hour: 0")
    if year != "*":
        raise ValueError(f"has year {year}; AWS takes * only")
    return sorted(_values(hours, 0, 23, {}, "hours")), _Days(day, month, weekday)


def _values(field: str, lowest: int, highest: int, names: dict[str, int], what: str) -> frozenset[int]:
    """Returns the numbers that one field means. Raises `ValueError` in words for people."""
    values: set[int] = set()
    for item in field.split(","):
        found = _range(item, lowest, highest, names)
        if found is None:
            raise ValueError(f"has {item} as {what}, which is not from {lowest} to {highest}")
        values.update(found)
    return frozenset(values)


def _range(item: str, lowest: int, highest: int, names: dict[str, int]) -> range | None:
    """Returns the numbers of `3`, `3-5`, `3/2` or `*`; None when it is something else."""
    found = re.fullmatch(r"(\*|\d+|[A-Z]{3})(?:-(\d+|[A-Z]{3}))?(?:/(\d+))?", item)
    if not found:
        return None
    start, end, step = found.groups()
    first = lowest if start == "*" else _number(start, names)
    single = end is None and step is None and start != "*"
    last = first if single else highest if end is None else _number(end, names)
    return range(first, last + 1, int(step or 1)) if lowest <= first <= last <= highest and step != "0" else None


def _number(text: str, names: dict[str, int]) -> int:
    """Returns the number that a text or a name stands for; one that no field takes when it stands for none."""
    return names.get(text, int(text) if text.isdecimal() else -1)


def _gap(days: _Days) -> int:
    """Returns the most days between two days that fit, over the four years of a leap cycle and one more."""
    first = date(2027, 1, 1)
    fitting = [when for when in (first + timedelta(offset) for offset in range(5 * _YEAR)) if days.fits(when)]
    gaps = [(later - earlier).days for earlier, later in pairwise(fitting)]
    return max(gaps, default=5 * _YEAR)
