"""Drill **record**.

A tool call leaves exactly one access line with nothing of its arguments in it, in a log group that keeps it; the trail
is logging, its files can be validated, and its bucket refuses to delete them.
"""

import json
from collections.abc import Iterator
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills import declarations
from mcp_ops.rehearsal.drills.containers import TASK_DEFINITION
from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Failed, Stage
from mcp_ops.rehearsal.drills.record.calls import Called, called
from mcp_ops.rehearsal.drills.record.trail import TRAIL, told, trail_facts
from mcp_ops.rehearsal.drills.started_servers import judged

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


def _missing(stage: Stage) -> str:
    try:
        something = declarations.entries(stage) or stage.run.of_type(TRAIL)
    except Failed:
        return ""  # the drill applies, and says what is wrong
    return "" if something else "no server of the stack can be started here, and it has no trail"


def _run(stage: Stage) -> Evidence:
    calls = judged(stage, called)
    problems = [*calls.problems, *(f"{name}: {text}" for name, found in calls.found.items() for text in found.problems)]
    summary = [*calls.not_started, *(_line(name, found) for name, found in calls.found.items())]
    groups = list(_log_groups(stage))
    problems += [f"{group}: keeps access lines for ever, or is not registered" for group, days in groups if not days]
    summary += [f"{group}: kept for {days} days" for group, days in groups if days]
    trails: dict[str, dict[str, Any]] = {}
    for item in stage.run.of_type(TRAIL):
        trails[item.name], found = trail_facts(stage, item)
        problems += found
        summary.append(told(item.name, trails[item.name]))
    if not trails:
        summary.append("the stack registers no trail of its own")
    if declarations.entries(stage) and not calls.found and not problems:
        problems.append("no server of the stack was started")
    servers = {name: {"requests": found.requests, "access_lines": found.lines} for name, found in calls.found.items()}
    facts = {"servers": servers, "log_groups": dict(groups), "trails": trails, "problems": problems}
    return Evidence(not problems, (*summary, *problems), facts)


def _line(name: str, found: Called) -> str:
    lines = f"{len(found.lines)} access lines, nothing of what was sent in {found.printed}"
    return f"{name}: {found.requests} requests, {lines}"


def _log_groups(stage: Stage) -> Iterator[tuple[str, int]]:
    """Yields the log group of each container, and the days that it is kept; 0 where it is for ever."""
    kept = {
        str(inputs.get("name")): int(inputs.get("retentionInDays") or 0)
        for inputs in (wire.reveal(item.inputs) for item in stage.run.of_type(LOG_GROUP))
    }
    for item in stage.run.of_type(TASK_DEFINITION):
        for container in json.loads(wire.reveal(item.inputs)["containerDefinitions"]):
            options = (container.get("logConfiguration") or {}).get("options") or {}
            group = options.get("awslogs-group")
            if group:
                yield group, kept.get(group, 0)


DRILL = Drill("record", "every call and every change is on record, for good", _missing, _run)
