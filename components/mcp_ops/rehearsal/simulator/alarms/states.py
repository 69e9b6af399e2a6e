"""From datapoints to a state: how CloudWatch counts, and what it does about datapoints that are missing.

The rules are those of AWS's user guide, "Configuring how CloudWatch alarms treat missing data"; the tests hold every
cell of its tables.
"""

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

OK: Final = "OK"
ALARM: Final = "ALARM"
INSUFFICIENT_DATA: Final = "INSUFFICIENT_DATA"

COMPARISONS: Final[Mapping[str, Callable[[float, float], bool]]] = {
    "GreaterThanOrEqualToThreshold": operator.ge,
    "GreaterThanThreshold": operator.gt,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}
SPARE_PERIODS: Final = 2
"""Periods beyond EvaluationPeriods in the evaluation range.

AWS retrieves "a higher number" of datapoints than it evaluates and gives one example: 5 for an alarm that evaluates 3.
"""


@dataclass(frozen=True)
class Rule:
    """When datapoints make an alarm."""

    comparison: str
    threshold: float
    evaluation_periods: int
    datapoints_to_alarm: int
    missing: str = "missing"
    """`missing`, `ignore`, `breaching` or `notBreaching`."""

    def breaches(self, value: float) -> bool:
        """Whether a datapoint is on the wrong side of the threshold."""
        return COMPARISONS[self.comparison](value, self.threshold)


def state_of(rule: Rule, datapoints: Sequence[float | None], current: str) -> str:
    """Returns the state that the datapoints of the evaluation range, oldest first, put an alarm in."""
    found = [rule.breaches(value) for value in datapoints if value is not None]
    evaluated = found[-rule.evaluation_periods :]
    lacking = rule.evaluation_periods - len(evaluated)
    breaching = sum(evaluated) + (lacking if rule.missing == "breaching" else 0)
    if breaching >= rule.datapoints_to_alarm:
        return ALARM
    if not lacking or rule.missing in {"breaching", "notBreaching"} or not all(evaluated):
        return OK
    if rule.missing == "ignore":
        return current
    return ALARM if _old_enough(rule, datapoints) else INSUFFICIENT_DATA


def _old_enough(rule: Rule, datapoints: Sequence[float | None]) -> bool:
    """Whether every datapoint breaches and the oldest is at least DatapointsToAlarm periods old.

    Then a metric that stopped flowing while it breached is an alarm (AWS: "avoiding premature transitions").
    """
    oldest = next((index for index, value in enumerate(datapoints) if value is not None), len(datapoints))
    return len(datapoints) - oldest >= rule.datapoints_to_alarm
