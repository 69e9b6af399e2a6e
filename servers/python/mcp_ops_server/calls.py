"""The access log: one line for each call of a tool, written just before its answer ends, with the call's metrics."""

import logging
from contextlib import nullcontext
from contextvars import ContextVar
from typing import Any, Final, Literal

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_ops_server.emf import FIELD, Metrics
from mcp_ops_server.trace_context import TRACE_ID, remote_parent, trace_id

ACCESS_LOGGER: Final = "mcp_ops.access"
CALL: Final = "mcp_ops.call"
"""Key of the ASGI scope under which a `Call` travels from the HTTP side to the tools."""
NO_TOOL: Final = "*"
"""What stands for a tool that the caller made up."""

Outcome = Literal["ok", "error", "rejected", "denied"]

_METRICS: Final = (
    ("ToolCalls", "Count"),
    ("ToolErrors", "Count"),
    ("ToolRejections", "Count"),
    ("ToolLatency", "Milliseconds"),
    ("ToolInputBytes", "Bytes"),
    ("ToolOutputBytes", "Bytes"),
)

log = logging.getLogger(ACCESS_LOGGER)


class Call:
    """What one request's access line says; complete when both the tool and the answer have ended."""

    __slots__ = ("_fields", "answered", "denied", "input_bytes", "output_bytes", "rejected", "succeeded")

    def __init__(self, *, answered: bool = False) -> None:
        self.input_bytes = 0
        self.output_bytes = 0
        self.answered = answered
        self.denied: tuple[str, ...] | None = None
        """Scopes of the tool, where the token lacks one of them."""
        self.rejected = False
        """Whether a failure is the caller's mistake."""
        self.succeeded = False
        self._fields: dict[str, Any] | None = None

    def done(self, fields: dict[str, Any]) -> None:
        """Notes what the tool's side knows."""
        self._fields = fields
        if self.answered:  # the client left before
            self._write(fields)

    def end(self) -> None:
        """Writes the line of a call whose answer is complete; the second time nothing happens."""
        if not self.answered and self._fields is not None:
            self._write(self._fields)
        self.answered = True

    def _write(self, fields: dict[str, Any]) -> None:
        outcome, tool = fields["outcome"], fields["tool"]
        sizes = (self.input_bytes, self.output_bytes)
        refused = outcome in {"rejected", "denied"}
        values = (1, int(outcome == "error"), int(refused), fields["duration_ms"], *sizes)
        metrics = Metrics(_METRICS, values, () if tool == NO_TOOL else (("Tool", tool),), totals=True)
        line = {**fields, "input_bytes": sizes[0], "output_bytes": sizes[1], FIELD: metrics}
        log.info("tool called", extra=line)


CURRENT_CALL: Final[ContextVar[Call | None]] = ContextVar("mcp_ops_call", default=None)
"""The call that is handled, for what runs inside the tools."""


class AccessLog:
    """ASGI middleware inside the gate: counts bytes, keeps the trace, and ends the request's `Call`."""

    def __init__(self, app: ASGIApp, *, spans: bool = False) -> None:
        self._app = app
        self._spans = spans

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes everything on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        call = scope[CALL] = Call()

        async def counted() -> Message:
            message = await receive()
            call.input_bytes += len(message.get("body", b""))
            return message

        async def ending(message: Message) -> None:
            if message["type"] == "http.response.body":
                call.output_bytes += len(message.get("body", b""))
                if not message.get("more_body", False):
                    call.end()
            await send(message)

        trace = TRACE_ID.set(trace_id(scope["headers"]))
        try:
            with remote_parent(scope["headers"]) if self._spans else nullcontext():
                await self._app(scope, counted, ending)
        finally:
            call.end()
            TRACE_ID.reset(trace)
