"""How a load balancer's `jwt-validation` action judges a bearer token.

Elastic Load Balancing guide, "Verify JWTs using an Application Load Balancer": RS256 only; `iss` and `exp` always,
`nbf` and `iat` where a token has them, then up to ten additional claims, each in the one format that its rule names.
"""

from collections.abc import Mapping
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

Keys = Mapping[str, rsa.RSAPublicKey]
"""What the issuer publishes: keys by their ids."""

ALGORITHM = "RS256"


def token_problem(headers: Mapping[str, str], validation: Mapping[str, Any], keys: Keys) -> str:
    """Returns why the load balancer refuses a request's token; empty when it accepts it."""
    lowered = {name.lower(): value for name, value in headers.items()}
    scheme, _, token = lowered.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return "there is no bearer token"
    try:
        header = jwt.get_unverified_header(token)
        key = keys.get(str(header.get("kid")))
        if key is None:
            return "the issuer publishes no such key"
        # nosemgrep: no-token-without-verification - the load balancer checks the audience as a claim, below
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=validation["issuer"],
            options={"verify_aud": False, "require": ["iss", "exp"]},
        )
    except jwt.PyJWTError as error:
        return str(error)
    wrong = [claim["name"] for claim in validation.get("additionalClaims") or () if not _holds(claim, claims)]
    return f"claim {', '.join(wrong)} does not match" if wrong else ""


def _holds(claim: Mapping[str, Any], claims: Mapping[str, Any]) -> bool:
    """Tells whether a claim is in its format and has one of the accepted values: a text never matches a list."""
    found = claims.get(claim["name"])
    if claim["format"] == "string-array":
        held = set(found) if isinstance(found, list) else set()
    elif not isinstance(found, str):
        held = set()
    else:
        held = set(found.split()) if claim["format"] == "space-separated-values" else {found}
    return bool(held & set(claim["values"]))
