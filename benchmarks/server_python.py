"""Start, memory and latency of the Python reference server, beside a bare SDK server with the same tools, in one run.

Both run on loopback, alternately, with a minimal environment. Prints a table, or one JSON document with `--json`.
Exit code 0 when the limits hold, 1 when one does not, 2 on wrong usage.
"""

import argparse
import contextlib
import http.client
import json
import os
import platform
import signal
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

HOST: Final = "127.0.0.1"
START_SECONDS: Final = 20.0
LIMITS: Final = {"healthy_s": 0.8, "rss_mib": 90.0, "p50_ratio": 1.5}
"""Limits of the foundation: median seconds to healthy, MiB after the calls, p50 of the kit over p50 of the bare SDK."""
POLL_SECONDS: Final = 0.005
KIT: Final = (sys.executable, "-m", "mcp_ops_server.reference")
BARE: Final = (
    sys.executable,
    "-c",
    """
import os, uvicorn
from starlette.responses import JSONResponse
from mcp_ops_server.reference import mcp
@mcp.custom_route("/health", methods=["GET"])
async def health(request): return JSONResponse({"status": "ok"})
app = mcp.streamable_http_app(json_response=True, stateless_http=True)
uvicorn.run(app, host=os.environ["MCP_HOST"], port=int(os.environ["MCP_PORT"]), log_level="warning", access_log=False)
""",
)
_META: Final = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
}
_TOOL: Final = "convert_length"
_PARAMS: Final = {"name": _TOOL, "arguments": {"value": 42.0, "source": "km", "target": "mi"}, "_meta": _META}
_BODY: Final = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": _PARAMS}).encode()


@dataclass
class Series:
    """What was measured of one server."""

    healthy_s: list[float] = field(default_factory=list)
    start_cpu_s: list[float] = field(default_factory=list)
    start_rss_mib: list[float] = field(default_factory=list)
    rss_mib: float = 0.0
    call_ms: list[float] = field(default_factory=list)

    def summary(self) -> dict[str, float]:
        """Returns medians, the 95th percentile and the number of measurements."""
        calls = statistics.quantiles(self.call_ms, n=100)
        return {
            "starts": len(self.healthy_s),
            "healthy_s": round(statistics.median(self.healthy_s), 3),
            "healthy_max_s": round(max(self.healthy_s), 3),
            "start_cpu_s": round(statistics.median(self.start_cpu_s), 3),
            "start_rss_mib": round(statistics.median(self.start_rss_mib), 1),
            "rss_mib": round(self.rss_mib, 1),
            "calls": len(self.call_ms),
            "p50_ms": round(calls[49], 3),
            "p95_ms": round(calls[94], 3),
        }


class Server:
    """One server process on loopback."""

    def __init__(self, command: tuple[str, ...], **more: str) -> None:
        with socket.socket() as probe:
            probe.bind((HOST, 0))
            self.port = int(probe.getsockname()[1])
        environment = {
            "MCP_SERVER_NAME": "reference",
            "MCP_ENVIRONMENT": "dev",
            "MCP_CANONICAL_URL": "https://reference.example.com/mcp",
            "MCP_ALLOWED_HOSTS": f"{HOST}:{self.port}",
            "MCP_HOST": HOST,
            "MCP_PORT": str(self.port),
            **more,
        }
        begun = time.perf_counter()
        self._child = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            self._wait_healthy(begun)
        except BaseException:
            self.stop()
            raise
        self.healthy_s = time.perf_counter() - begun

    def _wait_healthy(self, begun: float) -> None:
        while time.perf_counter() - begun < START_SECONDS:
            if self._child.poll() is not None:
                raise SystemExit(f"server ended with {self._child.returncode} before it was healthy")
            with contextlib.suppress(OSError, http.client.HTTPException):
                client = http.client.HTTPConnection(HOST, self.port, timeout=1)
                client.request("GET", "/health")
                if client.getresponse().status == http.HTTPStatus.OK:
                    return
            time.sleep(POLL_SECONDS)
        raise SystemExit(f"server not healthy within {START_SECONDS:g} s")

    def cpu_s(self) -> float:
        """Returns the processor time used so far, seconds (Linux): `healthy_s` of an idle machine."""
        fields = Path(f"/proc/{self._child.pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def rss_mib(self) -> float:
        """Returns the resident memory, MiB (Linux)."""
        status = Path(f"/proc/{self._child.pid}/status").read_text(encoding="ascii")
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def call_ms(self, count: int) -> Iterator[float]:
        """Yields the milliseconds of each of `count` tool calls over one connection; the answer is checked."""
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": "2026-07-28",
            "Mcp-Method": "tools/call",
            "Mcp-Name": _TOOL,
        }
        client = http.client.HTTPConnection(HOST, self.port, timeout=10)
        client.connect()
        client.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for _ in range(count):
            begun = time.perf_counter()
            client.request("POST", "/mcp", _BODY, headers)
            answer = client.getresponse().read()
            yield (time.perf_counter() - begun) * 1000
            if json.loads(answer)["result"].get("isError"):
                raise SystemExit("a call failed")
        client.close()

    def stop(self) -> None:
        """Ends the process by its id."""
        if self._child.poll() is None:
            os.kill(self._child.pid, signal.SIGTERM)
            try:
                self._child.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self._child.kill()
                self._child.wait(timeout=10)


@contextlib.contextmanager
def running(command: tuple[str, ...], **more: str) -> Iterator[Server]:
    """A healthy server with more variables than the contract needs, stopped at the end."""
    server = Server(command, **more)
    try:
        yield server
    finally:
        server.stop()


def measure(starts: int, calls: int, rounds: int = 10) -> dict[str, Series]:
    """Measures both servers alternately, so that what else the machine does meets both."""
    series = {"kit": Series(), "bare": Series()}
    commands = {"kit": KIT, "bare": BARE}
    with running(KIT):
        pass  # the first start writes the bytecode
    for _ in range(starts):
        for name, command in commands.items():
            with running(command) as server:
                series[name].healthy_s.append(server.healthy_s)
                series[name].start_cpu_s.append(server.cpu_s())
                series[name].start_rss_mib.append(server.rss_mib())
    with running(KIT) as kit, running(BARE) as bare:
        servers = {"kit": kit, "bare": bare}
        for server in servers.values():
            list(server.call_ms(100))  # warm-up, not counted
        for _ in range(rounds):
            for name, server in servers.items():
                series[name].call_ms.extend(server.call_ms(max(1, calls // rounds)))
        for name, server in servers.items():
            series[name].rss_mib = server.rss_mib()
    return series


def report(series: dict[str, Series]) -> dict[str, Any]:
    """Returns the JSON document."""
    kit, bare = series["kit"].summary(), series["bare"].summary()
    measured = {
        "healthy_s": kit["healthy_s"],
        "rss_mib": kit["rss_mib"],
        "p50_ratio": round(kit["p50_ms"] / bare["p50_ms"], 3),
    }
    return {
        "benchmark": "server_python",
        "python": platform.python_version(),
        "mcp": version("mcp"),
        "cpus": os.cpu_count(),
        "kit": kit,
        "bare": bare,
        "measured": measured,
        "limits": LIMITS,
        "failed": [name for name, limit in LIMITS.items() if measured[name] >= limit],
    }


def table(document: dict[str, Any]) -> str:
    """Returns the document for people."""
    rows = [f"{'':16}{'kit':>10}{'bare SDK':>10}"]
    rows += [f"{name:16}{value:>10}{document['bare'][name]:>10}" for name, value in document["kit"].items()]
    rows += ["", f"{'limit on':16}{'measured':>10}{'below':>10}"]
    for name, limit in document["limits"].items():
        mark = "  FAILED" if name in document["failed"] else ""
        rows.append(f"{name:16}{document['measured'][name]:>10}{limit:>10}{mark}")
    return "\n".join(rows)


def main() -> int:
    """Runs the benchmark; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--starts", type=int, default=5, choices=range(1, 51), metavar="1..50")
    parser.add_argument("--calls", type=int, default=1000, choices=range(100, 20001), metavar="100..20000")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    options = parser.parse_args()
    document = report(measure(options.starts, options.calls))
    print(json.dumps(document) if options.json else table(document))
    return 1 if document["failed"] else 0


if __name__ == "__main__":
    sys.exit(main())
