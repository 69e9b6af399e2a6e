"""The requests of the drill sign-in, each with the end that it must come to."""

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_ops.rehearsal.drills.messages import MODERN, Message, Reply, call, handshake, rpc
from mcp_ops.rehearsal.drills.sign_in.tokens import DAY, STRANGER, Tokens

WELL_KNOWN = "/.well-known/oauth-protected-resource"
"""Where the metadata of a protected resource stands (RFC 9728)."""
ELSEWHERE = "elsewhere.example"

GATEWAY_OK, GATEWAY_REFUSES, NO_RULE = "gateway 200", "gateway 401", "gateway 404"
SERVER_OK, SERVER_REFUSES, SERVER_FORBIDS, NO_METHOD = "server 200", "server 401", "server 403", "server 405"

Check = Callable[[Reply], str]
"""Returns what is wrong with an answer; empty when nothing is."""

LIST = rpc("tools/list")
GET = Message("GET", {"Accept": "text/event-stream"})
DELETE = Message("DELETE")


@dataclass(frozen=True)
class Trial:
    """One request."""

    name: str
    end: str
    """Who must answer it, and with which status."""
    message: Message = LIST
    token: str = ""
    """Bearer token; empty for none."""
    headers: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    """Empty: the endpoint of the server."""
    host: str = ""
    """Empty: the host of the server."""
    secure: bool = True
    past_gateway: bool = False
    """Whether it is sent to the server straight away, as from inside the network."""
    check: Check | None = None


@dataclass(frozen=True)
class Surroundings:
    """What decides on the ends besides the server itself."""

    forwards: bool
    """Whether the gateway forwards requests without token."""
    owns_root: bool
    """Whether the host is the server's alone: the metadata then stands at the root too."""


def trials(tokens: Tokens, around: Surroundings) -> Iterator[Trial]:
    """Yields about fifty requests to one server."""
    yield from _metadata(tokens, around)
    yield from _closed(tokens)
    yield from _without_token(tokens, around)
    yield from _bad_tokens(tokens)
    yield from _good_tokens(tokens)
    yield from _scopes(tokens)
    yield from _past_gateway(tokens)


def _metadata(tokens: Tokens, around: Surroundings) -> Iterator[Trial]:
    def named(reply: Reply) -> str:
        document = reply.document()
        wanted = {"resource": tokens.server.url, "authorization_servers": [tokens.issuer_name]}
        wrong = [key for key, value in wanted.items() if document.get(key) != value]
        return f"the metadata says another {', '.join(wrong)}" if wrong else ""

    path = WELL_KNOWN + tokens.server.path
    yield Trial("metadata", GATEWAY_OK, GET, path=path, check=named)
    yield Trial("metadata with an expired token", GATEWAY_OK, GET, tokens.expired(), path=path, check=named)
    root = GATEWAY_OK if around.owns_root else NO_RULE
    yield Trial("metadata at the root", root, GET, path=WELL_KNOWN, check=named if around.owns_root else None)
    yield Trial("metadata of an unknown host", NO_RULE, GET, path=path, host=ELSEWHERE)


def _closed(tokens: Tokens) -> Iterator[Trial]:
    path = tokens.server.path.rstrip("/")
    yield Trial("health path from outside", NO_RULE, GET, path="/health")
    yield Trial("health path with a right token", NO_RULE, GET, tokens.right(), path="/health")
    yield Trial("health path below the endpoint", NO_RULE, GET, tokens.right(), path=f"{path}/health")
    yield Trial("another path with a right token", NO_RULE, token=tokens.right(), path="/admin")
    yield Trial("path in other letters", NO_RULE, token=tokens.right(), path=path.swapcase())
    yield Trial("unknown host with a right token", NO_RULE, token=tokens.right(), host=ELSEWHERE)
    yield Trial("right token over plain HTTP", "gateway 301", token=tokens.right(), secure=False)


def _without_token(tokens: Tokens, around: Surroundings) -> Iterator[Trial]:
    end, check = (SERVER_REFUSES, _challenge(tokens)) if around.forwards else (GATEWAY_REFUSES, _told_where)
    yield Trial("no token", end, check=check)
    yield Trial("no token, older handshake", end, handshake(), check=check)
    yield Trial("token in the query", end, path=f"{tokens.server.path}?access_token={tokens.right()}", check=check)
    yield Trial("user name and password", end, headers={"Authorization": "Basic YTpi"}, check=check)
    yield Trial("token in another header", end, headers={"X-Access-Token": tokens.right()}, check=check)


def _challenge(tokens: Tokens) -> Check:
    def challenged(reply: Reply) -> str:
        told = reply.headers.get("www-authenticate", "")
        host = f"https://{tokens.server.host}"
        where = f'resource_metadata="{host}{WELL_KNOWN}{tokens.server.path}"'
        return "" if told.startswith("Bearer ") and where in told else "WWW-Authenticate does not say where to go"

    return challenged


def _told_where(reply: Reply) -> str:
    error = reply.document().get("error") or {}
    return "" if (error.get("data") or {}).get("resource_metadata") else "the error does not say where to go"


def _bad_tokens(tokens: Tokens) -> Iterator[Trial]:
    now = int(time.time())
    changed = {
        "expired": tokens.expired(),
        "not valid before tomorrow": tokens.right(nbf=now + DAY, iat=now, exp=now + 2 * DAY),
        "issued tomorrow": tokens.right(nbf=None, iat=now + DAY, exp=now + 2 * DAY),
        "no expiry": tokens.right(exp=None),
        "another issuer": tokens.right(iss="https://elsewhere.example/realms/mcp"),
        "issuer with a slash more": tokens.right(iss=f"{tokens.issuer_name}/"),
        "no issuer": tokens.right(iss=None),
        "another server's audience": tokens.for_other("https://elsewhere.example/mcp"),
        "audience that begins alike": tokens.for_other(f"{tokens.audience}-admin"),
        "algorithm none": tokens.unsigned(),
        "HMAC with the public key": tokens.signed_with_public_key(),
        "RS512": tokens.other_algorithm(),
        "signed by another key": tokens.forged(),
        "unknown key": tokens.forged("rehearsal-stranger"),
        "altered payload": tokens.altered(),
        "without signature": tokens.cut(),
        "no token at all": "not-a-token",
    }
    if tokens.names_audience:
        other_format = tokens.audience if tokens.takes_list else [tokens.audience]
        changed["no audience"] = tokens.right(aud=None)
        changed["audience in the other format"] = tokens.right(aud=other_format)
    for claim in tokens.extra:
        changed[f"without claim {claim['name']}"] = tokens.right(**{claim["name"]: None})
    for name, token in changed.items():
        yield Trial(f"token: {name}", GATEWAY_REFUSES, token=token)


def _good_tokens(tokens: Tokens) -> Iterator[Trial]:
    right = tokens.right()
    yield Trial("right token, older revision", SERVER_OK, token=right)
    yield Trial("right token, current revision", SERVER_OK, rpc("server/discover", version=MODERN), right)
    yield Trial("right token, older handshake", SERVER_OK, handshake(), right)
    if tokens.names_audience and tokens.takes_list:
        several = tokens.right(aud=[STRANGER, tokens.audience])
        yield Trial("right token for several audiences", SERVER_OK, token=several)
    for probe in tokens.server.probes[:1]:
        message = call(probe.tool, probe.arguments)
        yield Trial(f"right token calls {probe.tool}", SERVER_OK, message, right, check=_is_result)
    yield Trial("right token, older client's GET", NO_METHOD, GET, right)
    yield Trial("right token, older client's DELETE", NO_METHOD, DELETE, right)
    yield Trial("right token from a foreign page", SERVER_FORBIDS, LIST, right, {"Origin": "https://elsewhere.example"})


def _past_gateway(tokens: Tokens) -> Iterator[Trial]:
    """Yields what the server has to refuse by itself."""
    changed = {
        "expired": tokens.expired(),
        "another server's audience": tokens.for_other("https://elsewhere.example/mcp"),
        "another issuer": tokens.right(iss="https://elsewhere.example/realms/mcp"),
        "algorithm none": tokens.unsigned(),
        "signed by another key": tokens.forged(),
    }
    for name, token in changed.items():
        yield Trial(f"past the gateway: {name}", SERVER_REFUSES, token=token, past_gateway=True)
    yield Trial("past the gateway: right token", SERVER_OK, token=tokens.right(), past_gateway=True)


def _is_result(reply: Reply) -> str:
    result = reply.document().get("result") or {}
    return "" if result and not result.get("isError") else "the tool did not answer"


def _scopes(tokens: Tokens) -> Iterator[Trial]:
    tool = tokens.scoped_tool
    if not tool:
        return
    none = tokens.right(scopes=())
    message, probe = call(tool, tokens.arguments_of(tool)), f"missing scope calls {tool}"
    yield Trial(f"missing scope lists no {tool}", SERVER_OK, token=none, check=_lists(tool, wanted=False))
    yield Trial(f"right scope lists {tool}", SERVER_OK, token=tokens.right(), check=_lists(tool, wanted=True))
    yield Trial(probe, SERVER_FORBIDS, message, none, check=_insufficient)
    modern = call(tool, tokens.arguments_of(tool), version=MODERN)
    yield Trial(f"{probe}, current revision", SERVER_FORBIDS, modern, none, check=_insufficient)
    other = tokens.right(scopes=["rehearsal.other"])
    yield Trial(f"another scope calls {tool}", SERVER_FORBIDS, message, other, check=_insufficient)


def _insufficient(reply: Reply) -> str:
    told = reply.headers.get("www-authenticate", "")
    return "" if 'error="insufficient_scope"' in told else "WWW-Authenticate does not name the missing scope"


def _lists(tool: str, *, wanted: bool) -> Check:
    def listed(reply: Reply) -> str:
        tools: list[Any] = (reply.document().get("result") or {}).get("tools", [])
        found = any(item.get("name") == tool for item in tools)
        if found == wanted:
            return ""
        return f"{tool} is not listed" if wanted else f"{tool} is listed"

    return listed
