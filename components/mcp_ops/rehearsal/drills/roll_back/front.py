"""A release of a server with one defect built in: a process in front of the server that changes what it answers.

Started as `python roll_back_front.py DEFECT HOST:PORT PUBLIC_HOST SECONDS`; `MCP_HOST` and `MCP_PORT` say where it
listens, as for any server. It needs the standard library only, so that six of them start in a moment.
"""

import http.client
import http.server
import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

NONE, CRASHES, WRONG, SLOW, TOOLS, LOADED = "none", "crashes", "wrong", "slow", "tools", "loaded"
ONE_IN = 20
"""Of the calls that a release with the defect `loaded` gets once it handles two at a time, one in so many fails."""

SLEPT = "Rehearsal-Slept"
"""Header of an answer: how many seconds of it are the defect `slow`, on whatever machine."""

Message = dict[str, Any]
_DROPPED = frozenset({"connection", "content-length", "date", "keep-alive", "server", "transfer-encoding"})


class Front(http.server.ThreadingHTTPServer):
    """Passes requests on, with one defect."""

    daemon_threads = True

    def __init__(self, address: tuple[str, int], defect: str, upstream: str, public_host: str, seconds: float) -> None:
        super().__init__(address, Passing)
        self.defect, self.upstream, self.public_host, self.seconds = defect, upstream, public_host, seconds
        self.local = threading.local()
        self.lock = threading.Lock()
        self.open_calls = 0
        self.under_load = False
        self.loaded_calls = itertools.count(1)

    def fails(self) -> bool:
        """Whether this call is the one in twenty; calls count from the first that comes while another one is open."""
        with self.lock:
            self.under_load = self.under_load or self.open_calls >= 2  # noqa: PLR2004 - this one and another
            if self.defect != LOADED or not self.under_load:
                return False
            return next(self.loaded_calls) % ONE_IN == 0


class Passing(http.server.BaseHTTPRequestHandler):
    """One connection of a client."""

    server: Front
    protocol_version = "HTTP/1.1"
    # Small answers would wait for the client's acknowledgement.
    disable_nagle_algorithm = True

    def pass_on(self) -> None:
        """Answers as the server does, apart from the defect."""
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        method = self.headers.get("Mcp-Method") or _method(body)
        is_call, front = method == "tools/call", self.server
        with front.lock:
            front.open_calls += is_call
        try:
            if is_call and front.fails():
                self.answer(500, {"Content-Type": "application/json"}, b'{"error":"internal"}')
                return
            slept = front.seconds if is_call and front.defect == SLOW else 0.0
            time.sleep(slept)
            status, headers, content = self.asked(body)
            headers[SLEPT] = str(slept)
            change = CHANGES.get((front.defect, method))
            self.answer(status, headers, _changed(content, change) if change else content)
        finally:
            with front.lock:
                front.open_calls -= is_call

    do_GET = do_POST = do_DELETE = pass_on  # noqa: N815 - names of the base class

    def asked(self, body: bytes) -> tuple[int, dict[str, str], bytes]:
        """Returns the server's own answer; each thread keeps one connection to it."""
        local, front = self.server.local, self.server
        headers = {**dict(self.headers.items()), "Host": front.public_host, "Connection": "keep-alive"}
        for last in (False, True):
            local.connection = getattr(local, "connection", None) or http.client.HTTPConnection(front.upstream)
            try:
                local.connection.request(self.command, self.path, body or None, headers)
                response = local.connection.getresponse()
                content = response.read()
            except (OSError, http.client.HTTPException):
                local.connection.close()
                local.connection = None
                if last:
                    return 502, {}, b""
                continue
            kept = {name: value for name, value in response.getheaders() if name.lower() not in _DROPPED}
            return response.status, kept, content
        raise AssertionError  # the loop returns

    def answer(self, status: int, headers: Mapping[str, str], body: bytes) -> None:
        """Sends one answer."""
        self.send_response_only(status)
        for name, value in {**headers, "Content-Length": str(len(body))}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Says nothing."""


def _method(body: bytes) -> str:
    try:
        return str(json.loads(body).get("method", ""))
    except (ValueError, AttributeError):
        return ""


def _changed(content: bytes, change: Callable[[Message], None]) -> bytes:
    """Changes the message in an answer, also where it comes as an event."""
    lines = content.decode().split("\n")
    for place, line in enumerate(lines):
        begin = "data:" if line.startswith("data:") else ""
        try:
            message = json.loads(line.removeprefix(begin))
        except ValueError:
            continue
        if isinstance(message, dict) and "result" in message:
            change(message["result"])
            lines[place] = begin + json.dumps(message)
    return "\n".join(lines).encode()


def _answer_wrongly(result: Message) -> None:
    result["structuredContent"] = _other(result.get("structuredContent"))


def _other(value: Any) -> Any:
    """Returns a value of the same shape, and never the same."""
    if isinstance(value, dict):
        return {key: _other(item) for key, item in value.items()} or {"other": True}
    if isinstance(value, list):
        return [*value, None]
    if isinstance(value, bool):
        return not value
    return value + 1 if isinstance(value, int | float) else f"{value} "


def _change_a_tool(result: Message) -> None:
    """Asks for one more argument, which clients do not send."""
    for tool in result.get("tools", [])[:1]:
        schema = tool.setdefault("inputSchema", {"type": "object"})
        schema.setdefault("properties", {})["confirm"] = {"type": "boolean"}
        schema["required"] = [*schema.get("required", []), "confirm"]


CHANGES: Mapping[tuple[str, str], Callable[[Message], None]] = {
    (WRONG, "tools/call"): _answer_wrongly,
    (TOOLS, "tools/list"): _change_a_tool,
}
"""What a defect changes in the result of a method."""


def main(defect: str, upstream: str, public_host: str, seconds: str) -> int:
    """Serves until it is stopped; a release that crashes does not get so far."""
    if defect == CRASHES:
        sys.stderr.write("RuntimeError: the configuration of this release is wrong\n")
        return 1
    address = (os.environ["MCP_HOST"], int(os.environ["MCP_PORT"]))
    Front(address, defect, upstream, public_host, float(seconds)).serve_forever(poll_interval=0.05)
    return 0


if __name__ == "__main__":
    import signal

    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    sys.exit(main(*sys.argv[1:]))
