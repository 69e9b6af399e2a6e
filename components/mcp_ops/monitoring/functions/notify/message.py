"""What a notification says, whatever it was made of: an alarm, an event, a budget, or plain text."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import quote

ALARM, OK = "ALARM", "OK"

_COMPARISONS = {
    "GreaterThanThreshold": ">",
    "GreaterThanOrEqualToThreshold": ">=",
    "LessThanThreshold": "<",
    "LessThanOrEqualToThreshold": "<=",
}
_FACT = re.compile(r"([A-Z][a-z]+): (\S.*)")
_NEWEST_VALUE = re.compile(r"\[(-?[\d.]+(?:E-?\d+)?) \(")
_RUNBOOK = re.compile(r"(?:https://\S+|docs/[\w./-]+\.md(?:#[\w-]+)?)")


@dataclass(frozen=True)
class Message:
    """One notification."""

    title: str
    """What is wrong, in one sentence."""
    status: str = ALARM
    """`ALARM`: it began. `OK`: it is over."""
    severity: str = "warning"
    environment: str = ""
    server: str = ""
    where: str = ""
    """Alarm or source, and region."""
    since: str = ""
    value: str = ""
    """Value against threshold."""
    parts: tuple[str, ...] = ()
    """Alarms that made a composite one ring."""
    runbook: str = ""
    dashboard: str = ""
    link: str = ""
    """Page of the alarm."""
    deduplication: str = ""
    last_deployment: str = ""
    still_open: tuple[str, ...] = field(default=())
    """Alarms of the same incident that still ring."""

    @property
    def place(self) -> str:
        """`dev/weather`, or as much of it as is known."""
        return "/".join(filter(None, (self.environment, self.server))) or "AWS"

    @property
    def over(self) -> bool:
        """Whether the incident has ended: this alarm has, and no other of the same incident rings."""
        return self.status == OK and not self.still_open

    def facts(self) -> dict[str, str]:
        """Returns what is known, in the order in which people ask."""
        facts = {
            "Where": self.where,
            "Since": self.since,
            "Value": self.value,
            "Made of": ", ".join(self.parts),
            "Still ringing": ", ".join(self.still_open),
            "Last deployment": self.last_deployment,
            "Runbook": self.runbook,
            "Dashboard": self.dashboard,
            "Details": self.link,
        }
        return {name: value for name, value in facts.items() if value}

    def headline(self) -> str:
        """Returns the line for a subject: `[critical] dev/weather: ...`."""
        word = self.severity if self.status == ALARM else "resolved" if self.over else "better"
        return f"[{word}] {self.place}: {self.title}"


def message_of(notification: Mapping[str, Any]) -> Message:
    """Returns the message of what SNS delivered: `Message`, `Subject`, `Timestamp`, `MessageId`."""
    body = notification.get("Message", "")
    try:
        content = json.loads(body)
    except ValueError:
        content = None
    if isinstance(content, dict) and "AlarmName" in content:
        return _of_alarm(content)
    if isinstance(content, dict) and "detail-type" in content:
        return _of_event(content)
    subject = notification.get("Subject") or "Notification"
    found = Message(subject, since=_readable(notification.get("Timestamp", "")), value=_short(body))
    return replace(found, deduplication=f"text/{notification.get('MessageId', '')}")


def _of_alarm(alarm: Mapping[str, Any]) -> Message:
    description = str(alarm.get("AlarmDescription") or "")
    title, facts = _described(description, alarm["AlarmName"])
    region = _region(alarm)
    dashboard = facts.get("Dashboard", "")
    runbook = facts.get("Runbook") or next(iter(_RUNBOOK.findall(description)), "")
    return Message(
        title,
        alarm.get("NewStateValue", ALARM),
        facts.get("Severity", "warning"),
        facts.get("Environment", ""),
        facts.get("Server", ""),
        where=f"alarm {alarm['AlarmName']}{f' in {region}' if region else ''}",
        since=_readable(alarm.get("StateChangeTime", "")),
        value=_value(alarm),
        parts=_parts(alarm),
        runbook=runbook,
        dashboard=_console(region, f"dashboards:name={dashboard}") if dashboard else "",
        link=_console(region, f"alarmsV2:alarm/{quote(alarm['AlarmName'])}"),
        deduplication=facts.get("Deduplication", alarm["AlarmName"]),
    )


def _of_event(event: Mapping[str, Any]) -> Message:
    """Returns the message of an EventBridge event, such as a GuardDuty finding or a failed backup."""
    detail = event.get("detail") or {}
    title = detail.get("title") or f"{event['detail-type']}: {_state_of(detail)}"
    return Message(
        str(title),
        severity="critical" if float(detail.get("severity") or 0) >= 7 else "warning",  # noqa: PLR2004 - GuardDuty: high
        where=f"{event.get('source', '')} in {event.get('region', '')}",
        since=_readable(event.get("time", "")),
        value=_short(", ".join(event.get("resources", []))),
        deduplication=f"event/{event.get('id', '')}",
    )


def _state_of(detail: Mapping[str, Any]) -> str:
    keys = ("eventName", "state", "status", "statusMessage", "reason")
    return ", ".join(str(detail[key]) for key in keys if detail.get(key)) or "something happened"


def _described(description: str, name: str) -> tuple[str, dict[str, str]]:
    """Splits the description of an alarm into its sentence and its facts."""
    sentence, *rest = description.splitlines() or [name]
    facts = {match[1]: match[2] for match in map(_FACT.fullmatch, rest) if match}
    return sentence.partition(" What to do:")[0].strip() or name, facts


def _value(alarm: Mapping[str, Any]) -> str:
    trigger = alarm.get("Trigger") or {}
    newest = _NEWEST_VALUE.search(str(alarm.get("NewStateReason", "")))
    if "Threshold" not in trigger:
        return ""
    labels = [item.get("Label") for item in trigger.get("Metrics", []) if item.get("ReturnData", True)]
    unit = next(filter(None, labels), trigger.get("MetricName", ""))
    operator = _COMPARISONS.get(str(trigger.get("ComparisonOperator")), "against")
    value = _number(newest[1]) if newest else "no data"
    return f"{value} {unit} (alarm {operator} {_number(trigger['Threshold'])})".replace("  ", " ")


def _parts(alarm: Mapping[str, Any]) -> tuple[str, ...]:
    children = alarm.get("TriggeringChildren") or []
    ringing = [child for child in children if (child.get("State") or {}).get("Value", ALARM) == ALARM]
    return tuple(sorted(str(child.get("Arn", "")).rpartition(":alarm:")[2] for child in ringing))


def _region(alarm: Mapping[str, Any]) -> str:
    """Returns the region's code; the message itself names it in words."""
    arn = str(alarm.get("AlarmArn", "")).split(":")
    return arn[3] if len(arn) > 3 else ""  # noqa: PLR2004 - the fourth part


def _console(region: str, page: str) -> str:
    return f"https://{region}.console.aws.amazon.com/cloudwatch/home?region={region}#{page}" if region else ""


def _readable(stamp: str) -> str:
    """Returns `2026-11-21 16:31 UTC` for a time as AWS writes it; anything else stays."""
    match = re.match(r"(\d{4}-\d\d-\d\d)T(\d\d:\d\d)(?::\d\d(?:\.\d+)?)?(?:Z|\+0000|\+00:00)?$", stamp)
    return f"{match[1]} {match[2]} UTC" if match else stamp


def _number(value: object) -> str:
    return format(float(str(value)), ".6g")


def _short(text: str) -> str:
    return text if len(text) <= 1000 else f"{text[:997]}..."  # noqa: PLR2004 - fits every channel
