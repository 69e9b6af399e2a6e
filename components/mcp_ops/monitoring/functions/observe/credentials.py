"""Credentials from Secrets Manager, and access tokens for client credentials (OAuth 2.1)."""

import base64
import json
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

from .clients import aws
from .requests import Unreachable, request

_EARLY_SECONDS = 60
"""A token is renewed this long before it ends."""

_tokens: dict[str, tuple[str, float]] = {}
"""Secret -> token and the time until which it is used; one warm function keeps it between calls."""


def secret_of(arn: str) -> Mapping[str, Any]:
    """Returns a secret that is a JSON object. It is read at each call: a rotated one works at once."""
    text = aws("secretsmanager").get_secret_value(SecretId=arn)["SecretString"]
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("the secret is no JSON object")  # noqa: TRY004 - a wrong value, not a wrong type of ours
    return value


def token_of(arn: str) -> str:
    """Returns an access token for the client that the secret holds.

    The secret has `token_endpoint`, `client_id`, `client_secret`, and where the issuer wants it `scope` and `resource`.
    """
    token, until = _tokens.get(arn, ("", 0.0))
    if time.monotonic() < until:
        return token
    held = secret_of(arn)
    form = {"grant_type": "client_credentials", **{key: held[key] for key in ("scope", "resource") if key in held}}
    pair = f"{quote(held['client_id'], safe='')}:{quote(held['client_secret'], safe='')}"
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    answer = request("POST", held["token_endpoint"], headers, urlencode(form).encode())
    if answer.status != 200:  # noqa: PLR2004 - HTTP
        raise Unreachable(f"the issuer answered {answer.status}")
    granted = json.loads(answer.body)
    _tokens[arn] = (granted["access_token"], time.monotonic() + float(granted.get("expires_in", 0)) - _EARLY_SECONDS)
    return str(granted["access_token"])
