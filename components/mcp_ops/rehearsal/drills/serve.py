"""Drill **serve**.

Every server of the stack that can be started here is started as its task definition says, and used by a real client.
"""

import asyncio
from typing import Any

from mcp_ops.rehearsal.drills import containers, processes
from mcp_ops.rehearsal.drills.client import Findings, examined
from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Failed, Stage
from mcp_ops.rehearsal.drills.processes import Running

HEALTHY_LIMIT = 2.0
"""Seconds from process start to the first healthy answer (requirement H3)."""
CLIENT_LIMIT = 60.0
"""Seconds that the whole conversation with one server may take.

A server that hangs fails, it does not hold the rehearsal up.
"""


def _missing(stage: Stage) -> str:
    return "" if containers.declared(stage) else "no server of the stack names a rehearsal command"


def _run(stage: Stage) -> Evidence:
    facts: dict[str, Any] = {}
    summary: list[str] = []
    problems: list[str] = []
    for position, server in enumerate(containers.servers_of(stage)):
        try:
            address = processes.address_for(server, position)
            with processes.started(server, address, stage.project.directory) as running:
                findings = asyncio.run(asyncio.wait_for(examined(running), CLIENT_LIMIT))
                facts[server.name] = _facts(running, findings)
                exit_code = running.stop()
        except Failed as failure:
            problems.append(str(failure))
            continue
        except (TimeoutError, OSError, RuntimeError, ExceptionGroup) as error:
            problems.append(f"{server.name}: the conversation with it failed: {_root(error)}")
            continue
        facts[server.name]["exit_code"] = exit_code
        problems.extend(f"{server.name}: {problem}" for problem in _problems(running, findings, exit_code))
        summary.append(_line(server.name, facts[server.name]))
    return Evidence(not problems, (*summary, *problems), {"servers": facts, "problems": problems})


def _problems(running: Running, findings: Findings, exit_code: int) -> list[str]:
    found = list(findings.problems)
    if running.seconds_to_healthy > HEALTHY_LIMIT:
        found.append(f"healthy only after {running.seconds_to_healthy:.2f} s; the limit is {HEALTHY_LIMIT:.0f} s")
    if exit_code != 0:
        found.append(f"ended with exit code {exit_code} on SIGTERM; the server contract wants 0")
    return found


def _facts(running: Running, findings: Findings) -> dict[str, Any]:
    measured = bool(findings.latencies_ms)
    return {
        "url": running.server.url,
        "address": str(running.address),
        "environment": sorted(running.server.environment),
        "seconds_to_healthy": round(running.seconds_to_healthy, 3),
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
    return (
        f"{name}: healthy in {facts['seconds_to_healthy']:.2f} s, {facts['memory_mb']:.0f} MB, "
        f"speaks {' and '.join(facts['protocols'])}, "
        f"tools {', '.join(facts['tools'])}{latency}, {len(facts['refused'])} wrong requests refused"
    )


def _root(error: BaseException) -> str:
    while isinstance(error, BaseExceptionGroup):
        error = error.exceptions[0]
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


DRILL = Drill("serve", "servers start as registered and answer a real MCP client", _missing, _run)
