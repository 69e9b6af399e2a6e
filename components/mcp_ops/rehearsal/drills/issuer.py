"""An authorization server for drills: it signs tokens with a key made for the drill, published on loopback."""

import contextlib
import functools
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from mcp_ops.rehearsal.drills.loopback import answering

KEY_BITS: Final = 2048
"""The least that AWS's jwt-validation and NIST SP 800-131A accept."""
KEY_ID: Final = "rehearsal"
LIFETIME: Final = 300
"""Seconds that a drill's token is valid."""


@dataclass(frozen=True)
class Issuer:
    """Signs tokens as the issuer that the stack trusts would."""

    key: rsa.RSAPrivateKey
    jwks_url: str
    """Where the public key stands while the issuer is up: `http://127.0.0.1:<port>/jwks.json`."""

    def claims(
        self, issuer: str, audience: str, scopes: Iterable[str] = (), lifetime: int = LIFETIME
    ) -> dict[str, Any]:
        """Returns the claims of a token that is valid from now on for `lifetime` seconds."""
        now = int(time.time())
        return {
            "iss": issuer,
            "aud": audience,
            "sub": "rehearsal-user",
            "client_id": "rehearsal-client",
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "scope": " ".join(sorted(scopes)),
        }

    def signed(self, claims: Mapping[str, Any], *, key: rsa.RSAPrivateKey | None = None, key_id: str = KEY_ID) -> str:
        """Returns a token with these claims, signed by the issuer's key or another one."""
        return jwt.encode(dict(claims), key or self.key, algorithm="RS256", headers={"kid": key_id})


def new_key() -> rsa.RSAPrivateKey:
    """Returns a fresh RSA key."""
    return rsa.generate_private_key(public_exponent=65537, key_size=KEY_BITS)


@functools.cache
def _own_key() -> rsa.RSAPrivateKey:
    """Returns the key of the drills: made once in a process, and nowhere kept."""
    return new_key()


def jwks_of(key: rsa.RSAPrivateKey) -> dict[str, Any]:
    """Returns the public half of a key as a JSON Web Key Set."""
    public = RSAAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return {"keys": [{**public, "kid": KEY_ID, "alg": "RS256", "use": "sig"}]}


@contextlib.contextmanager
def issuing() -> Iterator[Issuer]:
    """Publishes a fresh key on loopback until the end of the block."""
    key = _own_key()
    with answering("GET", jwks_of(key)) as address:
        yield Issuer(key, f"{address}/jwks.json")
