"""Credentials from Secrets Manager, and access tokens for client credentials (OAuth 2.1)."""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from .clients import aws
from .connection import Answer, Unreachable, request

_OK = 200
_EARLY_SECONDS = 60
"""A token is renewed this long before it ends."""

_tokens: dict[tuple[str, str], tuple[str, float]] = {}
"""Secret and resource -> token, and the time until which it is used; one warm function keeps it between calls."""


def secret_of(arn: str) -> Mapping[str, Any]:
    """Returns a secret that is a JSON object. It is read at each call: a rotated one works at once."""
    text = aws("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("the secret is no JSON object")  # noqa: TRY004 - a wrong value, not a wrong type of ours
    return value


def token_of(arn: str, resource: str = "") -> str:
    """Returns an access token for the client that the secret holds.

    The secret has `token_endpoint`, `client_id`, `client_secret`, and where the issuer wants it `scope` and `resource`.
    `resource` is what the token is for where the secret does not say it. Default: nothing.

    Raises:
        Unreachable: the issuer gives none.
    """
    token, until = _tokens.get((arn, resource), ("", 0.0))
    if time.monotonic() < until:
        return token
    held = secret_of(arn)
    asked = {"resource": held.get("resource", resource), "scope": held.get("scope", "")}
    form = {"grant_type": "client_credentials", **{key: value for key, value in asked.items() if value}}
    pair = ":".join(quote(held[key], safe="") for key in ("client_id", "client_secret"))
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    token, seconds = _granted(request("POST", held["token_endpoint"], headers, urlencode(form).encode()))
    _tokens[arn, resource] = token, time.monotonic() + seconds - _EARLY_SECONDS
    return token


def _granted(answer: Answer) -> tuple[str, float]:
    """Returns the token of an answer and the seconds that it holds."""
    if answer.status != _OK:
        raise Unreachable(f"the issuer of tokens answered {answer.status}")
    try:
        granted = json.loads(answer.body)
        return str(granted["access_token"]), float(granted.get("expires_in") or 0)
    except (AttributeError, KeyError, TypeError, ValueError):
        # Neither the cause nor its text goes on: either may quote the token.
        raise Unreachable("the issuer of tokens answered without a token") from None
