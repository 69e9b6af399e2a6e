"""Whether what is released at an address is what should be: the checks of the gate, and what only a caller sees."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from mcp_function_kit.connection import Answer, Connection, Unreachable
from mcp_function_kit.protocol import LEGACY, MODERN, OK, Refused, Session
from mcp_function_kit.usage import Call
from mcp_ops.delivery.functions.release_gate import checks
from mcp_ops.delivery.functions.release_gate.tools import digest_of

PASSED, FAILED, UNKNOWN = "passed", "failed", "not checked"
CERTIFICATE_DAYS = 14
"""Days that a certificate must still be valid; ACM renews 60 days ahead."""
TLS_VERSIONS = frozenset({"TLSv1.2", "TLSv1.3"})
UNAUTHORISED, FORBIDDEN, NOT_FOUND, NOT_ALLOWED, MISDIRECTED = 401, 403, 404, 405, 421
HEADERS = {"strict-transport-security": "max-age=", "x-content-type-options": "nosniff"}
"""Headers that every answer over TLS carries, with how their values begin."""

_METADATA = "/.well-known/oauth-protected-resource"


@dataclass(frozen=True)
class Wanted:
    """What the release should be like."""

    call: Call = field(default_factory=Call)
    tools_digest: str = ""
    latency_seconds: float = 0.5
    samples: int = 20
    token: str = ""


@dataclass(frozen=True)
class Checked:
    """How one check ended."""

    name: str
    status: str
    seen: str
    """What was found, or why it was not looked at."""

    def as_json(self) -> dict[str, str]:
        """Returns the entry of the evidence."""
        return {"check": self.name, "status": self.status, "seen": self.seen}


@dataclass
class Evidence:
    """What was found of one release."""

    url: str
    checks: list[Checked] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)
    """Figures: `toolsDigest`, `tools`, `latencyMs`, `tls`."""

    @property
    def passed(self) -> bool:
        """Whether nothing failed; what was not checked has not."""
        return bool(self.checks) and all(item.status != FAILED for item in self.checks)

    @property
    def complete(self) -> bool:
        """Whether everything was checked."""
        return all(item.status != UNKNOWN for item in self.checks)

    def note(self, name: str, check: Callable[[], str]) -> bool:
        """Makes a check and notes how it ended; returns whether it passed."""
        try:
            self.checks.append(Checked(name, PASSED, check()))
        except (Refused, Unreachable) as failure:
            self.checks.append(Checked(name, FAILED, str(failure)))
        return self.checks[-1].status == PASSED

    def skip(self, name: str, why: str) -> None:
        """Notes that a check was not made."""
        self.checks.append(Checked(name, UNKNOWN, why))

    def as_json(self) -> dict[str, Any]:
        """Returns the document."""
        found = [item.as_json() for item in self.checks]
        return {"url": self.url, "passed": self.passed, "complete": self.complete, **self.facts, "checks": found}


def verified(url: str, wanted: Wanted) -> Evidence:
    """Uses a released server as its callers do."""
    evidence, started = Evidence(url), time.time()
    connection = Connection(url, checks.SECONDS)
    if evidence.note("reachable", lambda: _reachable(connection)):
        _tls(evidence, connection)
        evidence.note("health", lambda: _health(connection))
        signed_in = _metadata(evidence, connection, url)
        evidence.note("headers", lambda: _headers(connection))
        evidence.note("refusals", lambda: _refusals(connection))
        if signed_in and not wanted.token:
            evidence.note("sign-in", lambda: _guarded(connection))
            for name in (f"protocol {MODERN}", f"protocol {LEGACY}", "tools", "latency"):
                evidence.skip(name, "callers need a token; give one in MCP_ACCESS_TOKEN")
        else:
            _used(evidence, connection, wanted)
    connection.close()
    evidence.facts |= {"startedAt": round(started, 3), "seconds": round(time.time() - started, 3)}
    return evidence


def _reachable(connection: Connection) -> str:
    return f"answers {connection.request('GET', connection.path, {'Accept': 'application/json'}).status}"


def _tls(evidence: Evidence, connection: Connection) -> None:
    if not connection.tls:
        evidence.skip("tls", "the address is plain HTTP on loopback")
        return
    evidence.facts["tls"] = dict(connection.tls)

    def check() -> str:
        version, days = connection.tls["version"], connection.tls["days"]
        if version not in TLS_VERSIONS or days < CERTIFICATE_DAYS:
            wanted = f"TLS 1.2 or later and {CERTIFICATE_DAYS} days"
            raise Refused(f"{version}, certificate valid for {days:g} days; wanted: {wanted}")
        return f"{version}, certificate valid for {days:g} days"

    evidence.note("tls", check)


def _health(connection: Connection) -> str:
    answer = connection.request("GET", "/health", {})
    if answer.status == OK:
        return "healthy"
    # A gateway of this library publishes no other path than the endpoint's; its own checks see to the health.
    if answer.status == NOT_FOUND:
        return "not public (404): the load balancer judges it"
    raise Refused(f"GET /health was answered with {answer.status}")


def _metadata(evidence: Evidence, connection: Connection, url: str) -> bool:
    """Notes what the metadata of sign-in says; returns whether there is sign-in."""
    answer = connection.request("GET", f"{_METADATA}{urlsplit(url).path}", {"Accept": "application/json"})
    if answer.status == NOT_FOUND:
        evidence.note("metadata", lambda: "none: a server without sign-in")
        return False
    evidence.note("metadata", lambda: _described(answer, url))
    return True


def _described(answer: Answer, url: str) -> str:
    if answer.status != OK:
        raise Refused(f"the metadata was answered with {answer.status}")
    document = _json(answer)
    issuers = document.get("authorization_servers")
    if document.get("resource") != url or not issuers:
        raise Refused(f"the metadata names resource {document.get('resource')} and issuers {issuers}; wanted {url}")
    return f"tokens for this address from {', '.join(issuers)}"


def _json(answer: Answer) -> Mapping[str, Any]:
    try:
        found = json.loads(answer.body)
    except ValueError:
        raise Refused("the metadata is no JSON") from None
    return found if isinstance(found, Mapping) else {}


def _guarded(connection: Connection) -> str:
    answer = Session(connection).send("server/discover", {})
    if answer.status != UNAUTHORISED:
        raise Refused(f"a request without a token was answered with {answer.status}, not {UNAUTHORISED}")
    return "without a token: 401"


def _headers(connection: Connection) -> str:
    answer = connection.request("GET", connection.path, {"Accept": "application/json"})
    if "server" in answer.headers and any(character.isdigit() for character in answer.headers["server"]):
        raise Refused(f"the header Server tells a version: {answer.headers['server']}")
    missing = [name for name, begin in HEADERS.items() if not answer.headers.get(name, "").startswith(begin)]
    if connection.tls and missing:
        raise Refused(f"missing or wrong: {', '.join(missing)}")
    return "no version is told" + (", transport security is on" if connection.tls else "")


def _refusals(connection: Connection) -> str:
    """A GET is refused, and so is a web page of another origin."""
    got = connection.request("GET", connection.path, {"Accept": "text/event-stream"}).status
    if got not in {NOT_ALLOWED, UNAUTHORISED}:
        raise Refused(f"GET was answered with {got}, not {NOT_ALLOWED}")
    headers = {"Origin": "https://elsewhere.example", "Content-Type": "application/json"}
    foreign = connection.request("POST", connection.path, headers, b"{}").status
    if foreign not in {FORBIDDEN, UNAUTHORISED, MISDIRECTED}:
        raise Refused(f"a request from another origin was answered with {foreign}, not {FORBIDDEN}")
    return f"GET {got}, another origin {foreign}"


def _used(evidence: Evidence, connection: Connection, wanted: Wanted) -> None:
    session = Session(connection, wanted.token)
    if not evidence.note(f"protocol {MODERN}", lambda: checks.handshake(session)):
        return
    evidence.note(f"protocol {LEGACY}", lambda: checks.handshake(Session(connection, wanted.token, LEGACY)))
    evidence.note("tools", lambda: _tools(evidence, session, wanted))
    if wanted.call.tool:
        evidence.note("call", lambda: checks.answered(session, wanted.call))

    def quick() -> str:
        said, seconds = checks.quick(session, wanted.call, wanted.samples, wanted.latency_seconds)
        found = {f"p{part}": round(checks.percentile(seconds, part / 100) * 1000, 1) for part in (50, 95)}
        evidence.facts["latencyMs"] = {**found, "samples": len(seconds)}
        return said

    evidence.note("latency", quick)


def _tools(evidence: Evidence, session: Session, wanted: Wanted) -> str:
    tools = checks.tools_of(session)
    digest = digest_of(tools)
    evidence.facts |= {"toolsDigest": digest, "tools": sorted(str(tool.get("name")) for tool in tools)}
    for schema in ("inputSchema", "outputSchema"):
        lacking = sorted(str(tool.get("name")) for tool in tools if not isinstance(tool.get(schema), Mapping))
        if lacking:
            raise Refused(f"without {schema}: {', '.join(lacking)}")
    if wanted.tools_digest:
        return checks.promised(tools, wanted.tools_digest)
    return f"{len(tools)} tools, {digest}"
