"""MCP requests as raw HTTP: what a drill sends where no client of the SDK would, and what came back."""

import http.client
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_ops.rehearsal.drills.processes import Running, scaled

LEGACY, MODERN = "2025-11-25", "2026-07-28"
REQUEST_SECONDS = 10.0
"""How long one request may take."""

_CLIENT = {"name": "rehearsal", "version": "1"}
_META = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
    "io.modelcontextprotocol/clientInfo": _CLIENT,
}


@dataclass(frozen=True)
class Message:
    """One request to an MCP endpoint, without its address."""

    method: str = "POST"
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True)
class Reply:
    """What a server answered."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    text: str

    def document(self) -> dict[str, Any]:
        """Returns the body as JSON, also where it comes as one event; empty when it is neither."""
        lines = [line.removeprefix("data:") for line in self.text.splitlines() if line.startswith("data:")]
        try:
            found = json.loads(lines[-1] if lines else self.text)
        except ValueError:
            return {}
        return found if isinstance(found, dict) else {}


def rpc(
    name: str, params: Mapping[str, Any] | None = None, *, version: str = LEGACY, request_id: object = 1
) -> Message:
    """Returns a JSON-RPC request of a protocol revision."""
    headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
    given = dict(params or {})
    if version == MODERN:
        given["_meta"] = _META
        headers["Mcp-Method"] = name
        if "name" in given:
            headers["Mcp-Name"] = str(given["name"])
    if name != "initialize":
        headers["MCP-Protocol-Version"] = version
    body = {"jsonrpc": "2.0", "id": request_id, "method": name, "params": given}
    return Message("POST", headers, json.dumps(body).encode())


def handshake() -> Message:
    """Returns the first request of an older client."""
    return rpc("initialize", {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": _CLIENT})


def call(tool: str, arguments: Mapping[str, Any], *, version: str = LEGACY, request_id: object = 1) -> Message:
    """Returns a tool call."""
    return rpc("tools/call", {"name": tool, "arguments": dict(arguments)}, version=version, request_id=request_id)


def sent(running: Running, message: Message, path: str, headers: Mapping[str, str]) -> Reply:
    """Sends a request to a running server, with further headers.

    Raises:
        OSError, http.client.HTTPException: it does not answer.
    """
    connection = http.client.HTTPConnection(running.address.host, running.address.port, timeout=scaled(REQUEST_SECONDS))
    try:
        connection.request(message.method, path, message.body or None, {**message.headers, **headers})
        response = connection.getresponse()
        text = response.read().decode(errors="replace")
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, text)
    finally:
        connection.close()
