"""What validation finds: checks that pass or fail, and what could not be looked at."""

import math
from dataclasses import dataclass, field
from typing import Any

SLACK_ITEMS = 10
"""Items, objects or rows by which a store may change between heartbeat and backup, however small its tolerance makes
that."""
SLACK_BYTES = 64 * 1024 * 1024
"""The same for bytes: 64 MiB."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at."""

    name: str
    passed: bool
    found: str
    expected: str

    def as_json(self) -> dict[str, Any]:
        """Returns the check as the verdict tells it."""
        return {"check": self.name, "passed": self.passed, "found": self.found, "expected": self.expected}


@dataclass
class Findings:
    """Everything found in one copy. A copy is good when something was checked and no check failed."""

    checks: list[Check] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was not looked at, and why."""
    content: dict[str, Any] = field(default_factory=dict)
    """Counts of what the copy holds, and a digest where all of it was read."""

    @property
    def valid(self) -> bool:
        """Tells whether the copy is good."""
        return bool(self.checks) and all(check.passed for check in self.checks)

    def check(self, name: str, found: object, expected: object, *, passed: bool | None = None) -> bool:
        """Adds a check, of equality unless `passed` says otherwise, and returns whether it passed."""
        good = found == expected if passed is None else passed
        self.checks.append(Check(name, good, str(found), str(expected)))
        return good

    def key(self, found: str | None, expected: str) -> None:
        """Adds the check that a copy is encrypted with the store's key. Services name keys by ARN or by id."""
        same = bool(found) and str(found).rsplit("/", maxsplit=1)[-1] == expected.rsplit("/", maxsplit=1)[-1]
        self.check("encryption", found or "no key of the store's", expected, passed=same)

    def count(self, name: str, found: int, noted: int, tolerance_percent: int, slack: int = SLACK_ITEMS) -> None:
        """Adds the check that a count is near the one noted with the heartbeat."""
        least, most = bounds(noted, tolerance_percent, slack)
        self.check(name, found, f"{least} to {most}; {noted} when the heart beat", passed=least <= found <= most)

    def summary(self) -> str:
        """Returns the failed checks in a line, or that there are none; what was not looked at, too."""
        bad = [f"{item.name}: found {item.found}, expected {item.expected}" for item in self.checks if not item.passed]
        return "; ".join([*(bad or [f"{len(self.checks)} checks passed"]), *self.notes])


def bounds(noted: int, tolerance_percent: int, slack: int) -> tuple[int, int]:
    """Returns between which counts a copy may lie.

    A live store changes between heartbeat and backup. Of a small one the tolerance is less than an item, so it may
    also change by `slack`, or lose half of itself where that is less. An empty copy of a store that held something is
    always refused. With a tolerance of 0 the count must be the same.
    """
    share = noted * tolerance_percent / 100
    allowed = slack if tolerance_percent else 0
    least = math.ceil(noted - max(share, min(allowed, noted / 2)))
    return max(least, min(noted, 1)), math.floor(noted + max(share, allowed))
