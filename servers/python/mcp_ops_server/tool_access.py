"""Which caller may use which tool, and what the access log says of a call."""

import re
import time
from collections.abc import Mapping
from typing import Any, Final

from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_REQUEST

from mcp_ops_server.calls import CALL, CURRENT_CALL, NO_TOOL, Call, Outcome
from mcp_ops_server.trace_context import TRACE_ID, amazon_root, trace_fields, trace_of_message

_PLAIN_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_MAX_NAME: Final = 256


class ToolAccess:
    """Middleware of the MCP server, outside all but the SDK's span."""

    def __init__(self, mcp: MCPServer[Any], tool_scopes: Mapping[str, tuple[str, ...]]) -> None:
        self._mcp = mcp
        self._tool_scopes = tool_scopes
        self._known: frozenset[str] = frozenset()

    async def __call__(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        """Hides and denies tools, and logs calls."""
        if ctx.method == "tools/call" and ctx.request_id is not None:
            return await self._call(ctx, call_next)
        result = await call_next(ctx)
        if ctx.method == "tools/list" and self._tool_scopes and isinstance(result, dict):
            result = result | {"tools": [each for each in result["tools"] if not self._missing(each["name"])]}
            if "cacheScope" in result:
                result["cacheScope"] = "private"  # another caller's list is another one
        return result

    async def _call(self, ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
        tool = (ctx.params or {}).get("name")
        call = _call_of(ctx)
        begun = time.perf_counter()
        CURRENT_CALL.set(call)
        if TRACE_ID.get() is None:
            TRACE_ID.set(trace_of_message(ctx.meta))
        try:
            if isinstance(tool, str) and (scopes := self._missing(tool)):
                call.denied = scopes
                raise MCPError(INVALID_REQUEST, "Insufficient scope", {"scopes": list(scopes)})
            result = await call_next(ctx)
            call.succeeded = not (isinstance(result, dict) and result.get("isError"))
            return result
        finally:
            milliseconds = round((time.perf_counter() - begun) * 1000, 3)
            name = await self._name(tool)
            call.done(_fields(ctx, name, _outcome(call, name), milliseconds))

    def _missing(self, tool: str) -> tuple[str, ...]:
        """Returns the scopes of a tool when the caller lacks one of them."""
        scopes = self._tool_scopes.get(tool, ())
        access = get_access_token()
        return () if set(scopes) <= set(access.scopes if access else ()) else scopes

    async def _name(self, tool: object) -> str:
        """Returns the name of a tool that exists, `*` for one that the caller made up."""
        if tool not in self._known:
            self._known = frozenset(each.name for each in await self._mcp.list_tools())
        return str(tool) if tool in self._known else NO_TOOL


def _call_of(ctx: ServerRequestContext[Any, Any]) -> Call:
    """Returns the request's call; one without an HTTP request has nothing more to wait for."""
    found = ctx.request.scope.get(CALL) if ctx.request is not None else None
    return found if isinstance(found, Call) else Call(answered=True)


def _outcome(call: Call, tool: str) -> Outcome:
    if call.denied is not None:
        return "denied"
    if call.succeeded:
        return "ok"
    return "rejected" if call.rejected or tool == NO_TOOL else "error"


def _fields(ctx: ServerRequestContext[Any, Any], tool: str, outcome: Outcome, milliseconds: float) -> dict[str, Any]:
    access = get_access_token()
    return {
        "event": "tool_call",
        "subject": access.subject[:_MAX_NAME] if access and access.subject else None,
        "client_id": (access.client_id[:_MAX_NAME] if access else None) or None,
        "tool": tool,
        "outcome": outcome,
        "duration_ms": milliseconds,
        "request_id": _request_id(ctx),
        "protocol_version": ctx.protocol_version,
        **trace_fields(),
    }


def _request_id(ctx: ServerRequestContext[Any, Any]) -> str | int | None:
    """Returns the root of the load balancer's trace id, else the JSON-RPC id where it is a number or a plain word."""
    header = ctx.request.headers.get("x-amzn-trace-id", "") if ctx.request is not None else ""
    if (root := amazon_root(header)) is not None:
        return root
    given = ctx.request_id
    return given if isinstance(given, int) or _PLAIN_ID.fullmatch(given or "") else None
