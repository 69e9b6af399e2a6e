"""Drill **alarm**.

Every alarm that the stack registered is evaluated over series made from the servers' own log lines and from what AWS
reports: an hour in which all is well, then one fault after the other. Which alarm rings, after how long, who is told
with what text; and which stay silent.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_ops.rehearsal.drills.alarm.events import Observed, Unobserved, observed
from mcp_ops.rehearsal.drills.alarm.faults import FAULTS, Disturbed, Fault, NotHere, disturbed
from mcp_ops.rehearsal.drills.alarm.notices import Telling, Told, unreachable
from mcp_ops.rehearsal.drills.alarm.world import AFTER, HOUR, NOW, World, built
from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Stage
from mcp_ops.rehearsal.simulator.alarms import (
    ALARM,
    MINUTE,
    OK,
    Alarm,
    History,
    alarms_of,
    evaluated,
    filters_of,
)
from mcp_ops.rehearsal.simulator.alarms.registered import COMPOSITE_ALARM, METRIC_ALARM
from mcp_ops.rehearsal.simulator.deliveries import Delivery

SEVERITY = re.compile(r"^Severity: (\w+)", re.MULTILINE)
STEADY_STEP = 300
"""Seconds between evaluations while nothing changes."""
SLOW_STEP = 600
"""Seconds between evaluations where there is a day to find out."""
SHOWN = 3
"""Alarms of a fault that the summary names; the facts name all."""


@dataclass
class Row:
    """One fault and what came of it."""

    fault: str
    what: str
    rang: list[dict[str, Any]] = field(default_factory=list)
    """Alarms that act, in order of time: alarm, severity, minutes, value."""
    also: list[str] = field(default_factory=list)
    """Alarms that were in ALARM and act only as a part of others, or were held back."""
    told: list[dict[str, str]] = field(default_factory=list)
    """Who was reached by the first of them, and with what text."""
    silent: int = 0
    problems: list[str] = field(default_factory=list)
    not_here: str = ""

    def line(self) -> str:
        """Returns the row for people."""
        if self.not_here:
            return f"{self.fault}: not drilled: {self.not_here}"
        return f"{self.fault}: {self._rang()}{self._told()}{'; '.join(['', *self.problems])}"

    def _rang(self) -> str:
        if not self.rang:
            return self._silent()
        first = [f"{item['alarm']} after {item['minutes']:g} min" for item in self.rang[:SHOWN]]
        more = len(self.rang) - len(first)
        return ", ".join(first) + (f" and {more} more" if more else "") + f"; {self.silent} silent"

    def _silent(self) -> str:
        if not self.also:
            return f"nobody is told, all {self.silent} alarms silent"
        return (
            f"nobody is told; {self.silent} alarms silent, {', '.join(self.also[:SHOWN])} in alarm as parts of others"
        )

    def _told(self) -> str:
        if not self.told:
            return ""
        reached = ", ".join(dict.fromkeys(item["to"] for item in self.told))
        return f'; told: {reached}: "{self.told[0]["text"].splitlines()[0]}"'

    def as_json(self) -> dict[str, Any]:
        """Returns the row for machines."""
        given = {name: getattr(self, name) for name in ("what", "rang", "also", "told", "silent", "problems")}
        return {"not_drilled": self.not_here} if self.not_here else given


def _missing(stage: Stage) -> str:
    return "" if stage.run.of_type(METRIC_ALARM, COMPOSITE_ALARM) else "the stack registers no alarm"


def _run(stage: Stage) -> Evidence:
    found = tuple(observed(stage))
    world = built(
        World(
            stage.run,
            alarms_of(stage.run),
            filters_of(stage.run),
            tuple(item for item in found if isinstance(item, Observed)),
            tuple(item for item in found if isinstance(item, Unobserved)),
        )
    )
    healthy = evaluated(world.alarms, world.healthy, NOW - HOUR, NOW, every=STEADY_STEP)
    refused = unreachable(stage, world.alarms)
    problems = [*world.problems, *refused.values(), *_false_alarms(world, healthy)]
    tell = Telling(stage, world.alarms, refused)
    rows = [_befallen(world, healthy.states, fault, tell) for fault in FAULTS]
    problems += [f"{row.fault}: {problem}" for row in rows for problem in row.problems]
    detected = [row.rang[0]["minutes"] for row, fault in zip(rows, FAULTS, strict=True) if row.rang and fault.felt]
    facts: dict[str, Any] = {
        "alarms": len(world.alarms),
        "healthy_hour": sorted(healthy.in_alarm()),
        "faults": {row.fault: row.as_json() for row in rows},
        "detection_minutes": max(detected, default=None),
        "not_fed": world.unfed,
        "not_started": {item.name: item.reason for item in world.absent},
        "problems": problems,
    }
    return Evidence(not problems, (*_summary(world, healthy, rows, detected), *_unsaid(problems, rows)), facts)


def _false_alarms(world: World, healthy: History) -> list[str]:
    """Returns alarms that ring although all is well; of a part of a composite that fills in, its composite decides."""
    acting = {alarm.name for alarm in world.alarms if alarm.actions.alarm}
    return [f"healthy hour: {name} rings" for name in healthy.in_alarm() if name in acting]


def _summary(world: World, healthy: History, rows: list[Row], detected: list[float]) -> list[str]:
    names = ", ".join(server.name for server in world.servers) or "no server"
    began = f"{len(world.alarms)} alarms over the events of {names}; healthy hour: {_count(healthy)}"
    lines = [began, *(row.line() for row in rows)]
    if world.unfed:
        lines.append(f"{len(world.unfed)} metrics have no samples here; the evidence names them")
    if detected:
        lines.append(
            f"faults that users feel are told of within {max(detected):g} min; the limit is {HOUR // MINUTE} min"
        )
    return lines


def _count(healthy: History) -> str:
    rang = healthy.in_alarm()
    return f"{len(rang)} in alarm: {', '.join(rang)}" if rang else "silent"


def _unsaid(problems: list[str], rows: list[Row]) -> list[str]:
    """Returns the problems that no row tells of."""
    told_of = {f"{row.fault}: {problem}" for row in rows for problem in row.problems}
    return [problem for problem in problems if problem not in told_of]


def _befallen(world: World, states: Mapping[str, str], fault: Fault, tell: Telling) -> Row:
    row = Row(fault.name, fault.what)
    try:
        changed = disturbed(world, fault)
    except NotHere as reason:
        row.not_here = str(reason)
        return row
    history = _evaluated(world, changed, states, fault)
    acting = {notice.alarm: notice for notice in history.told(ALARM)}
    row.rang = [_rang(world.alarms.named(name), notice.at, notice.transition.value) for name, notice in acting.items()]
    for item in row.rang if fault.felt else ():
        item["over_minutes"] = _over(world, changed, history, item["alarm"])
    row.also = [name for name in history.in_alarm() if name not in acting]
    row.silent = len(world.alarms) - len(history.in_alarm())
    if acting and fault.told:
        reached = tell.of(*next(iter(acting.items())))
        row.told = [_shown(delivery, row.rang[0]["says"]) for delivery in reached.deliveries]
        row.problems += _untold(reached)
    row.problems += _unexpected(row, fault)
    return row


def _evaluated(world: World, changed: Disturbed, states: Mapping[str, str], fault: Fault) -> History:
    """Evaluates what the fault can change; everything else goes on as in the healthy hour."""
    alarms = world.alarms.reading(changed.touched)
    settled = {alarm.name: states[alarm.name] if states[alarm.name] != ALARM else OK for alarm in alarms}
    every = MINUTE if fault.felt else SLOW_STEP
    return evaluated(alarms, changed.series, NOW, NOW + fault.limit, settled, every=every)


def _over(world: World, changed: Disturbed, history: History, name: str) -> float | None:
    """Returns the minutes from the end of a fault until an alarm is over; None where it still rings after an hour."""
    alarms = world.alarms.only([name])
    states = {alarm.name: history.states[alarm.name] for alarm in alarms}
    if states[name] != ALARM:
        return 0.0
    after = changed.ended(world.healthy, history.end)
    following = evaluated(alarms, after, history.end, NOW + AFTER, states, every=STEADY_STEP)
    over = following.first(name, OK)
    return None if over is None else (over - history.end) / MINUTE


def _rang(alarm: Alarm, at: float, value: float | None) -> dict[str, Any]:
    severity = SEVERITY.search(alarm.description)
    return {
        "alarm": alarm.name,
        "severity": severity.group(1) if severity else "",
        "minutes": (at - NOW) / MINUTE,
        "value": value,
        "says": (alarm.description.splitlines() or [""])[0],
    }


def _shown(delivery: Delivery, says: str) -> dict[str, str]:
    """Returns who read what; of CloudWatch's own JSON, which nobody reads, the alarm's sentence."""
    text = f"{delivery.subject}: {says}" if delivery.text.startswith('{"AlarmName"') else delivery.text
    return {"to": delivery.endpoint, "text": text}


def _untold(reached: Told) -> list[str]:
    if reached.failures:
        return list(reached.failures)
    return [] if reached.deliveries else ["its action reaches nobody: no subscription behind it leaves AWS"]


def _unexpected(row: Row, fault: Fault) -> list[str]:
    if fault.told and not row.rang:
        return [f"nobody is told within {fault.limit // MINUTE} min"]
    if fault.told is False and row.rang:
        return [f"{item['alarm']} rings; it must not" for item in row.rang]
    woken = [item["alarm"] for item in row.rang if item["severity"] == "critical"]
    return [f"{name} wakes somebody; it must not" for name in woken] if fault.told is None else []


DRILL = Drill("alarm", "the right alarm rings in time for the right people, and no other", _missing, _run)
