"""Uses MCP servers from outside, as a client would: discover, list the tools, call one.

The event is the input of a schedule: `environment` and `targets`, each with `server`, `url`, and optionally `tool`,
`arguments`, `expect` (members of the structured result), `secretArn` (client credentials) and `signIn` (callers need a
token).
"""

import logging
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from .credentials import token_of
from .metrics import Value, emit
from .parallel import each
from .protocol import OK, VERSION, Refused, Session
from .requests import Unreachable, request

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
    session = Session(target["url"])
    try:
        if target.get("secretArn"):
            session.token = token_of(target["secretArn"])
        if target.get("signIn") and not session.token:
            _guarded(session, target["url"])
        else:
            _used(session, target)
    except (Refused, Unreachable) as failure:
        reason = str(failure)
    emit(NAMESPACE, {"Environment": environment, "Server": target["server"]}, _values(session, reason), reason=reason)
    if reason:
        _log.warning("probe failed", extra={"server": target["server"], "reason": reason})
    return {"server": target["server"], "success": not reason, "reason": reason}


def _values(session: Session, reason: str) -> dict[str, Value]:
    values: dict[str, Value] = {"ProbeSuccess": (0 if reason else 1, "Count")}
    if not reason:
        values["ProbeLatency"] = (round(session.seconds * 1000, 1), "Milliseconds")
    if session.certificate_days is not None:
        values["CertificateDays"] = (round(session.certificate_days, 1), "None")
    return values


def _used(session: Session, target: Mapping[str, Any]) -> None:
    """Does what a client does first, and the one harmless call."""
    versions = session.call("server/discover", {}).get("supportedVersions", [])
    if VERSION not in versions:
        raise Refused(f"server/discover does not offer {VERSION}")
    tools = {tool.get("name") for tool in session.call("tools/list", {}).get("tools", [])}
    tool = target.get("tool", "")
    if not tool:
        return
    if tool not in tools:
        raise Refused(f"tools/list does not offer {tool}")
    result = session.call("tools/call", {"name": tool, "arguments": target.get("arguments") or {}}, tool)
    if result.get("isError"):
        raise Refused(f"the call of {tool} failed")
    found, expected = result.get("structuredContent") or {}, target.get("expect") or {}
    wrong = sorted(key for key, value in expected.items() if found.get(key) != value)
    if wrong:
        raise Refused(f"the call of {tool} returned something else in {', '.join(wrong)}")


def _guarded(session: Session, url: str) -> None:
    """Without a token: the server says where tokens come from, and lets nobody in."""
    parts = urlsplit(url)
    where = f"{parts.scheme}://{parts.netloc}/.well-known/oauth-protected-resource{parts.path}"
    answer = request("GET", where, {"Accept": "application/json"})
    session.seconds += answer.seconds
    if answer.status != OK:
        raise Refused(f"the protected resource metadata was answered with {answer.status}")
    refused = session.send("server/discover", {})
    if refused.status != UNAUTHORISED:
        raise Refused(f"a request without a token was answered with {refused.status}, not 401")
