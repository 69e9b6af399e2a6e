"""Real events: what a server of the stack writes while it is used."""

import http.client
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills import containers, declarations, processes
from mcp_ops.rehearsal.drills.admission import admitted
from mcp_ops.rehearsal.drills.containers import TASK_DEFINITION, NotStarted, Server
from mcp_ops.rehearsal.drills.drill import Failed, Stage
from mcp_ops.rehearsal.drills.messages import MODERN, REQUEST_SECONDS, call, sent
from mcp_ops.rehearsal.drills.processes import Running
from mcp_ops.rehearsal.record import Registration

CALLS = 20
"""Tool calls whose log lines are kept."""
ASK_AGAIN_SECONDS = 0.05
WRONG = {"rehearsal-no-such-argument": True}


@dataclass(frozen=True)
class Observed:
    """One server, as its own log lines show it."""

    name: str
    definition: Registration
    """Its task definition."""
    log_group: str
    answered: tuple[str, ...]
    """Lines of calls that succeeded."""
    rejected: tuple[str, ...]
    """Lines of calls whose arguments were refused."""

    @property
    def region(self) -> str:
        """Where its log group stands."""
        return self.definition.region


@dataclass(frozen=True)
class Unobserved:
    """A server that cannot be started here."""

    name: str
    reason: str


def observed(stage: Stage) -> Iterator[Observed | Unobserved]:
    """Yields every server of the stack with the lines that it wrote for drill serve, or writes now that it is used.

    Raises:
        Failed: a server cannot be started, or writes no line for a call.
    """
    for position, (name, entry) in enumerate(declarations.entries(stage).items()):
        try:
            server = containers.server_of(stage, name, entry)
        except NotStarted as reason:
            yield Unobserved(name, str(reason))
            continue
        if name not in stage.log_lines:
            stage.log_lines[name] = _used(stage, server, position)
        definition = _definition(stage, declarations.declaration(name, entry).task_definition)
        yield Observed(name, definition, _log_group(definition), *_sorted(server, stage.log_lines[name]))


def _used(stage: Stage, server: Server, position: int) -> tuple[str, ...]:
    """Starts a server, calls its probes, and some of them wrongly; returns what it printed."""
    address = processes.address_for(server, position)
    with (
        admitted(server) as admission,
        processes.started(server, address, stage.project.directory, admission=admission) as running,
    ):
        _call(running)
        return tuple(running.lines())


def _call(running: Running) -> None:
    probes = running.server.probes
    if not probes:
        raise Failed(f"{running.server.name}: no probe is declared for it; the drill knows no call that succeeds")
    headers = {"Host": running.server.host}
    if running.admission.token:
        headers["Authorization"] = f"Bearer {running.admission.token}"
    for probe in [probes[index % len(probes)] for index in range(CALLS)]:
        status = _status(running, probe.tool, probe.arguments, headers)
        if status != http.HTTPStatus.OK:
            raise Failed(f"{running.server.name}: a call of {probe.tool} was answered with {status}")
    for probe in probes:
        _status(running, probe.tool, WRONG, headers)


def _status(running: Running, tool: str, arguments: Mapping[str, Any], headers: Mapping[str, str]) -> int:
    """Calls a tool. A server that has not read the issuer's keys yet says 503 and is asked again."""
    last = time.monotonic() + processes.scaled(REQUEST_SECONDS)
    while True:
        try:
            reply = sent(running, call(tool, arguments, version=MODERN), running.server.path, headers)
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"{running.server.name}: a call of {tool} was not answered: {error}") from error
        if reply.status != http.HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > last:
            return reply.status
        time.sleep(ASK_AGAIN_SECONDS)


def _definition(stage: Stage, arn: Any) -> Registration:
    return next(item for item in stage.run.of_type(TASK_DEFINITION) if arn in {item.outputs.get("arn"), item.id})


def _log_group(definition: Registration) -> str:
    given = json.loads(str(wire.reveal(definition.inputs["containerDefinitions"])))
    options: Mapping[str, Any] = given[0].get("logConfiguration", {}).get("options", {})
    return str(options.get("awslogs-group", ""))


def _sorted(server: Server, lines: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Returns the lines of calls that succeeded, and of all other calls (docs/server-contract.md, access log)."""
    answered: list[str] = []
    rejected: list[str] = []
    for line in lines:
        document = document_of(line)
        if document.get("event") == "tool_call":
            (answered if document.get("outcome") == "ok" else rejected).append(line)
    if len(answered) < CALLS:
        raise Failed(f"{server.name}: {len(answered)} of {CALLS} calls left a line that says ok in its log")
    return tuple(answered[-CALLS:]), tuple(rejected[-CALLS:])


def document_of(line: str) -> dict[str, Any]:
    """Returns the JSON object of a log line; empty for another line."""
    try:
        found = json.loads(line)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def failed(line: str) -> str:
    """Returns the line of a call as it is when the tool fails (docs/server-contract.md)."""
    return json.dumps({**document_of(line), "outcome": "error", "ToolErrors": 1})


def slowed(line: str, milliseconds: float) -> str:
    """Returns the line of a call as it is when the tool takes so long (docs/server-contract.md)."""
    return json.dumps({**document_of(line), "duration_ms": milliseconds, "ToolLatency": milliseconds})
