"""One signed request to an endpoint of the user's.

The body is JSON. `Mcp-Ops-Signature` is the base64 of an ECDSA signature (P-256, SHA-256, DER) over the text
`<Mcp-Ops-Timestamp>.<body>`; `Mcp-Ops-Key` names the key in AWS KMS, whose public half verifies it.
"""

import base64
import hashlib
import http.client
import json
import os
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any

from mcp_function_kit.clients import aws

from .vault import Refused

TIMEOUT_SECONDS = 20
LONGEST_ANSWER = 65_536


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    """A redirect would take a secret to an address that nobody configured."""

    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follows nothing."""


def called(url: str, question: Mapping[str, str]) -> dict[str, Any]:
    """Returns the hook's answer. Raises `Refused` for anything but a JSON object with status 200."""
    if not url.startswith("https://"):
        raise Refused(f"the hook {url} is not reached by https")
    body = json.dumps(question, sort_keys=True, separators=(",", ":")).encode()
    request = urllib.request.Request(url, data=body, headers=_signed(body), method="POST")  # noqa: S310 - https only, checked above
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        with opener.open(request, timeout=TIMEOUT_SECONDS) as response:
            text = response.read(LONGEST_ANSWER)
        answer = json.loads(text)
    except urllib.error.HTTPError as error:
        raise Refused(f"the hook answered {question['action']} with status {error.code}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        # Neither the cause nor its text goes on: either may quote the answer, and with it a key.
        raise Refused(f"the hook gave no answer to {question['action']}: {type(error).__name__}") from None
    if not isinstance(answer, dict):
        raise Refused(f"the hook's answer to {question['action']} is no JSON object")
    return answer


def _signed(body: bytes) -> dict[str, str]:
    stamp, key = str(int(time.time())), os.environ["HOOK_KEY_ARN"]
    digest = hashlib.sha256(f"{stamp}.".encode() + body).digest()
    signature = aws("kms").sign(KeyId=key, Message=digest, MessageType="DIGEST", SigningAlgorithm="ECDSA_SHA_256")[
        "Signature"
    ]
    return {
        "Content-Type": "application/json",
        "Mcp-Ops-Timestamp": stamp,
        "Mcp-Ops-Key": key,
        "Mcp-Ops-Signature": base64.b64encode(signature).decode(),
    }
