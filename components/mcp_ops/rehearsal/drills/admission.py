"""How a drill gets in where a server wants tokens: the drill's own issuer stands in for the registered one."""

import contextlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mcp_ops.rehearsal.drills.containers import Server
from mcp_ops.rehearsal.drills.issuer import LIFETIME, Issuer, issuing


@dataclass(frozen=True)
class Admission:
    """What a drill changes of a server's environment to be let in, and the token that lets it in."""

    overrides: Mapping[str, str] = field(default_factory=dict)
    """Where the signing keys are published; the issuer's name, the audience and the scopes stay as registered."""
    token: str = ""
    """A token with every scope of the server's tools; empty for a server without sign-in."""
    issuer: Issuer | None = None


def scopes_by_tool(server: Server) -> dict[str, list[str]]:
    """Returns the scopes that each tool of the server needs."""
    found: dict[str, list[str]] = json.loads(server.environment.get("MCP_TOOL_SCOPES") or "{}")
    return found


def scopes_of(server: Server) -> set[str]:
    """Returns every scope that a tool of the server needs."""
    return {scope for scopes in scopes_by_tool(server).values() for scope in scopes}


@contextlib.contextmanager
def admitted(server: Server, lifetime: int = LIFETIME) -> Iterator[Admission]:
    """Publishes the keys of an issuer made for the drill until the end of the block; nothing for an open server."""
    name = server.environment.get("MCP_ISSUER")
    if not name:
        yield Admission()
        return
    with issuing() as issuer:
        token = issuer.signed(issuer.claims(name, server.url, scopes_of(server), lifetime))
        yield Admission({"MCP_JWKS_URL": issuer.jwks_url}, token, issuer)
