"""What the tests share: a server with awkward tools, requests of both protocol eras, and processes on loopback."""

import asyncio
import contextlib
import json
import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from pathlib import Path
from typing import Any

import awkward
import httpx2
from starlette.types import ASGIApp, Message

from mcp_ops_server import Settings, create_app

HOST = "ref.example.com"
ENVIRONMENT = {
    "MCP_SERVER_NAME": "ref",
    "MCP_ENVIRONMENT": "dev",
    "MCP_CANONICAL_URL": f"https://{HOST}/mcp",
}
MODERN, LEGACY = "modern", "legacy"
ERAS = (MODERN, LEGACY)
SECRET = "tr0ub4dor-and-3"
"""A value that is sent to tools and must come back nowhere."""

_META = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}


def settings(**changes: str) -> Settings:
    """Settings from the smallest right environment, with changes."""
    return Settings.from_environment(ENVIRONMENT | changes)


def headers(era: str, method: str, params: Mapping[str, Any] | None = None) -> dict[str, str]:
    """Headers of one right request."""
    common = {
        "host": HOST,
        "content-type": "application/json",
        "accept": "application/json, text/event-stream",
    }
    if era == LEGACY:
        return common | ({} if method == "initialize" else {"mcp-protocol-version": "2025-11-25"})
    name = {"mcp-name": str(params["name"])} if params and "name" in params else {}
    return common | {"mcp-protocol-version": "2026-07-28", "mcp-method": method} | name


def message(era: str, method: str, params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Body of one right request."""
    meta = {"_meta": dict(_META)} if era == MODERN else {}
    return {"jsonrpc": "2.0", "id": 1, "method": method, "params": {**(params or {}), **meta}}


async def ask(
    client: httpx2.AsyncClient, era: str, method: str, params: Mapping[str, Any] | None = None
) -> httpx2.Response:
    """Sends one right request."""
    return await client.post("/mcp", headers=headers(era, method, params), json=message(era, method, params))


async def call(client: httpx2.AsyncClient, era: str, tool: str, **arguments: Any) -> dict[str, Any]:
    """Calls a tool and returns its result."""
    answer = await ask(client, era, "tools/call", {"name": tool, "arguments": arguments})
    assert answer.status_code == 200, answer.text
    result: dict[str, Any] = answer.json()["result"]
    return result


@contextlib.asynccontextmanager
async def client_of(app: ASGIApp) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the application, started and stopped as a server does it."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    lifespan = asyncio.ensure_future(app({"type": "lifespan"}, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    assert (await outbox.get())["type"] == "lifespan.startup.complete"
    transport = httpx2.ASGITransport(app, raise_app_exceptions=False)
    async with httpx2.AsyncClient(transport=transport, base_url=f"http://{HOST}", timeout=10) as client:
        yield client
    await inbox.put({"type": "lifespan.shutdown"})
    await lifespan


@contextlib.asynccontextmanager
async def awkward_client(**changes: str) -> AsyncIterator[httpx2.AsyncClient]:
    """A client of the awkward server."""
    async with client_of(create_app(awkward.build(), settings(**changes))) as client:
        yield client


def free_port() -> int:
    """Returns a port of loopback that was free a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Process:
    """A server process with exactly the environment that it is given."""

    def __init__(self, module: str, **environment: str) -> None:
        self.port = free_port()
        self._environment = ENVIRONMENT | {
            "MCP_HOST": "127.0.0.1",
            "MCP_PORT": str(self.port),
            "MCP_ALLOWED_HOSTS": f"127.0.0.1:{self.port}",
            **environment,
        }
        kept = {name: os.environ[name] for name in ("PATH",) if name in os.environ}
        self._child = subprocess.Popen(
            [sys.executable, "-m", module],
            env=kept | {"PYTHONPATH": str(Path(__file__).parent)} | self._environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.client = httpx2.Client(base_url=f"http://127.0.0.1:{self.port}", headers={"host": HOST}, timeout=20)

    def wait_healthy(self, seconds: float = 20) -> None:
        """Returns when the health check answers 200."""
        until = time.monotonic() + seconds
        while time.monotonic() < until and self._child.poll() is None:
            with contextlib.suppress(httpx2.TransportError):
                if self.client.get("/health").status_code == 200:
                    return
            time.sleep(0.02)
        self._child.kill()
        raise AssertionError(f"not healthy: {self._child.communicate(timeout=5)}")

    def post(self, era: str, method: str, params: Mapping[str, Any] | None = None) -> httpx2.Response:
        """Sends one right request."""
        return self.client.post("/mcp", headers=headers(era, method, params), json=message(era, method, params))

    def post_later(self, era: str, tool: str, **arguments: Any) -> "queue.Queue[httpx2.Response | Exception]":
        """Calls a tool in a thread; the queue gets the answer, or what sending it raised."""
        answers: queue.Queue[httpx2.Response | Exception] = queue.Queue()

        def send() -> None:
            try:
                answers.put(self.post(era, "tools/call", {"name": tool, "arguments": arguments}))
            except httpx2.HTTPError as error:
                answers.put(error)

        threading.Thread(target=send, daemon=True).start()
        return answers

    def wait_begun(self, calls: int, seconds: float = 10) -> None:
        """Returns when the awkward server has begun that many slow calls."""
        until = time.monotonic() + seconds
        while int(self.client.post("/begun").text) < calls:
            assert time.monotonic() < until
            time.sleep(0.02)

    def terminate(self) -> None:
        """Sends SIGTERM."""
        self._child.send_signal(signal.SIGTERM)

    def ended(self, seconds: float = 20) -> tuple[int, list[dict[str, Any]], str]:
        """Waits for the end; returns exit code, log lines and standard error."""
        output, errors = self._child.communicate(timeout=seconds)
        return self._child.returncode, [json.loads(line) for line in output.splitlines()], errors

    def kill(self) -> None:
        """Ends the process whatever it does."""
        self.client.close()
        if self._child.poll() is None:
            self._child.kill()
            self._child.communicate(timeout=5)


@contextlib.contextmanager
def running(module: str, **environment: str) -> Iterator[Process]:
    """A healthy server process."""
    process = Process(module, **environment)
    try:
        process.wait_healthy()
        yield process
    finally:
        process.kill()
