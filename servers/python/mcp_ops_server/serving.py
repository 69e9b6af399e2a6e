"""The process: from the environment to a listening socket, and from SIGTERM to exit code 0."""

import asyncio
import gc
import ipaddress
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterable
from types import FrameType
from typing import Any, Final, Never

import uvicorn
from mcp.server import MCPServer

from mcp_ops_server.app import create_app
from mcp_ops_server.logs import configure_logging
from mcp_ops_server.reading import SettingsError, shown
from mcp_ops_server.settings import TRACES, Settings
from mcp_ops_server.sign_in_settings import TOOL_SCOPES

WRONG_ENVIRONMENT: Final = 2
"""Exit code when a variable of the contract is missing or wrong."""
_THREAD_GRACE_SECONDS: Final = 1.0

log = logging.getLogger(__name__)


def serve(mcp: MCPServer[Any], *, secrets: Iterable[str] = (), json_response: bool = True) -> None:
    """Serves until SIGTERM or SIGINT, then finishes the calls in flight. Does not return.

    Args:
        mcp: The server with its tools.
        secrets: Names of variables that must be set; their values are never shown.
        json_response: Whether a call is answered with one JSON document. False streams progress as server-sent events.

    Raises:
        SystemExit: 0 after a stop by signal, 2 when the environment breaks the contract, 3 when the server's own
            lifespan fails to start.
    """
    for signum in (signal.SIGTERM, signal.SIGINT):
        signal.signal(signum, _exit)
    try:
        settings = Settings.from_environment(os.environ, secrets)
        _check_tools(mcp, settings)
        stop_tracing = _tracing(mcp, settings)
        listener = _bound(settings)
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - the contract's answer to a wrong environment
        raise SystemExit(WRONG_ENVIRONMENT) from None
    configure_logging(settings)
    draining = asyncio.Event()
    app = create_app(mcp, settings, json_response=json_response, draining=draining)
    gc.freeze()  # modules and models stay: collections while serving need not look at them
    try:
        _Server(_config(app, settings), settings, draining).run(sockets=[listener])
    finally:
        stop_tracing()
        _leave_stuck_threads()


class _Server(uvicorn.Server):
    """Tells the application and the log when serving begins and ends."""

    def __init__(self, config: uvicorn.Config, settings: Settings, draining: asyncio.Event) -> None:
        super().__init__(config)
        self._settings = settings
        self._draining = draining

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        settings = self._settings
        log.info("serving", extra={"host": settings.host, "port": settings.port, "path": settings.path})

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        begun = time.monotonic()
        self._draining.set()
        log.info("draining", extra={"in_flight": len(self.server_state.tasks), "limit_s": self._settings.drain_seconds})
        await super().shutdown(sockets)
        log.info("stopped", extra={"seconds": round(time.monotonic() - begun, 3)})


def _check_tools(mcp: MCPServer[Any], settings: Settings) -> None:
    """Refuses scopes for tools that the server does not have."""
    scoped = settings.sign_in.tool_scopes if settings.sign_in else {}
    if not scoped:
        return
    known = [tool.name for tool in asyncio.run(mcp.list_tools())]
    unknown = [tool for tool in scoped if tool not in known]
    if unknown:
        rule = f"is not a tool of this server; it has {', '.join(known) or 'none'}"
        raise SettingsError(f"{TOOL_SCOPES}: {shown(tool)} {rule}" for tool in unknown)


def _tracing(mcp: MCPServer[Any], settings: Settings) -> Callable[[], None]:
    """Starts the export of spans where it is asked for; returns what ends it."""
    if not settings.traces:
        return lambda: None
    try:
        # Imported here: a server without spans need not pay for the exporter.
        from mcp_ops_server.tracing import start_tracing
    except ImportError:
        rule = "otlp needs the exporter; install mcp-ops-server[traces]"
        raise SettingsError([f"{TRACES}: {rule}"]) from None
    return start_tracing(settings, frozenset(tool.name for tool in asyncio.run(mcp.list_tools())))


def _config(app: Any, settings: Settings) -> uvicorn.Config:
    """Returns uvicorn's settings; everything that it would otherwise choose by what is installed is fixed."""
    return uvicorn.Config(
        app,
        loop="asyncio",
        http="h11",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,
        timeout_keep_alive=settings.keepalive_seconds,
        timeout_graceful_shutdown=settings.drain_seconds,
    )


def _bound(settings: Settings) -> socket.socket:
    """Returns a socket that is bound but refuses connections until the server listens on it."""
    family = socket.AF_INET6 if ipaddress.ip_address(settings.host).version == 6 else socket.AF_INET  # noqa: PLR2004
    # Naming the protocol lets asyncio switch Nagle's algorithm off for the connections.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((settings.host, settings.port))
    except OSError as error:
        listener.close()
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        problem = f"MCP_PORT: {settings.port} cannot be bound on MCP_HOST {settings.host}: {reason}"
        raise SettingsError([problem]) from None
    return listener


def _exit(_signum: int, _frame: FrameType | None) -> Never:
    """Ends with 0. uvicorn takes the signal over while it serves and raises it again once it has drained."""
    raise SystemExit(0)


def _leave_stuck_threads() -> None:
    """Ends the process at once when a tool outlived the drain in a thread: Python would wait for it for ever."""
    deadline = time.monotonic() + _THREAD_GRACE_SECONDS
    threads = [each for each in threading.enumerate() if each is not threading.current_thread() and not each.daemon]
    for thread in threads:
        thread.join(max(0.0, deadline - time.monotonic()))
    if any(thread.is_alive() for thread in threads):
        log.warning("calls abandoned", extra={"threads": sum(thread.is_alive() for thread in threads)})
        sys.stdout.flush()
        os._exit(0)
