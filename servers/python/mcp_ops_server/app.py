"""The ASGI application that keeps the contract around an `MCPServer`."""

import asyncio
from typing import Any

from mcp.server import MCPServer
from mcp.server._otel import OpenTelemetryMiddleware
from mcp.server.transport_security import RequestBodyLimitMiddleware, TransportSecuritySettings
from starlette.types import ASGIApp

from mcp_ops_server.calls import AccessLog
from mcp_ops_server.failures import hide_failures
from mcp_ops_server.gate import Gate
from mcp_ops_server.settings import Settings
from mcp_ops_server.tool_access import ToolAccess


def create_app(
    mcp: MCPServer[Any], settings: Settings, *, json_response: bool = True, draining: asyncio.Event | None = None
) -> ASGIApp:
    """Builds the application: gate, access log, sign-in, body cap, the SDK's endpoint (both eras), the author's routes.

    Args:
        mcp: The server; it is changed in place (tools, middleware), so build one application per server.
        settings: The contract's environment.
        json_response: Whether a call is answered with one JSON document. False streams progress as server-sent events.
        draining: Set when the server stops; ends subscriptions, which have no end of their own.
    """
    hide_failures(mcp)
    access = ToolAccess(mcp, settings.sign_in.tool_scopes if settings.sign_in else {})
    # Inside the SDK's span, outside everything else.
    mcp.middleware.insert(int(isinstance(next(iter(mcp.middleware), None), OpenTelemetryMiddleware)), access)
    endpoint = mcp.streamable_http_app(
        streamable_http_path=settings.path,
        json_response=json_response,
        stateless_http=True,
        max_request_body_size=settings.max_body_bytes,
        # The gate checks hosts and origins, also of the author's routes, and does not log them as the SDK does.
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
    )
    endpoint.debug = False  # whatever the author chose: tracebacks are not for callers
    endpoint.router.redirect_slashes = False  # behind a load balancer the redirect would name http://
    app: ASGIApp = RequestBodyLimitMiddleware(endpoint, settings.max_body_bytes)
    if settings.sign_in is not None:
        # Imported here: cryptography costs start-up time that a server without sign-in need not pay.
        from mcp_ops_server.sign_in import SignIn

        app = SignIn(app, settings.sign_in, settings.canonical_url)
    return Gate(AccessLog(app, spans=settings.traces), settings, draining or asyncio.Event())
