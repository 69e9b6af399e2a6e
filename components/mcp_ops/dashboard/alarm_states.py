"""The states of alarms, as a person wants to know them."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

FACT = re.compile(r"^([A-Z][a-z]+): (\S.*)$", re.MULTILINE)
"""A line of a description: `Severity: critical`."""
WHAT_TO_DO = re.compile(r"\s*What to do: (\S+)$")
"""End of a description of one line."""
ORDER = ("ALARM", "INSUFFICIENT_DATA", "OK")
SEVERITIES = ("critical", "warning")
BATCH = 100
"""Names that one DescribeAlarms takes (API reference)."""


@dataclass(frozen=True)
class AlarmState:
    """One alarm."""

    name: str
    state: str
    """`ALARM`, `OK` or `INSUFFICIENT_DATA`."""
    says: str
    """First line of its description."""
    severity: str
    """`critical`, `warning`, or empty where it acts only as a part of another alarm.

    An alarm that acts and does not say how urgent it is counts as critical.
    """
    runbook: str
    since: datetime | None


def alarm_states(client: Any, names: Sequence[str]) -> list[AlarmState]:
    """Returns alarms by name, those that ring first."""
    found: list[AlarmState] = []
    for begin in range(0, len(names), BATCH):
        asked = {"AlarmNames": list(names[begin : begin + BATCH]), "AlarmTypes": ["MetricAlarm", "CompositeAlarm"]}
        found += [_state(item) for item in _pages(client, asked)]
    return sorted(found, key=lambda item: (ORDER.index(item.state), _urgency(item), item.name))


def _urgency(item: AlarmState) -> int:
    return SEVERITIES.index(item.severity) if item.severity in SEVERITIES else len(SEVERITIES)


def _pages(client: Any, asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    rest: dict[str, Any] = {}
    while True:
        answer = client.describe_alarms(**asked, **rest)
        yield from answer.get("MetricAlarms", ())
        yield from answer.get("CompositeAlarms", ())
        if not answer.get("NextToken"):
            return
        rest = {"NextToken": answer["NextToken"]}


def _state(item: Mapping[str, Any]) -> AlarmState:
    description = str(item.get("AlarmDescription") or "")
    facts = dict(FACT.findall(description))
    first = (description.splitlines() or [""])[0]
    what_to_do = WHAT_TO_DO.search(first)
    severity = facts.get("Severity", "critical" if item.get("AlarmActions") else "")
    return AlarmState(
        name=str(item["AlarmName"]),
        state=str(item["StateValue"]),
        says=WHAT_TO_DO.sub("", first),
        severity=severity if severity in SEVERITIES else "",
        runbook=facts.get("Runbook") or (str(what_to_do[1]) if what_to_do else ""),
        since=item.get("StateUpdatedTimestamp"),
    )
