"""The access token that the gate brings (OAuth 2.1, client credentials)."""

import base64
import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import boto3
from botocore.config import Config

from .connection import Connection, Unreachable
from .protocol import OK

_LIMITS = Config(connect_timeout=3, read_timeout=5, retries={"max_attempts": 2})


def token_for(url: str, secret_arn: str) -> str:
    """Returns a token for the server at its canonical `url`, for the client that the secret holds.

    The secret is JSON with `token_endpoint`, `client_id` and `client_secret`, and where the issuer wants it `scope` and
    `resource` (default: the url). Raises `Unreachable` where the issuer gives none.
    """
    reply = boto3.client("secretsmanager", config=_LIMITS).get_secret_value(SecretId=secret_arn)
    client: Mapping[str, Any] = json.loads(reply["SecretString"])
    form = {"grant_type": "client_credentials", "resource": client.get("resource", url)}
    if "scope" in client:
        form["scope"] = client["scope"]
    pair = ":".join(quote(client[key], safe="") for key in ("client_id", "client_secret"))
    headers = {
        "Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}",
        "Content-Type": "application/x-www-form-urlencoded",
        "Accept": "application/json",
    }
    issuer = Connection(client["token_endpoint"])
    query = urlsplit(issuer.url).query
    answer = issuer.request("POST", issuer.path + (f"?{query}" if query else ""), headers, urlencode(form).encode())
    issuer.close()
    if answer.status != OK:
        # nosemgrep: secret-value-stays-in-memory - a status, not the value
        raise Unreachable(f"the issuer of tokens answered {answer.status}")
    return str(json.loads(answer.body)["access_token"])
