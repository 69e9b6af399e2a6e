"""Bearer tokens: what makes one valid here, and the ones that were found valid a moment ago."""

import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt.exceptions import (
    ExpiredSignatureError,
    ImmatureSignatureError,
    InvalidAudienceError,
    InvalidIssuerError,
    InvalidSignatureError,
    MissingRequiredClaimError,
    PyJWTError,
)
from mcp.server.auth.provider import AccessToken

from mcp_ops_server.sign_in_settings import SignInSettings
from mcp_ops_server.signing_keys import SigningKeys

ALGORITHM: Final = "RS256"
LEEWAY_SECONDS: Final = 30.0
"""What the clocks of issuer and server may differ."""
_CACHED_TOKENS: Final = 1024
_REQUIRED: Final = ("exp", "iss", "sub")
_OTHER_AUDIENCE: Final = "the audience is another one"
_REASONS: Final[tuple[tuple[type[PyJWTError], str], ...]] = (
    (InvalidSignatureError, "the signature is wrong"),
    (ExpiredSignatureError, "the token is expired"),
    (ImmatureSignatureError, "the token is not yet valid"),
    (InvalidIssuerError, "the issuer is another one"),
    (InvalidAudienceError, _OTHER_AUDIENCE),
    (MissingRequiredClaimError, "a required claim is missing"),
)
_MALFORMED: Final = "the token is malformed"


class InvalidTokenError(Exception):
    """The token is not accepted; the text is a fixed sentence without data of the token."""


class TokenVerifier:
    """Verifies RS256 tokens of one issuer for one audience, which is a claim or a scope."""

    def __init__(self, settings: SignInSettings, canonical_url: str, keys: SigningKeys) -> None:
        self._issuer = settings.issuer
        self._resource = canonical_url
        self._audience_scope = settings.audience_scope
        self._audience = None if settings.audience_scope else settings.audience or canonical_url
        self._keys = keys
        self._generation = 0
        self._valid: OrderedDict[bytes, AccessToken] = OrderedDict()

    async def verify(self, token: str) -> AccessToken:
        """Returns who calls, with which scopes.

        Raises:
            InvalidTokenError: The token is not accepted.
            KeysUnavailableError: There is no key to verify it with.
        """
        digest = hashlib.sha256(token.encode()).digest()
        if (known := self._cached(digest)) is not None:
            return known
        key = await self._keys.find(_key_id(token))
        if key is None:
            raise InvalidTokenError("the signing key is unknown")
        access = self._verified(token, key)
        self._follow_keys()
        self._valid[digest] = access
        if len(self._valid) > _CACHED_TOKENS:
            self._valid.popitem(last=False)
        return access

    def _follow_keys(self) -> None:
        """Forgets what was verified with former keys."""
        if self._generation != self._keys.generation:
            self._generation = self._keys.generation
            self._valid.clear()

    def _cached(self, digest: bytes) -> AccessToken | None:
        """Returns a token that was verified with the present keys and has not expired since."""
        self._follow_keys()
        access = self._valid.get(digest)
        if access is None:
            return None
        if (access.expires_at or 0) + LEEWAY_SECONDS <= time.time():
            del self._valid[digest]
            return None
        self._valid.move_to_end(digest)
        return access

    def _verified(self, token: str, key: RSAPublicKey) -> AccessToken:
        try:
            claims = jwt.decode(
                token,
                key,
                algorithms=[ALGORITHM],
                audience=self._audience,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={
                    "require": [*_REQUIRED, *(["aud"] if self._audience else [])],
                    "verify_aud": self._audience is not None,
                    "verify_iat": False,
                },
            )
        except PyJWTError as error:
            reason = next((text for kind, text in _REASONS if isinstance(error, kind)), _MALFORMED)
            raise InvalidTokenError(reason) from None
        scopes = _scopes(claims)
        if self._audience_scope is not None and self._audience_scope not in scopes:
            raise InvalidTokenError(_OTHER_AUDIENCE)
        return AccessToken(
            token=token,
            client_id=_client_id(claims) or "",
            scopes=scopes,
            expires_at=int(claims["exp"]),
            resource=self._resource,
            subject=claims["sub"],
            claims=claims,
        )


def _key_id(token: str) -> str:
    """Returns the key id of a token whose header is right."""
    try:
        header = jwt.get_unverified_header(token)
    except PyJWTError:
        raise InvalidTokenError(_MALFORMED) from None
    if header.get("alg") != ALGORITHM:
        raise InvalidTokenError(f"the algorithm is not {ALGORITHM}")
    if not isinstance(header.get("kid"), str) or "crit" in header:
        raise InvalidTokenError(_MALFORMED)
    return str(header["kid"])


def _client_id(claims: Mapping[str, Any]) -> str | None:
    """Returns the client: `client_id` (RFC 9068), else `azp` (OpenID Connect)."""
    named = (claims.get(name) for name in ("client_id", "azp"))
    return next((value for value in named if isinstance(value, str)), None)


def _scopes(claims: Mapping[str, Any]) -> list[str]:
    """Returns the scopes: `scope`, separated by spaces (RFC 9068), or `scp`, a list (Okta) or text (Entra)."""
    found: list[str] = []
    for given in (claims.get("scope"), claims.get("scp")):
        if isinstance(given, str):
            found += given.split()
        elif isinstance(given, list):
            found += [scope for scope in given if isinstance(scope, str)]
    return found
