"""The diagnostic tools that the MCP project's conformance client calls, on the kit. `python -m conformance_server`.

Named and described by the client's scenario `server-stateless`; `.ci/conformance` runs it against this server.
"""

from mcp.server import MCPServer
from mcp.server.mcpserver import Context
from mcp.shared.exceptions import MCPError
from mcp_types import (
    MISSING_REQUIRED_CLIENT_CAPABILITY,
    ElicitRequest,
    ElicitRequestFormParams,
    InputRequiredResult,
)

from mcp_ops_server import serve

mcp = MCPServer("conformance", version="1")
FORM = {"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}


@mcp.tool()
async def test_missing_capability(ctx: Context) -> str:
    """Needs a client that samples."""
    capabilities = ctx.session.client_capabilities
    if capabilities is None or capabilities.sampling is None:
        required = {"requiredCapabilities": {"sampling": {}}}
        raise MCPError(MISSING_REQUIRED_CLIENT_CAPABILITY, "Client did not declare sampling", required)
    return "sampling is declared"


@mcp.tool()
async def test_streaming_elicitation(ctx: Context) -> InputRequiredResult | str:
    """Reports progress, then asks the user for a city."""
    await ctx.report_progress(1, 2)
    form = ElicitRequestFormParams(message="Which city?", requested_schema=FORM)
    return InputRequiredResult(input_requests={"city": ElicitRequest(params=form)})


@mcp.tool()
async def test_logging_tool(ctx: Context) -> str:
    """Sends a log message to the client, if the client asked for them."""
    await ctx.info("asked")  # pyright: ignore[reportDeprecated] # what the scenario is about
    return "logged"


@mcp.tool()
async def test_trigger_tool_change(ctx: Context) -> str:
    """Tells subscribers that the list of tools changed."""
    await ctx.notify_tools_changed()
    return "told"


@mcp.tool()
async def test_trigger_prompt_change(ctx: Context) -> str:
    """Tells subscribers that the list of prompts changed."""
    await ctx.notify_prompts_changed()
    return "told"


if __name__ == "__main__":
    serve(mcp, json_response=False)  # progress is streamed
