"""Tokens of a drill: right ones as the registered issuer would sign them, and wrong ones in every way that matters."""

import base64
import functools
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from mcp_ops.rehearsal.drills.admission import scopes_by_tool, scopes_of
from mcp_ops.rehearsal.drills.containers import Server
from mcp_ops.rehearsal.drills.issuer import KEY_ID, LIFETIME, Issuer, new_key
from mcp_ops.rehearsal.drills.listener_tokens import Keys

DAY = 86_400
STRANGER = "account"
"""A second audience that Keycloak's default mapper adds."""


@functools.cache
def foreign_key() -> rsa.RSAPrivateKey:
    """Returns a key that no issuer publishes."""
    return new_key()


class Tokens:
    """Signs tokens for one server: for whom its environment says, in the formats that its rule registers."""

    def __init__(self, issuer: Issuer, server: Server, validation: Mapping[str, Any]) -> None:
        self.issuer, self.server = issuer, server
        self.extra = [item for item in validation.get("additionalClaims") or () if item["name"] not in {"aud", "scope"}]
        """Claims besides the audience that the rule wants."""
        self._formats = {item["name"]: item["format"] for item in validation.get("additionalClaims") or ()}
        environment = server.environment
        self.issuer_name = environment["MCP_ISSUER"]
        self._base_scope = environment.get("MCP_AUDIENCE_SCOPE", "")
        self.audience = environment.get("MCP_AUDIENCE") or server.url
        self.scopes = scopes_of(server)

    @property
    def keys(self) -> Keys:
        """What the issuer publishes."""
        return {KEY_ID: self.issuer.key.public_key()}

    @property
    def takes_list(self) -> bool:
        """Whether the rule wants the audience as a list."""
        return self._formats.get("aud") == "string-array"

    @property
    def names_audience(self) -> bool:
        """Whether tokens name the server in `aud`, not by a scope."""
        return not self._base_scope

    @property
    def scoped_tool(self) -> str:
        """A tool that needs a scope, one with a probe if there is one; empty when none does."""
        tools = [tool for tool, scopes in scopes_by_tool(self.server).items() if scopes]
        probed = [probe.tool for probe in self.server.probes if probe.tool in tools]
        return next(iter([*probed, *tools]), "")

    def arguments_of(self, tool: str) -> Mapping[str, Any]:
        """Returns the arguments of a tool's probe; none where it has no probe."""
        return next((probe.arguments for probe in self.server.probes if probe.tool == tool), {})

    def claims(self, scopes: Iterable[str] | None = None, **changes: Any) -> dict[str, Any]:
        """Returns the claims of a right token, with changes; None takes a claim away. Default: every scope."""
        wanted = {*(self.scopes if scopes is None else scopes), *filter(None, [self._base_scope])}
        found = self.issuer.claims(self.issuer_name, self.audience, wanted)
        found.update({item["name"]: self._formatted(item["name"], item["values"][:1]) for item in self.extra})
        found["aud"] = self._formatted("aud", [self.audience])
        if self._base_scope:
            del found["aud"]
        return {name: value for name, value in {**found, **changes}.items() if value is not None}

    def right(self, scopes: Iterable[str] | None = None, **changes: Any) -> str:
        """Returns a token that the issuer signed."""
        return self.issuer.signed(self.claims(scopes, **changes))

    def for_other(self, audience: str) -> str:
        """Returns a token that is right for another server."""
        if self._base_scope:
            return self.right(scope=" ".join([*self.scopes, f"{audience}/call"]))
        return self.right(aud=self._formatted("aud", [audience]))

    def _formatted(self, name: str, values: Sequence[str]) -> Any:
        kind = self._formats.get(name)
        if kind == "string-array":
            return list(values)
        return " ".join(values)

    def expired(self) -> str:
        """Returns a token that was right yesterday."""
        now = int(time.time())
        return self.right(iat=now - DAY, nbf=now - DAY, exp=now - DAY + LIFETIME)

    def unsigned(self) -> str:
        """Returns a token with the algorithm `none`."""
        return jwt.encode(self.claims(), "", algorithm="none", headers={"kid": KEY_ID})

    def signed_with_public_key(self) -> str:
        """Returns a token whose HMAC secret is the issuer's public key: it fools verifiers that believe the header."""
        public = self.issuer.key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
        head, body = _encoded({"alg": "HS256", "typ": "JWT", "kid": KEY_ID}), _encoded(self.claims())
        mac = hmac.new(public, f"{head}.{body}".encode(), hashlib.sha256).digest()
        return f"{head}.{body}.{_base64(mac)}"

    def other_algorithm(self) -> str:
        """Returns a token that the issuer's key signed with RS512."""
        return jwt.encode(self.claims(), self.issuer.key, algorithm="RS512", headers={"kid": KEY_ID})

    def forged(self, key_id: str = KEY_ID) -> str:
        """Returns a token that another key signed."""
        return self.issuer.signed(self.claims(), key=foreign_key(), key_id=key_id)

    def altered(self) -> str:
        """Returns a token without scopes whose payload was replaced by one with every scope."""
        head, _, signature = self.right(scopes=()).split(".")
        return f"{head}.{_encoded(self.claims(sub='rehearsal-intruder'))}.{signature}"

    def cut(self) -> str:
        """Returns a right token without its signature."""
        return self.right().rpartition(".")[0] + "."


def _encoded(document: Mapping[str, Any]) -> str:
    return _base64(json.dumps(document).encode())


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
