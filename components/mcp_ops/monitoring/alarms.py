"""Alarms as data: what is watched, from which value on, how urgent it is, and what to do. Pure.

The four are kept apart: a metric knows nothing of thresholds, a threshold nothing of who is told.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from mcp_ops import naming
from mcp_ops.errors import Offences

SEVERITIES = ("critical", "warning")
"""Critical: somebody is woken up. Warning: somebody looks during the day."""

MISSING = ("breaching", "notBreaching", "ignore", "missing")
"""What absent data counts as (API reference of PutMetricAlarm)."""

COMPARISONS = {
    ">": "GreaterThanThreshold",
    ">=": "GreaterThanOrEqualToThreshold",
    "<": "LessThanThreshold",
    "<=": "LessThanOrEqualToThreshold",
}

MAX_METRICS = 10
"""Metrics that the expression of one alarm may read (CloudWatch user guide, alarm limits)."""
MAX_CHILDREN = 100
"""Alarms that one composite may name (API reference of PutCompositeAlarm)."""
MAX_RULE = 10_240
"""Characters of a composite's rule (API reference of PutCompositeAlarm)."""
MAX_DESCRIPTION = 1024
"""Characters of an alarm's description (API reference of PutMetricAlarm)."""

_MINUTE, _HOUR, _DAY, _WEEK = 60, 3600, 86_400, 604_800

STATISTIC = re.compile(
    r"Sum|Average|Minimum|Maximum|SampleCount|p(100|\d{1,2}(\.\d{1,10})?)|PR\((\d+(\.\d+)?)?:(\d+(\.\d+)?)?\)"
)
"""Statistics in use: the simple ones, percentiles, and `PR(:100)`, the percentage of values of at most 100."""
_SIMPLE = ("Sum", "Average", "Minimum", "Maximum", "SampleCount")


@dataclass(frozen=True)
class Metric:
    """One metric with its statistic."""

    namespace: str
    name: str
    dimensions: Mapping[str, pulumi.Input[str]]
    statistic: str

    @property
    def simple(self) -> bool:
        """Whether the statistic is one of the five simple ones; others are extended statistics to CloudWatch."""
        return self.statistic in _SIMPLE


@dataclass(frozen=True)
class Expression:
    """A value computed from metrics."""

    text: str
    """Metric math over the ids of `metrics`."""
    metrics: Mapping[str, Metric]
    """By id: a lower-case letter, then letters, digits and _."""
    label: str = ""
    """What the value is, with its unit."""


@dataclass(frozen=True)
class Threshold:
    """From which value on, for how long."""

    comparison: str
    """One of `COMPARISONS`."""
    value: float
    period: int
    """Seconds over which the statistic is taken."""
    periods: int = 1
    """Periods that are looked at."""
    datapoints: int = 0
    """How many of them must breach. Default 0: all."""
    missing: str = "notBreaching"
    """One of `MISSING`."""

    @property
    def needed(self) -> int:
        """How many periods must breach."""
        return self.datapoints or self.periods


@dataclass(frozen=True)
class Response:
    """What follows: who is told, and where it says what to do."""

    severity: str
    """One of `SEVERITIES`; empty for an alarm that acts only as part of a composite."""
    runbook: str
    """File in docs/runbooks without `.md`, or a URL."""
    deduplication: str
    """Alarms with the same key are one incident: a symptom, not a threshold."""


@dataclass(frozen=True)
class Alarm:
    """One metric alarm."""

    key: str
    """Last part of its name."""
    summary: str
    """What is wrong, for somebody who was asleep a minute ago."""
    watches: Metric | Expression
    threshold: Threshold
    response: Response


@dataclass(frozen=True)
class Composite:
    """An alarm over alarms: it rings when every alarm of any group does."""

    key: str
    summary: str
    any_of: Sequence[Sequence[str]]
    """Groups of keys: within a group all must be in alarm."""
    response: Response
    muted_by: str = ""
    """Key of an alarm of the same set; while it is in alarm, this one tells nobody."""


@dataclass(frozen=True)
class AlarmSet:
    """The alarms of one thing."""

    subject: str
    """What they watch: the `Server:` of the message, or empty for the environment."""
    alarms: Sequence[Alarm] = field(default=())
    composites: Sequence[Composite] = field(default=())

    def severities(self) -> dict[str, str]:
        """Returns the severity of each alarm that acts, by key; those that act through a composite are left out."""
        of_alarms = {alarm.key: alarm.response.severity for alarm in self.alarms}
        of_composites = {composite.key: composite.response.severity for composite in self.composites}
        return {key: severity for key, severity in {**of_alarms, **of_composites}.items() if severity}


@dataclass(frozen=True)
class Texts:
    """What every description of an environment has in common."""

    environment: str
    runbooks: str
    """URL of the folder of the runbooks; empty: `docs/runbooks`."""
    dashboard: str
    """Name of the dashboard."""

    def describe(self, summary: str, response: Response, subject: str) -> str:
        """Returns the description: the sentence, then one fact a line. The notification function reads the facts."""
        facts = {
            "Severity": response.severity or "none; acts through a composite alarm",
            "Environment": self.environment,
            "Server": subject,
            "Runbook": self.link(response.runbook),
            "Dashboard": self.dashboard,
            "Deduplication": "/".join(filter(None, (self.environment, subject, response.deduplication))),
        }
        return "\n".join([summary, *(f"{name}: {value}" for name, value in facts.items() if value)])

    def link(self, runbook: str) -> str:
        """Returns where a runbook stands; a URL stays as it is."""
        if "://" in runbook:
            return runbook
        return f"{(self.runbooks or 'docs/runbooks').rstrip('/')}/{runbook}.md"


def check_alarms(offences: Offences, name: str, planned: AlarmSet, texts: Texts) -> None:
    """Notes what CloudWatch would refuse, and what this library refuses: an alarm without severity rule or runbook."""
    keys = [alarm.key for alarm in planned.alarms] + [composite.key for composite in planned.composites]
    naming.check_length(offences, "name", "alarm", f"{name}-{max(keys, key=len, default='')}")
    for key in sorted({key for key in keys if keys.count(key) > 1}):
        offences.add(key, key, "names two alarms of the same set")
    for alarm in planned.alarms:
        found = offences.below(alarm.key)
        _check_common(found, alarm, planned.subject, texts)
        _check_metrics(found, alarm.watches)
        check_threshold(found, alarm.threshold)
    for composite in planned.composites:
        found = offences.below(composite.key)
        _check_common(found, composite, planned.subject, texts)
        _check_rule(found, name, composite, keys)


def check_threshold(offences: Offences, threshold: Threshold) -> None:
    """Notes what CloudWatch would refuse of a period or a threshold."""
    period, periods = threshold.period, threshold.periods
    offences.check(threshold.value >= 0, "threshold", threshold.value, "is below zero")
    offences.check(threshold.comparison in COMPARISONS, "comparison", threshold.comparison, "is not >, >=, < or <=")
    offences.check(threshold.missing in MISSING, "missing", threshold.missing, f"is not one of {', '.join(MISSING)}")
    fits = period in {10, 20, 30} or (period > 0 and period % _MINUTE == 0)
    offences.check(fits, "period", period, "is no period of an alarm; use 10, 20, 30 or a multiple of 60 seconds")
    offences.check(period <= _DAY, "period", period, "is longer than a day")
    offences.check(periods >= 1, "periods", periods, "is no number of periods; use 1 or more")
    longest, unit = (_DAY, "a day") if period < _HOUR else (_WEEK, "seven days")
    rule = f"of {period} s exceed {unit}, the most that CloudWatch looks back with this period"
    offences.check(period * periods <= longest, "periods", periods, rule)
    rule = f"exceed the {periods} periods that are looked at"
    offences.check(threshold.datapoints <= periods, "datapoints", threshold.datapoints, rule)


def _check_common(offences: Offences, item: Alarm | Composite, subject: str, texts: Texts) -> None:
    response = item.response
    known = response.severity in SEVERITIES or (not response.severity and isinstance(item, Alarm))
    rule = f"is not a severity; use {' or '.join(SEVERITIES)}"
    offences.check(known, "severity", response.severity, rule)
    offences.check(response.runbook, "runbook", response.runbook, "is missing; an alarm says what to do")
    offences.check(response.deduplication, "deduplication", response.deduplication, "is missing")
    length = len(texts.describe(item.summary, response, subject))
    rule = f"makes a description of {length} characters; CloudWatch takes {MAX_DESCRIPTION}"
    offences.check(length <= MAX_DESCRIPTION, "summary", item.summary, rule)


def _check_metrics(offences: Offences, watches: Metric | Expression) -> None:
    metrics = watches.metrics if isinstance(watches, Expression) else {"metric": watches}
    rule = f"metrics are too many; an alarm takes {MAX_METRICS}"
    offences.check(len(metrics) <= MAX_METRICS, "metrics", len(metrics), rule)
    for metric in metrics.values():
        fits = STATISTIC.fullmatch(metric.statistic)
        offences.check(fits, "statistic", metric.statistic, "is no statistic that this library uses")


def _check_rule(offences: Offences, name: str, composite: Composite, keys: Sequence[str]) -> None:
    children = {key for group in composite.any_of for key in group}
    rule = f"alarms are too many; a composite takes {MAX_CHILDREN}"
    offences.check(len(children) <= MAX_CHILDREN, "any_of", len(children), rule)
    offences.check(children, "any_of", list(composite.any_of), "names no alarm")
    known = (*children, composite.muted_by) if composite.muted_by else children
    for key in sorted({key for key in known if key not in keys}):
        offences.add("any_of", key, "is no alarm of this set")
    length = len(rule_of(name, composite))
    rule = f"characters are too many for a rule; a composite takes {MAX_RULE}"
    offences.check(length <= MAX_RULE, "any_of", length, rule)


def rule_of(name: str, composite: Composite) -> str:
    """Returns the composite's rule in CloudWatch's words."""
    groups = [" AND ".join(f'ALARM("{name}-{key}")' for key in group) for group in composite.any_of]
    return groups[0] if len(groups) == 1 else " OR ".join(f"({group})" for group in groups)
