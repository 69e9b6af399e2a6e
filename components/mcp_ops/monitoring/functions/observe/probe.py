"""Uses MCP servers from outside, as a client would: discover, list the tools, call one.

The event is the input of a schedule: `environment` and `targets`, each with `server`, `url`, and optionally `tool`,
`arguments`, `expect` (members of the structured result), `secretArn` (client credentials) and `signIn` (callers need a
token).
"""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from mcp_function_kit.connection import Connection, Unreachable
from mcp_function_kit.credentials import token_of
from mcp_function_kit.protocol import OK, Refused, Session
from mcp_function_kit.usage import Call, call_tool, discover, tools_of

from .metrics import Value, emit
from .parallel import each

NAMESPACE = "McpOps/Probe"
UNAUTHORISED = 401

_log = logging.getLogger()
_log.setLevel(logging.INFO)


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Probes every target. A server that fails is a result, not a failure of ours."""
    environment = event["environment"]
    return {"probes": each(lambda target: _probe(environment, target), event["targets"])}


def _probe(environment: str, target: Mapping[str, Any]) -> dict[str, Any]:
    """Probes one server and reports success and latency."""
    reason = ""
    session = Session(Connection(target["url"]), client="mcp-ops-probe")
    try:
        if target.get("secretArn"):
            session.token = token_of(target["secretArn"])
        if target.get("signIn") and not session.token:
            _guarded(session)
        else:
            _used(session, target)
    except (Refused, Unreachable) as failure:
        reason = str(failure)
    finally:
        session.connection.close()
    emit(NAMESPACE, {"Environment": environment, "Server": target["server"]}, _values(session, reason), reason=reason)
    if reason:
        _log.warning("probe failed", extra={"server": target["server"], "reason": reason})
    return {"server": target["server"], "success": not reason, "reason": reason}


def _values(session: Session, reason: str) -> dict[str, Value]:
    values: dict[str, Value] = {"ProbeSuccess": (0 if reason else 1, "Count")}
    if not reason:
        values["ProbeLatency"] = (round(session.seconds * 1000, 1), "Milliseconds")
    if session.connection.tls:
        values["CertificateDays"] = (session.connection.tls["days"], "None")
    return values


def _used(session: Session, target: Mapping[str, Any]) -> None:
    """Does what a client does first, and the one harmless call."""
    discover(session)
    offered = {tool.get("name") for tool in tools_of(session)}
    call = Call.of(target)
    if not call.tool:
        return
    if call.tool not in offered:
        raise Refused(f"tools/list does not offer {call.tool}")
    call_tool(session, call)


def _guarded(session: Session) -> None:
    """Without a token: the server says where tokens come from, and lets nobody in."""
    where = f"/.well-known/oauth-protected-resource{urlsplit(session.connection.url).path}"
    answer = session.connection.request("GET", where, {"Accept": "application/json"})
    session.seconds += answer.seconds
    if answer.status != OK:
        raise Refused(f"the protected resource metadata was answered with {answer.status}")
    refused = session.send("server/discover", {})
    if refused.status != UNAUTHORISED:
        raise Refused(f"a request without a token was answered with {refused.status}, not 401")
