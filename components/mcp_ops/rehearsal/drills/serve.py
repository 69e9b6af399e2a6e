"""Drill **serve**.

Every server of the stack that can be started here is started as its task definition says, and used by a real client.
"""

import asyncio
import http
import importlib
import signal
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mcp_ops.rehearsal.drills import containers, declarations, processes
from mcp_ops.rehearsal.drills.admission import admitted
from mcp_ops.rehearsal.drills.containers import NotStarted, Server
from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Failed, Stage
from mcp_ops.rehearsal.drills.processes import Running

if TYPE_CHECKING:
    from mcp_ops.rehearsal.drills.client import Findings

CLIENT = "mcp_ops.rehearsal.drills.client"
"""The MCP SDK takes as long to import as a server takes to start: it is imported while the first one does."""

HEALTHY_LIMIT = 2.0
"""Seconds from process start to the first healthy answer (requirement H3)."""
STARTS = 3
"""Starts that a server gets where it was not healthy in time; the fastest counts.

The first may read everything from disk, and the machine of a rehearsal is a person's, who does other things too.
"""
CLIENT_LIMIT = 60.0
"""Seconds that the whole conversation with one server may take.

A server that hangs fails, it does not hold the rehearsal up.
"""


@dataclass
class _Report:
    """What the drill has found so far."""

    servers: dict[str, dict[str, Any]] = field(default_factory=dict)
    not_started: dict[str, str] = field(default_factory=dict)
    summary: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    def evidence(self) -> Evidence:
        """Returns how the drill ended: without a server that was started, nothing is proven."""
        if not self.servers and not self.problems:
            self.problems.append("no server of the stack was started")
        facts = {"servers": self.servers, "not_started": self.not_started, "problems": self.problems}
        lines = [line for problem in self.problems for line in problem.splitlines()]
        return Evidence(not self.problems, (*self.summary, *lines), facts)


def _missing(stage: Stage) -> str:
    try:
        return "" if declarations.entries(stage) else "no server of the stack names a rehearsal command"
    except Failed:
        return ""  # the drill applies, and says what is wrong


def _run(stage: Stage) -> Evidence:
    report = _Report()
    threading.Thread(target=importlib.import_module, args=(CLIENT,)).start()
    for position, (name, entry) in enumerate(declarations.entries(stage).items()):
        try:
            server = containers.server_of(stage, name, entry)
            _drill(stage, server, position, report)
        except NotStarted as reason:
            report.not_started[name] = str(reason).partition("not started: ")[2]
            report.summary.append(str(reason))
        except Failed as failure:
            report.problems.append(str(failure))
    return report.evidence()


def _drill(stage: Stage, server: Server, position: int, report: _Report) -> None:
    address = processes.address_for(server, position)
    folder = stage.project.directory
    with (
        admitted(server) as admission,
        processes.started(server, address, folder, admission=admission) as running,
    ):
        findings = _conversation(running)
        stage.log_lines[server.name] = tuple(running.lines())
        facts = report.servers[server.name] = _facts(running, findings)
        facts["exit_code"] = running.stop()
        while running.seconds_to_healthy > _limit() and facts["starts"] < STARTS:
            with processes.started(server, address, folder, admission=admission) as again:
                running.seconds_to_healthy = min(running.seconds_to_healthy, again.seconds_to_healthy)
            facts["starts"] += 1
    facts["seconds_to_healthy"] = round(running.seconds_to_healthy, 3)
    problems = _problems(running, findings, facts["exit_code"])
    report.problems.extend(f"{server.name}: {problem}" for problem in problems)
    report.summary.append(_line(server.name, facts))


def _conversation(running: Running) -> "Findings":
    from mcp_ops.rehearsal.drills.client import examined

    name, limit = running.server.name, processes.scaled(CLIENT_LIMIT)
    try:
        return asyncio.run(asyncio.wait_for(examined(running), limit))
    except TimeoutError as error:
        raise Failed(f"{name}: the conversation with it did not end within {limit:.3g} s") from error
    except Exception as error:  # the SDK raises errors of its own, its transport's and groups of them
        raise Failed(
            f"{name}: the conversation with it failed: {_root(error)}\n{running.last_lines()}".strip()
        ) from error


def _limit() -> float:
    return processes.scaled(HEALTHY_LIMIT)


def _problems(running: Running, findings: "Findings", exit_code: int) -> list[str]:
    found = list(findings.problems)
    if running.seconds_to_healthy > _limit():
        found.append(f"healthy only after {running.seconds_to_healthy:.2f} s; the limit is {_limit():.3g} s")
    if exit_code == -signal.SIGKILL:
        found.append(f"did not end within {processes.scaled(processes.STOP_SECONDS):.3g} s of SIGTERM and was killed")
    elif exit_code != 0:
        found.append(f"ended with exit code {exit_code} on SIGTERM; the server contract wants 0")
    return found


def _facts(running: Running, findings: "Findings") -> dict[str, Any]:
    measured = bool(findings.latencies_ms)
    return {
        "url": running.server.url,
        "address": str(running.address),
        "environment": sorted(running.server.environment),
        "seconds_to_healthy": round(running.seconds_to_healthy, 3),
        "limit_seconds": round(_limit(), 3),
        "starts": 1,
        "memory_mb": round(running.peak_megabytes(), 1),
        "protocols": findings.protocols,
        "tools": findings.tools,
        "probes": findings.calls,
        "latency_calls": len(findings.latencies_ms),
        "latency_p50_ms": round(findings.percentile(0.5), 2) if measured else None,
        "latency_p95_ms": round(findings.percentile(0.95), 2) if measured else None,
        "refused": findings.refusals,
    }


def _line(name: str, facts: dict[str, Any]) -> str:
    latency = f", p50 {facts['latency_p50_ms']} ms, p95 {facts['latency_p95_ms']} ms" if facts["latency_calls"] else ""
    starts = f", best of {facts['starts']} starts" if facts["starts"] > 1 else ""
    return (
        f"{name}: healthy in {facts['seconds_to_healthy']:.2f} s (limit {facts['limit_seconds']:.3g} s{starts}), "
        f"{facts['memory_mb']:.0f} MB, "
        f"speaks {' and '.join(facts['protocols'])}, "
        f"tools {', '.join(facts['tools'])}{latency}, {_count_refused(facts['refused'])} wrong requests refused"
    )


def _count_refused(answers: dict[str, str]) -> int:
    """Counts tool errors and HTTP statuses from 400 on."""
    return sum(
        answer == "refused" or (answer.isdecimal() and int(answer) >= http.HTTPStatus.BAD_REQUEST)
        for answer in answers.values()
    )


def _root(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


DRILL = Drill("serve", "servers start as registered and answer a real MCP client", _missing, _run, alone=True)
