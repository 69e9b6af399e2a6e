"""What a caller learns of a failure: which argument breaks which rule, and nothing of an exception."""

import logging
from typing import Any

from mcp.server import MCPServer
from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from mcp.server.mcpserver import Context
from mcp.server.mcpserver.exceptions import ToolError, UnexpectedToolError
from mcp.shared.exceptions import MCPError
from mcp_types import INTERNAL_ERROR, CallToolResult, InputRequiredResult
from pydantic import ValidationError

from mcp_ops_server.calls import CURRENT_CALL
from mcp_ops_server.refusals import refusal

log = logging.getLogger(__name__)


class CallerError(ToolError):
    """The caller's mistake, which another call can mend. Raise it in a tool; its text is sent, so keep values out.

    It counts as `ToolRejections`. A `ToolError` of the SDK is sent too, but counts as `ToolErrors`: raise that one for
    what fails whoever calls, such as an upstream that is down.
    """


def hide_failures(mcp: MCPServer[Any]) -> None:
    """Makes the server answer wrong arguments without repeating them and log crashes without their text.

    Replaces `mcp.call_tool` on this instance and appends one middleware.
    """
    answer = mcp.call_tool

    async def call_tool(
        name: str, arguments: dict[str, Any], context: Context[Any, Any] | None = None
    ) -> CallToolResult | InputRequiredResult:
        try:
            return await answer(name, arguments, context)
        except UnexpectedToolError as crash:
            log.exception("tool crashed", extra={"tool": name}, exc_info=crash.__cause__)
            raise ToolError(str(crash)) from None
        except ToolError as error:
            if isinstance(error.__cause__, CallerError | ValidationError):
                _reject()
            if not isinstance(error.__cause__, ValidationError):
                raise
            schema = next(tool.input_schema for tool in await mcp.list_tools() if tool.name == name)
            raise ToolError(refusal(name, error.__cause__, schema)) from None

    mcp.call_tool = call_tool  # type: ignore[method-assign] # the SDK's handler calls it by this name
    mcp.middleware.append(_hide_exceptions)


def _reject() -> None:
    """Notes that the current call fails by the caller's mistake."""
    if (call := CURRENT_CALL.get()) is not None:
        call.rejected = True


async def _hide_exceptions(ctx: ServerRequestContext[Any, Any], call_next: CallNext) -> HandlerResult:
    """Answers a crash outside the tools (prompts, completions) alike in both eras: the older one sends its text."""
    try:
        return await call_next(ctx)
    except (MCPError, ValidationError):
        raise  # protocol errors: the SDK answers them without the input
    except Exception:  # code of the server's author may raise anything, and none of its text may reach a caller
        log.exception("request handler crashed", extra={"method": ctx.method})
        raise MCPError(INTERNAL_ERROR, "Internal server error") from None
