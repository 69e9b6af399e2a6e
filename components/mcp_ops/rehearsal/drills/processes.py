"""Servers as processes on this machine: started with a given environment and nothing else, watched, and stopped."""

import contextlib
import functools
import http.client
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mcp_ops.rehearsal.drills.admission import Admission
from mcp_ops.rehearsal.drills.containers import Server
from mcp_ops.rehearsal.drills.declarations import PYTHON
from mcp_ops.rehearsal.drills.drill import Failed

GIVE_UP_SECONDS = 10.0
"""How long a server may take before it counts as never healthy.

The promise (H3) is 2 s; the rest is for telling slow from never.
"""
POLL_SECONDS = 0.01
STOP_SECONDS = 10.0
UNSHARED_SECONDS = 0.05
LOG_LINES = 8
_NETWORK = {"number": 0}
OPEN = Admission()
"""For a server without sign-in."""


@dataclass(frozen=True)
class Address:
    """Where a server listens on this machine."""

    host: str
    port: int

    def __str__(self) -> str:
        """`host:port`."""
        return f"{self.host}:{self.port}"


@dataclass
class Running:
    """A started server."""

    server: Server
    address: Address
    process: subprocess.Popen[bytes]
    log: IO[bytes]
    admission: Admission = OPEN
    seconds_to_healthy: float = 0.0

    def peak_megabytes(self) -> float:
        """Returns the resident memory: the peak where the kernel tells (Linux), else what `ps` says now."""
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{self.process.pid}/status").read_text().splitlines():
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
        told = subprocess.run(
            ["/bin/ps", "-o", "rss=", "-p", str(self.process.pid)],
            capture_output=True,
            text=True,
            timeout=5,
            check=False,
        )
        return int(told.stdout.strip() or 0) / 1024

    def lines(self) -> list[str]:
        """Returns what the server has printed so far."""
        # The server writes at the end of its own descriptor, which shares its position with this one.
        return os.pread(self.log.fileno(), os.fstat(self.log.fileno()).st_size, 0).decode(errors="replace").splitlines()

    def last_lines(self) -> str:
        """Returns the end of what the server printed."""
        return "\n".join(self.lines()[-LOG_LINES:])

    def stop(self) -> int:
        """Asks the server to drain and end, and returns its exit code.

        One that does not end is killed and counts as -9.
        """
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.process.wait(scaled(STOP_SECONDS))
        self.kill_group()
        return self.process.wait(scaled(STOP_SECONDS))

    def kill_group(self) -> None:
        """Kills whatever is left of the server and the processes that it started."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)


@functools.cache
def slowness() -> float:
    """Returns how many times slower than an unshared core this machine runs Python now; at least 1.

    One million additions take 0.05 s on an unshared core of 2026. Time limits of drills are multiplied by it, so that
    they judge the server and not whoever else uses the machine.
    """
    begun, total = time.perf_counter(), 0
    for number in range(1_000_000):
        total += number
    return max(1.0, (time.perf_counter() - begun) / UNSHARED_SECONDS)


def scaled(seconds: float) -> float:
    """Returns a time limit on this machine: a starved one gets as much longer as it is slower."""
    return seconds * slowness()


def use_network(number: int) -> None:
    """Has servers of this process listen on 127.0.`number`.x, 0 to 255, so that those of its copies do not collide."""
    _NETWORK["number"] = number
    slowness.cache_clear()  # as many copies as there are cores run now


def address_for(server: Server, position: int) -> Address:
    """Returns where a server listens.

    Its own port on a loopback address of its own, as every task has a network interface of its own.

    Where the system has only one loopback address (macOS), servers after the first get a free port instead.

    Raises:
        Failed: another process holds the port.
    """
    host = f"127.0.{_NETWORK['number']}.{position + 1}"
    if not _can_bind(host, 0):
        return Address("127.0.0.1", server.port if position == 0 else _free_port())
    if not _can_bind(host, server.port):
        raise Failed(
            f"{server.name}: port {server.port} on {host} is in use; "
            "stop what listens there, or give the server another port"
        )
    return Address(host, server.port)


def _can_bind(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError:
            return False
        return True


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def started(
    server: Server,
    address: Address,
    project_directory: Path,
    *,
    admission: Admission = OPEN,
    reachable: bool = False,
) -> Iterator[Running]:
    """Starts a server, waits until it is healthy, and stops it at the end.

    The environment is the task definition's; only the address differs (`MCP_HOST`, and `MCP_PORT` where it had to
    move), and with sign-in where the signing keys are published. With `reachable`, the address itself is an allowed
    host too, so that a client on this machine needs no `Host` header.

    Raises:
        Failed: it cannot be started, ends, or does not become healthy.
    """
    environment = {**server.environment, "MCP_HOST": address.host, "MCP_PORT": str(address.port), **admission.overrides}
    if reachable:
        environment["MCP_ALLOWED_HOSTS"] = ",".join(filter(None, (environment.get("MCP_ALLOWED_HOSTS"), str(address))))
    if not (project_directory / server.directory).is_dir():
        raise Failed(f"{server.name}: workingDirectory: {server.directory} is no folder of the project")
    argv = [_executable(server, project_directory), *server.command[1:]]
    with tempfile.TemporaryFile() as log:
        begun = time.perf_counter()
        try:
            process = subprocess.Popen(
                argv,
                cwd=project_directory / server.directory,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        except OSError as error:
            raise Failed(f"{server.name}: cannot be started: {' '.join(server.command)}: {error.strerror}") from error
        running = Running(server, address, process, log, admission)
        try:
            running.seconds_to_healthy = _healthy(running, begun)
            yield running
        finally:
            running.stop()
            running.kill_group()


def _executable(server: Server, project_directory: Path) -> str:
    """Returns the program to start.

    `python` is the interpreter that rehearses, so that no activated environment is needed.
    """
    command = server.command[0]
    if command in PYTHON:
        return sys.executable
    if "/" in command:
        return str((project_directory / server.directory / command).resolve())
    found = shutil.which(command)
    if found is None:
        raise Failed(f"{server.name}: cannot be started: there is no program {command!r} on PATH")
    return found


def _healthy(running: Running, begun: float) -> float:
    name = running.server.name
    while (waited := time.perf_counter() - begun) < scaled(GIVE_UP_SECONDS):
        if running.process.poll() is not None:
            raise Failed(
                f"{name}: ended with exit code {running.process.returncode} before it was healthy\n"
                f"{running.last_lines()}"
            )
        # Whoever else listens on this address answers too, while the server itself ends: it cannot bind.
        if health_status(running.address) == http.HTTPStatus.OK and running.process.poll() is None:
            return time.perf_counter() - begun
        time.sleep(POLL_SECONDS)
    raise Failed(
        f"{name}: was not healthy after {waited:.0f} s (GET http://{running.address}/health)\n{running.last_lines()}"
    )


def health_status(address: Address) -> int:
    """Returns the status of `GET /health`, or 0 while nothing answers."""
    connection = http.client.HTTPConnection(address.host, address.port, timeout=1)
    try:
        connection.request("GET", "/health")
        return connection.getresponse().status
    except (OSError, http.client.HTTPException):
        return 0
    finally:
        connection.close()
