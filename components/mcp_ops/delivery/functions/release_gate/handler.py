"""Amazon ECS asks before a release gets traffic; the answer is `SUCCEEDED` or `FAILED`, and a line says why.

The release is tried on the test listener as a client would use it. Its tools have to be those that were reviewed: the
digest in `servers.json`, or, without one, what callers get at this moment. While nothing answers, ECS is told to ask
again. What the gate cannot find out counts against the release, and so does an error of the gate's own: ECS then rolls
back.
"""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from mcp_function_kit.connection import Connection, Unreachable
from mcp_function_kit.credentials import token_of
from mcp_function_kit.protocol import Refused, Session
from mcp_function_kit.usage import Call

from . import TEST_PORT, checks

ATTEMPTS = 3
"""How often ECS asks about a release that does not answer."""
DELAY_SECONDS = 15

_SERVERS = Path(__file__).with_name("servers.json")
_log = logging.getLogger()
_log.setLevel(logging.INFO)


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Decides about one release; `hookDetails` say which: `environment`, `host`, `path`, `server`.

    `testUrl` and `liveUrl` in it stand for gateways whose listeners are elsewhere than on 8443 and 443.
    """
    details = event["hookDetails"]
    about = {"server": details["server"], "revision": event["executionDetails"]["targetServiceRevisionArn"]}
    seen: list[str] = []
    try:
        seen.extend(_tried(details))
    except Unreachable as failure:
        attempt = int(details.get("attempt", 0)) + 1
        _log.warning("no answer", extra={**about, "reason": str(failure), "attempt": attempt})
        if attempt < ATTEMPTS:
            again = {**details, "attempt": attempt}
            return {"hookStatus": "IN_PROGRESS", "callBackDelay": DELAY_SECONDS, "hookDetails": again}
        return _refused(about, f"does not answer: {failure}")
    except Refused as failure:
        return _refused(about, str(failure))
    _log.info("release accepted", extra={**about, "checks": seen})
    return {"hookStatus": "SUCCEEDED"}


def _refused(about: Mapping[str, Any], reason: str) -> dict[str, Any]:
    _log.error("release refused", extra={**about, "reason": reason})
    return {"hookStatus": "FAILED"}


def _tried(details: Mapping[str, Any]) -> Iterator[str]:
    """Makes the checks in turn, the cheap ones first; yields what each has seen."""
    server = details["server"]
    wanted = json.loads(_SERVERS.read_text(encoding="utf-8")).get(server)
    if wanted is None:
        raise Refused(f"the gate does not know a server {server}")
    canonical = f"https://{details['host']}{details['path']}"
    token = token_of(os.environ["SECRET_ARN"], canonical) if wanted.get("signIn") else ""
    test = details.get("testUrl") or f"https://{details['host']}:{TEST_PORT}{details['path']}"
    session, call = _session(test, token), Call.of(wanted)
    yield checks.handshake(session)
    tools = checks.tools_of(session)
    if wanted.get("toolsDigest"):
        yield checks.promised(tools, wanted["toolsDigest"])
    else:
        yield _as_live(tools, _session(details.get("liveUrl") or canonical, token))
    if call.tool:
        yield checks.answered(session, call)
    yield checks.quick(session, call, int(os.environ["SAMPLES"]), float(os.environ["LATENCY_SECONDS"]))[0]


def _session(url: str, token: str) -> Session:
    return Session(Connection(url, checks.SECONDS), token, client="mcp-ops-release")


def _as_live(tools: list[Mapping[str, Any]], live: Session) -> str:
    """Compares with the tools that callers have now; where no healthy task serves them, there is nothing to compare."""
    try:
        answer = live.send("server/discover", {})
    except Unreachable as failure:
        raise Refused(f"cannot see the released tools: {failure}; give tools_digest") from failure
    if answer.status in checks.NOT_SERVED:
        return f"{len(tools)} tools, nothing is released yet"
    return checks.unchanged(tools, checks.tools_of(live))
