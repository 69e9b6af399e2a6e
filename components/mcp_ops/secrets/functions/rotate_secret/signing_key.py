"""Key pairs for RS256 signatures: AWS KMS makes them, the public halves stand in a JWKS for whoever verifies."""

import base64
import hashlib
import json
import os
from collections.abc import Mapping
from typing import Any

from mcp_function_kit.clients import aws

from . import rsa
from .settings import store
from .strategy import Strategy
from .vault import CURRENT, Refused

PROBE = b"mcp-ops: does this key sign?"
_COLUMNS = 64


class SigningKey(Strategy):
    """The value is JSON: `kid`, and `privateKey` as PEM. Its public half is published before it is current."""

    def create(self) -> str:
        """Returns a new pair of keys from AWS KMS; the private half leaves it encrypted in transit only."""
        pair = aws("kms").generate_data_key_pair(KeyId=os.environ["KEY_ARN"], KeyPairSpec="RSA_2048")
        private = pair["PrivateKeyPlaintext"]
        return json.dumps({"kid": _jwk(rsa.read_private(private))["kid"], "privateKey": _pem(private)})

    def apply(self, value: str) -> None:
        """Publishes the new public half and the current one; that of the previous value ends here."""
        published = [value, self.vault.value_at(CURRENT)]
        keys = [_jwk(_private(item)) for item in published if item is not None]
        aws("ssm").put_parameter(Name=self._parameter, Value=json.dumps({"keys": keys}), Type="String", Overwrite=True)

    def test(self, value: str) -> None:
        """Signs with the private half, and verifies with what is published under its `kid`."""
        private = _private(value)
        kid = json.loads(value)["kid"]
        document = json.loads(aws("ssm").get_parameter(Name=self._parameter)["Parameter"]["Value"])
        published = [key for key in document["keys"] if key["kid"] == kid]
        if not published or not rsa.verifies(PROBE, rsa.sign(PROBE, private), *_numbers(published[0])):
            raise Refused(f"what key {kid} signs cannot be verified with what {self._parameter} publishes")

    @property
    def _parameter(self) -> str:
        return f"/{store()}/{self.name}/jwks"


def _private(value: str) -> rsa.PrivateKey:
    lines = json.loads(value)["privateKey"].splitlines()
    return rsa.read_private(base64.b64decode("".join(lines[1:-1])))


def _pem(der: bytes) -> str:
    text = base64.b64encode(der).decode()
    lines = [text[start : start + _COLUMNS] for start in range(0, len(text), _COLUMNS)]
    label = "PRIVATE KEY"
    return "\n".join((f"-----BEGIN {label}-----", *lines, f"-----END {label}-----", ""))


def _jwk(key: rsa.PrivateKey) -> dict[str, str]:
    """Returns the public half as a JSON Web Key; its id is its thumbprint (RFC 7638)."""
    numbers = {"e": _text(key.exponent), "kty": "RSA", "n": _text(key.modulus)}
    print_of = hashlib.sha256(json.dumps(numbers, sort_keys=True, separators=(",", ":")).encode()).digest()
    return {**numbers, "alg": "RS256", "kid": _base64url(print_of), "use": "sig"}


def _numbers(jwk: Mapping[str, Any]) -> tuple[int, int]:
    """Returns modulus and public exponent."""
    decoded = (base64.urlsafe_b64decode(jwk[part] + "==") for part in ("n", "e"))
    modulus, exponent = (int.from_bytes(part, "big") for part in decoded)
    return modulus, exponent


def _text(number: int) -> str:
    return _base64url(number.to_bytes((number.bit_length() + 7) // 8, "big"))


def _base64url(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
