"""The servers of the stack that can be started here, all at the same time: most of a drill is waiting for them."""

import http.client
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from mcp_ops.rehearsal.drills import containers, declarations, processes
from mcp_ops.rehearsal.drills.admission import admitted
from mcp_ops.rehearsal.drills.containers import NotStarted, Server
from mcp_ops.rehearsal.drills.drill import Failed, Stage
from mcp_ops.rehearsal.drills.processes import Running

Found = TypeVar("Found")


@dataclass
class Judged(Generic[Found]):
    """What was found of the servers."""

    found: dict[str, Found] = field(default_factory=dict)
    """By server."""
    not_started: list[str] = field(default_factory=list)
    """Servers that need what this machine lacks; one line each."""
    problems: list[str] = field(default_factory=list)


def judged(
    stage: Stage, judge: Callable[[Running], Found], wanted: Callable[[Server], bool] = lambda _: True
) -> Judged[Found]:
    """Starts the wanted servers, each with a token for it where it asks for one, and judges all of them at once."""
    result: Judged[Found] = Judged()
    servers: list[Server] = []
    for name, entry in declarations.entries(stage).items():
        try:
            servers.append(containers.server_of(stage, name, entry))
        except NotStarted as reason:
            result.not_started.append(str(reason))
        except Failed as failure:
            result.problems.append(str(failure))

    def one(position: int) -> Found | Failed:
        try:
            return _judged(stage, chosen[position], position, judge)
        except Failed as failure:
            return failure

    chosen = [server for server in servers if wanted(server)]
    with ThreadPoolExecutor() as pool:
        for server, found in zip(chosen, pool.map(one, range(len(chosen))), strict=True):
            if isinstance(found, Failed):
                result.problems.append(str(found))
            else:
                result.found[server.name] = found
    return result


def _judged(stage: Stage, server: Server, position: int, judge: Callable[[Running], Found]) -> Found:
    address = processes.address_for(server, position)
    folder = stage.project.directory
    with (
        admitted(server) as admission,
        processes.started(server, address, folder, admission=admission) as running,
    ):
        try:
            return judge(running)
        except (OSError, http.client.HTTPException) as error:
            raise Failed(f"{server.name}: does not answer: {error}\n{running.last_lines()}") from error
