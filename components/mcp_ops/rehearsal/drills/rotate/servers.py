"""Servers over a rotation: one that started before it and one that started after it both answer."""

import contextlib
import http
import http.client
from collections.abc import Iterator
from dataclasses import dataclass, field

from mcp_ops.rehearsal.drills import containers, declarations, processes
from mcp_ops.rehearsal.drills.admission import admitted
from mcp_ops.rehearsal.drills.containers import NotStarted, Server
from mcp_ops.rehearsal.drills.drill import Failed, Stage
from mcp_ops.rehearsal.drills.messages import MODERN, rpc, sent
from mcp_ops.rehearsal.drills.processes import Running
from mcp_ops.rehearsal.drills.rotate.restarts import given_secrets
from mcp_ops.rehearsal.drills.rotate.secrets import Rotated

FIRST_POSITION = 100
"""Loopback addresses of this drill begin here: those of servers of other drills are lower."""


@dataclass
class Servers:
    """What a client saw of a server that uses the secret."""

    name: str = ""
    answers: dict[str, int] = field(default_factory=dict)
    """Tools that the server lists, by when it was started."""
    problems: list[str] = field(default_factory=list)
    not_started: str = ""

    def line(self) -> str:
        """Returns the evidence for people."""
        if not self.answers:
            return self.not_started or "no server that can be started here uses it"
        told = " and ".join(f"{count} tools started {when} it" for when, count in self.answers.items())
        return f"{self.name} answers over the rotation: {told}"


def chosen_server(stage: Stage, secret: Rotated, found: Servers) -> Server | None:
    """Returns a server that can be started here and is given the secret, as its containers would start now."""
    for name, entry in declarations.entries(stage).items():
        definition = entry.get("taskDefinition") if isinstance(entry, dict) else None
        registered = stage.run.of_type(containers.TASK_DEFINITION)
        names = [item for item in registered if item.outputs.get("arn") == definition]
        if any(secret.arn in given_secrets(item) for item in names):
            try:
                return containers.server_of(stage, name, entry)
            except NotStarted as reason:
                found.not_started = str(reason)
    return None


@contextlib.contextmanager
def serving(stage: Stage, secret: Rotated) -> Iterator[tuple[Servers, bool]]:
    """Keeps a server up that was started before the block; at its end both it and a new one have to answer."""
    found = Servers()
    try:
        before = chosen_server(stage, secret, found)
        if before is None:
            yield found, False
            return
        found.name = before.name
        with _up(stage, before, FIRST_POSITION) as old:
            yield found, True
            after = _later(stage, secret, before)
            with _up(stage, after, FIRST_POSITION + 1) as new:
                found.answers = {"before": _tools(old), "after": _tools(new)}
    except Failed as failure:
        found.problems.append(str(failure))


def _later(stage: Stage, secret: Rotated, before: Server) -> Server:
    after = chosen_server(stage, secret, Servers())
    if after is None or after.environment == before.environment:
        raise Failed(f"{before.name}: a start after the rotation gives it the values of before")
    return after


@contextlib.contextmanager
def _up(stage: Stage, server: Server, position: int) -> Iterator[Running]:
    address = processes.address_for(server, position)
    with (
        admitted(server) as admission,
        processes.started(server, address, stage.project.directory, admission=admission) as running,
    ):
        yield running


def _tools(running: Running) -> int:
    headers = {"Host": running.server.host}
    if running.admission.token:
        headers["Authorization"] = f"Bearer {running.admission.token}"
    try:
        reply = sent(running, rpc("tools/list", version=MODERN), running.server.path, headers)
    except (OSError, http.client.HTTPException) as error:
        raise Failed(f"{running.server.name}: does not answer: {error}\n{running.last_lines()}") from error
    tools = reply.document().get("result", {}).get("tools", [])
    if reply.status != http.HTTPStatus.OK or not tools:
        raise Failed(f"{running.server.name}: answers tools/list with status {reply.status} and {len(tools)} tools")
    return len(tools)
