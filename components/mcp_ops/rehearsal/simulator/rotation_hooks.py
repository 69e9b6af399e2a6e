"""The endpoints that issue keys (docs/secrets.md): a rehearsal asks none of the user's, it answers in their place.

Every simulated hook checks the signature with simulated AWS KMS, issues one key per version, and knows which are valid.
A first value that it has not issued counts as supplied by the user.
"""

import base64
import contextlib
import functools
import hashlib
import io
import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from email.message import Message
from typing import Any
from unittest import mock

from mcp_ops.rehearsal.simulator.places import Place

SIGNATURE, STAMP, KEY = "Mcp-ops-signature", "Mcp-ops-timestamp", "Mcp-ops-key"
"""Headers of a request to a hook, as urllib keeps them."""

Client = Callable[[str, Place], Any]


@dataclass
class _Issued:
    """Keys of one secret."""

    by_version: dict[str, str] = field(default_factory=dict)
    revoked: set[str] = field(default_factory=set)


@contextlib.contextmanager
def installed(client: Client) -> Iterator[None]:
    """Answers signed requests until the end of the `with` block; every other request goes its way."""
    hooks: dict[str, _Issued] = {}
    original = urllib.request.OpenerDirector.open

    @functools.wraps(original)
    def opened(self: Any, fullurl: Any, *rest: Any, **named: Any) -> Any:
        if not isinstance(fullurl, urllib.request.Request) or not fullurl.has_header(SIGNATURE):
            return original(self, fullurl, *rest, **named)
        status, answer = _answered(client, hooks, fullurl)
        body = io.BytesIO(json.dumps(answer).encode())
        if status == 200:  # noqa: PLR2004 - the one good answer
            return body
        raise urllib.error.HTTPError(fullurl.full_url, status, "refused", Message(), body)

    with mock.patch.object(urllib.request.OpenerDirector, "open", opened):
        yield


def _answered(client: Client, hooks: dict[str, _Issued], request: urllib.request.Request) -> tuple[int, dict[str, str]]:
    body = request.data
    if not isinstance(body, bytes) or not _is_signed(client, request, body):
        return 401, {}
    question = json.loads(body)
    issued = hooks.setdefault(question["secret"], _Issued())
    value = question.get("value", "")
    if question["action"] == "create":
        serial = len(issued.by_version) + 1
        return 200, {"value": issued.by_version.setdefault(question["version"], f"rehearsal-key-{serial}")}
    if not issued.by_version:
        issued.by_version["supplied"] = value
    if question["action"] == "revoke":
        issued.revoked.add(value)
        return 200, {}
    known = value in issued.by_version.values() and value not in issued.revoked
    return (200 if known else 403), {}


def _is_signed(client: Client, request: urllib.request.Request, body: bytes) -> bool:
    key = str(request.get_header(KEY))
    region, account = key.split(":")[3:5]
    digest = hashlib.sha256(f"{request.get_header(STAMP)}.".encode() + body).digest()
    answer = client("kms", Place(account, region)).verify(
        KeyId=key,
        Message=digest,
        MessageType="DIGEST",
        Signature=base64.b64decode(str(request.get_header(SIGNATURE))),
        SigningAlgorithm="ECDSA_SHA_256",
    )
    return bool(answer["SignatureValid"])
