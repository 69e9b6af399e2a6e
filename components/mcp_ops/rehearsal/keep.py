"""Keeps a rehearsed environment up.

Simulated AWS as a server on loopback, and the stack's servers as processes, until Ctrl-C.
"""

import contextlib
import logging
import os
import signal
import threading
from collections.abc import Iterator

from moto.server import ThreadedMotoServer
from rich.console import Console
from rich.text import Text

from mcp_ops.rehearsal.drills import containers, declarations, processes
from mcp_ops.rehearsal.drills.admission import admitted
from mcp_ops.rehearsal.drills.drill import Failed, Stage
from mcp_ops.rehearsal.drills.processes import Running

KEPT_SECONDS = 8 * 3600
"""Lifetime of the token that a kept-up server is used with: a working day."""


def kept_up(stage: Stage, console: Console) -> None:
    """Serves the environment and blocks until the process is asked to stop (SIGINT or SIGTERM)."""
    asked = threading.Event()
    previous = {number: signal.signal(number, lambda *_: asked.set()) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with _simulated_aws(stage) as port, _servers(stage, console) as running:
            _explain(console, stage, port, running)
            asked.wait()
            console.print("\nstopping ...")
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def _simulated_aws(stage: Stage) -> Iterator[int]:
    """Serves this process's simulated AWS on a free loopback port, as the account of the stack."""
    account = next((item.account for item in stage.run.resources() if item.account), "")
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    os.environ["MOTO_ACCOUNT_ID"] = account
    server.start()
    try:
        yield int(server.get_host_and_port()[1])
    finally:
        server.stop()
        os.environ.pop("MOTO_ACCOUNT_ID", None)


@contextlib.contextmanager
def _servers(stage: Stage, console: Console) -> Iterator[list[Running]]:
    running: list[Running] = []
    with contextlib.ExitStack() as stack:
        for position, (name, entry) in enumerate(declarations.entries(stage).items()):
            try:
                server = containers.server_of(stage, name, entry)
                address = processes.address_for(server, position)
                admission = stack.enter_context(admitted(server, KEPT_SECONDS))
                folder = stage.project.directory
                started = processes.started(server, address, folder, admission=admission, reachable=True)
                running.append(stack.enter_context(started))
            except Failed as failure:
                console.print(Text(str(failure), style="red"))
        yield running


def _explain(console: Console, stage: Stage, port: int, running: list[Running]) -> None:
    def say(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    region = next((item.region for item in stage.run.resources() if item.region), "us-east-1")
    console.print("\n[bold]Kept up; Ctrl-C stops it[/bold]")
    say("  simulated AWS, any credentials will do:")
    aws = f"AWS_ACCESS_KEY_ID=x AWS_SECRET_ACCESS_KEY=x aws --endpoint-url http://127.0.0.1:{port} --region {region}"
    say(f"    {aws} ecs list-clusters")
    for item in running:
        url = f"http://{item.address}{item.server.path}"
        say(f"  {item.server.name}, for any MCP client (pid {item.process.pid}):")
        say(f"    npx @modelcontextprotocol/inspector --cli {url} --method tools/list")
        say(f"    claude mcp add --transport http {item.server.name} {url}")
        if item.admission.token:
            say(f"    with the header Authorization: Bearer {item.admission.token}")
