"""Server kit of mcp-ops: keeps the server contract for an `MCPServer` of the official MCP SDK.

A server is an ordinary `MCPServer` with its tools; `serve(mcp)` does the rest. See `mcp_ops_server/reference.py`.
"""

from mcp_ops_server.starting import without_collecting

with without_collecting():
    from mcp_ops_server.app import create_app
    from mcp_ops_server.failures import CallerError
    from mcp_ops_server.reading import SettingsError
    from mcp_ops_server.serving import serve
    from mcp_ops_server.settings import Settings
    from mcp_ops_server.telemetry import (
        ANTHROPIC,
        COST_PREVENTED,
        OPENAI,
        SATISFACTION,
        TIME_SAVED,
        AiProvider,
        BusinessMetric,
        Quota,
    )

__all__ = [
    "ANTHROPIC",
    "COST_PREVENTED",
    "OPENAI",
    "SATISFACTION",
    "TIME_SAVED",
    "AiProvider",
    "BusinessMetric",
    "CallerError",
    "Quota",
    "Settings",
    "SettingsError",
    "__version__",
    "create_app",
    "serve",
]
__version__ = "0.1.0"
