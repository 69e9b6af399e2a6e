"""Drill **roll-back**.

Six releases of a server of the stack: one good, five with a defect each. The registered gate tries them as Amazon ECS
has it do; the registered alarms watch those that get traffic. Whatever is bad has to be caught, and the good one
accepted. Then the server goes back, as `mcp-ops release rollback` does it, to the digest of the good one.
"""

import contextlib
import dataclasses
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcp_ops.rehearsal.drills import containers, declarations, processes
from mcp_ops.rehearsal.drills.admission import admitted
from mcp_ops.rehearsal.drills.containers import NotStarted, Server
from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Failed, Stage
from mcp_ops.rehearsal.drills.processes import Running
from mcp_ops.rehearsal.drills.roll_back import front
from mcp_ops.rehearsal.drills.roll_back import gate as roll_back_gate
from mcp_ops.rehearsal.drills.roll_back import load as roll_back_load
from mcp_ops.rehearsal.drills.roll_back.history import went_back
from mcp_ops.rehearsal.drills.roll_back.load import NOW, Measured, loaded, watched
from mcp_ops.rehearsal.drills.roll_back.stack import ROLLING, Released, released
from mcp_ops.rehearsal.simulator.alarms import MINUTE
from mcp_ops.rehearsal.simulator.authorization.holding import held

DEFECTS = {
    front.NONE: "good",
    front.CRASHES: "crashes at start",
    front.WRONG: "answers wrongly",
    front.SLOW: "is slow",
    front.TOOLS: "changed a tool",
    front.LOADED: f"fails 1 of {front.ONE_IN} calls under load",
}
"""What is wrong with each release."""
CALLS = {front.SLOW: 1, front.WRONG: 5, front.TOOLS: 5}
"""Calls of each client on releases where the first one shows what there is to see."""


@dataclass
class _Found:
    """What became of one release."""

    defect: str
    caught_by: str = ""
    """Who caught it; empty where nobody did."""
    after: str = ""
    """How long that took."""
    reason: str = ""
    facts: dict[str, Any] = field(default_factory=dict)

    def line(self) -> str:
        """Returns the row of the table."""
        end = f"{self.caught_by} {self.after}".strip() or "accepted"
        return f"{DEFECTS[self.defect]}: {end}: {self.reason}"


def _missing(stage: Stage) -> str:
    try:
        found = any(True for _ in released(stage))
    except Failed:
        return ""  # the drill applies, and says what is wrong
    return "" if found else "no server that can be started here has a gate or alarms that take a release back"


def _run(stage: Stage) -> Evidence:
    not_started: list[str] = []
    for one in released(stage):
        try:
            server = containers.server_of(stage, one.name, declarations.entries(stage)[one.name])
        except NotStarted as reason:
            not_started.append(str(reason))
            continue
        with held(), admitted(server) as admission:
            return _drilled(stage, one, server, admission)
    return Evidence(passed=False, summary=("no server was started", *not_started))


def _drilled(stage: Stage, one: Released, server: Server, admission: Any) -> Evidence:
    folder = stage.project.directory
    with processes.started(server, processes.address_for(server, 0), folder, admission=admission) as behind:
        found = _judged(stage, one, behind)
    history = went_back(stage, one, {item.defect: DEFECTS[item.defect] for item in found})
    problems = [*_problems(one, found), *history.problems]
    seen = [item.line() for item in found]
    how = f"{one.name}: {one.strategy.lower()}, gate {'asked' if one.hook else 'none'}, {len(one.alarms)} alarms"
    facts = {
        "server": one.name,
        "strategy": one.strategy,
        "releases": {
            item.defect: {"caughtBy": item.caught_by, "after": item.after, "reason": item.reason, **item.facts}
            for item in found
        },
        "rollback": history.facts,
        "problems": problems,
    }
    return Evidence(not problems, (how, *seen, *history.summary, *problems), facts)


def _judged(stage: Stage, one: Released, behind: Running) -> list[_Found]:
    """Starts the six releases, and has each judged; the good one is what callers have meanwhile."""
    with contextlib.ExitStack() as stack, ThreadPoolExecutor() as pool:
        starting = {
            defect: pool.submit(_entered, stack, stage.project.directory, one, behind, defect, place)
            for place, defect in enumerate(DEFECTS, start=1)
        }
        running = {defect: future.result() for defect, future in starting.items()}
        good = running[front.NONE]
        if isinstance(good, Failed):
            raise good
        if one.hook:
            stack.enter_context(roll_back_gate.credentials(stage, one, one.hook, behind.admission.token))
        base = loaded(good, behind.server.probes[0]) if behind.server.probes else None
        return [_release(stage, one, running, defect, base) for defect in DEFECTS]


def _entered(
    stack: contextlib.ExitStack, folder: Path, one: Released, behind: Running, defect: str, place: int
) -> Running | Failed:
    # Slow enough for the limit of whoever judges it, and not slower: the rehearsal waits for it.
    slow = one.hook.latency_seconds if one.hook else _alarm_seconds(one)
    command = (
        sys.executable, str(Path(front.__file__)), defect, str(behind.address), behind.server.host, f"{slow + 0.1:g}",
    )  # fmt: skip
    release = dataclasses.replace(behind.server, command=command, directory=".", environment={})
    try:
        address = processes.address_for(release, place)
        return stack.enter_context(processes.started(release, address, folder, admission=behind.admission))
    except Failed as failure:
        return failure


def _alarm_seconds(one: Released) -> float:
    limits = [
        alarm.rule.threshold
        for alarm in one.alarms.metric
        if alarm.watched.metric and alarm.watched.metric.name == "TargetResponseTime"
    ]
    return max(limits, default=1.0)


def _release(
    stage: Stage, one: Released, running: dict[str, Running | Failed], defect: str, base: Measured | None
) -> _Found:
    found, process = _Found(defect), running[defect]
    if isinstance(process, Failed):
        _never_healthy(one, found, process)
        address = processes.address_for(_any(running).server, list(DEFECTS).index(defect) + 1)
    else:
        address = process.address
    if one.hook:
        _gate(stage, one, running, found, str(address))
    if not found.caught_by and isinstance(process, Running) and base:
        _alarms(one, found, process, base)
    return found


def _any(running: dict[str, Running | Failed]) -> Running:
    return next(item for item in running.values() if isinstance(item, Running))


def _never_healthy(one: Released, found: _Found, failure: Failed) -> None:
    found.reason = str(failure).splitlines()[0].partition(": ")[2]
    if one.goes_back_by_itself:
        found.caught_by, found.after = "circuit breaker", "before it gets traffic"


def _gate(stage: Stage, one: Released, running: dict[str, Running | Failed], found: _Found, address: str) -> None:
    if one.hook is None:
        return
    live = _any({front.NONE: running[front.NONE]})
    test = f"http://{address}{live.server.path}"
    said = roll_back_gate.verdict(stage, one, one.hook, test, f"http://{live.address}{live.server.path}")
    took = f"after {said.seconds + said.waited_seconds:.1f} s"
    found.facts["gate"] = {
        "accepted": said.accepted,
        "reason": said.reason,
        "seconds": round(said.seconds, 3),
        "asked": said.asked,
        "waitedSeconds": said.waited_seconds,
    }
    if not said.accepted:
        who = "gate" if not found.caught_by else f"{found.caught_by}, and the gate"
        found.caught_by, found.after, found.reason = who, took, said.reason
    else:
        found.reason = f"by the gate {took}: {said.reason}"


def _alarms(one: Released, found: _Found, running: Running, good: Measured) -> None:
    calls = CALLS.get(found.defect, roll_back_load.CALLS)
    release = good if found.defect == front.NONE else loaded(running, running.server.probes[0], calls)
    history = watched(one, good, release)
    rang = {name: (history.first(name) or 0) - NOW for name in history.in_alarm()}
    found.facts["load"] = {"calls": release.calls, "failed": release.failed}
    found.facts["alarms"] = dict(rang)
    stood = f"{release.failed} of {release.calls} calls failed"
    if not rang:
        found.reason = f"{found.reason}; {stood}, no alarm".removeprefix("; ")
        return
    first = min(rang, key=lambda name: rang[name])
    promised = one.minutes_watched * MINUTE
    found.facts["promisedSeconds"] = promised
    found.reason = f"{stood}; {found.reason}".removesuffix("; ")
    if rang[first] <= promised:
        found.caught_by = f"alarm {first}"
        found.after = f"after {rang[first]:g} s (promised {promised:g} s)"
    else:
        found.reason += f"; {first} rings only after {rang[first]:g} s, when the release is through ({promised:g} s)"


def _problems(one: Released, found: list[_Found]) -> Iterator[str]:
    for item in found:
        if item.defect == front.NONE:
            if item.caught_by:
                yield f"{one.name}: the good release was not accepted: {item.caught_by}: {item.reason}"
        elif not item.caught_by and not _left_to_verification(one, item):
            yield f"{one.name}: nobody caught the release that {DEFECTS[item.defect]}: {item.reason}"


def _left_to_verification(one: Released, item: _Found) -> bool:
    """Whether only a caller sees it, and nothing can be asked before: ECS has no hooks for rolling updates."""
    if one.strategy != ROLLING or item.defect not in {front.WRONG, front.TOOLS}:
        return False
    item.reason = f"rolling has no gate; {item.reason}"
    return True


DRILL = Drill("roll-back", "bad releases are refused or taken back, and the last good one runs again", _missing, _run)
