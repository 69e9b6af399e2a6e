"""A server on loopback that speaks MCP in both eras, and can be made to do one thing wrong."""

import contextlib
import json
from collections.abc import Callable, Iterator
from typing import Any

from tests.monitoring.functions.fakes import Asked, Reply, serving

TOOL: dict[str, Any] = {
    "name": "convert_length",
    "description": "Converts a length.",
    "inputSchema": {"type": "object", "properties": {"value": {"type": "number"}}},
    "outputSchema": {"type": "object", "properties": {"result": {"type": "number"}}},
}
CALL = {"tool": "convert_length", "arguments": {"value": 5}, "expect": {"result": 5000}}
Answers = Callable[[Asked], Reply | None]


def result(asked: Asked, value: object) -> Reply:
    """The JSON-RPC answer to a request."""
    body = {"jsonrpc": "2.0", "id": json.loads(asked.body)["id"], "result": value}
    return 200, {"Content-Type": "application/json"}, json.dumps(body).encode()


def right(asked: Asked, tools: list[dict[str, Any]]) -> Reply:
    if asked.path == "/health":
        return 200, {}, b'{"status":"ok"}'
    if asked.method == "GET":
        return 405, {}, b""
    method = json.loads(asked.body)["method"]
    values = {
        "initialize": {"protocolVersion": "2025-11-25", "capabilities": {}, "serverInfo": {}},
        "server/discover": {"supportedVersions": ["2026-07-28"]},
        "tools/list": {"tools": tools},
        "tools/call": {"isError": False, "structuredContent": {"result": 5000}},
    }
    return result(asked, values[method])


@contextlib.contextmanager
def mcp_server(
    change: Answers = lambda _: None, tools: list[dict[str, Any]] | None = None
) -> Iterator[tuple[str, list[Asked]]]:
    """Serves; `change` answers what it wants to, and leaves the rest to a server that does everything right."""
    with serving(lambda asked: change(asked) or right(asked, tools or [TOOL])) as (url, asked):
        yield f"{url}/mcp", asked


def method_of(asked: Asked) -> str:
    return str(json.loads(asked.body)["method"]) if asked.body.startswith(b"{") else asked.path
