"""Which caller may use which tool, and the access log: one line for each call of a tool."""

import logging
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Literal

from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.shared.exceptions import MCPError
from mcp_types import INVALID_REQUEST

ACCESS_LOGGER: Final = "mcp_ops.access"
DENIAL: Final = "mcp_ops.denial"
"""Key of the ASGI scope under which a `Denial` travels from the HTTP side to the tools."""

_TRACE_ROOT = re.compile(r"(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)")
_PLAIN_ID = re.compile(r"[A-Za-z0-9._:-]{1,64}")
_MAX_NAME: Final = 256
Outcome = Literal["ok", "error", "denied"]

log = logging.getLogger(ACCESS_LOGGER)


@dataclass(slots=True)
class Denial:
    """Tells the HTTP side that a call was denied, and for which scopes."""

    scopes: tuple[str, ...] | None = None


class ToolAccess:
    """Middleware of the MCP server, outermost."""

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
        begun = time.perf_counter()
        outcome: Outcome = "error"
        try:
            if isinstance(tool, str) and (scopes := self._missing(tool)):
                outcome = "denied"
                _deny(ctx, scopes)
            result = await call_next(ctx)
            if not (isinstance(result, dict) and result.get("isError")):
                outcome = "ok"
            return result
        finally:
            milliseconds = round((time.perf_counter() - begun) * 1000, 3)
            _write(ctx, await self._name(tool), outcome, milliseconds)

    def _missing(self, tool: str) -> tuple[str, ...]:
        """Returns the scopes of a tool when the caller lacks one of them."""
        scopes = self._tool_scopes.get(tool, ())
        access = get_access_token()
        return () if set(scopes) <= set(access.scopes if access else ()) else scopes

    async def _name(self, tool: object) -> str:
        """Returns the name of a tool that exists, `*` for one that the caller made up."""
        if tool not in self._known:
            self._known = frozenset(each.name for each in await self._mcp.list_tools())
        return str(tool) if tool in self._known else "*"


def _deny(ctx: ServerRequestContext[Any, Any], scopes: tuple[str, ...]) -> None:
    denial = ctx.request.scope.get(DENIAL) if ctx.request is not None else None
    if isinstance(denial, Denial):
        denial.scopes = scopes
    raise MCPError(INVALID_REQUEST, "Insufficient scope", {"scopes": list(scopes)})


def _write(ctx: ServerRequestContext[Any, Any], tool: str, outcome: Outcome, milliseconds: float) -> None:
    access = get_access_token()
    fields = {
        "event": "tool_call",
        "subject": access.subject[:_MAX_NAME] if access and access.subject else None,
        "client_id": (access.client_id[:_MAX_NAME] if access else None) or None,
        "tool": tool,
        "outcome": outcome,
        "duration_ms": milliseconds,
        "request_id": _request_id(ctx),
        "protocol_version": ctx.protocol_version,
    }
    log.info("tool called", extra=fields)


def _request_id(ctx: ServerRequestContext[Any, Any]) -> str | int | None:
    """Returns the root of the load balancer's trace id, else the JSON-RPC id where it is a number or a plain word."""
    header = ctx.request.headers.get("x-amzn-trace-id", "") if ctx.request is not None else ""
    if (root := _TRACE_ROOT.search(header)) is not None:
        return root.group(1)
    given = ctx.request_id
    return given if isinstance(given, int) or _PLAIN_ID.fullmatch(given or "") else None
