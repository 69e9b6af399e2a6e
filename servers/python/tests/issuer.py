"""An issuer of tokens for tests: signing keys, tokens right and wrong, and the document with the public keys."""

import base64
import contextlib
import functools
import hashlib
import hmac
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import jwt
import kit
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import RSAAlgorithm

ISSUER = "https://issuer.example.com/tenant/"
AUDIENCE = kit.ENVIRONMENT["MCP_CANONICAL_URL"]
SUBJECT, CLIENT = "user-4711", "client-42"


@functools.cache
def private_key(name: str) -> rsa.RSAPrivateKey:
    """Returns the key of that name, made once per test run; `short` has 1024 bits."""
    bits = 1024 if name == "short" else 2048
    return rsa.generate_private_key(public_exponent=65537, key_size=bits)


def jwk(name: str, **changes: Any) -> dict[str, Any]:
    """Returns the public half as the issuer publishes it."""
    public = RSAAlgorithm.to_jwk(private_key(name).public_key(), as_dict=True)
    return {**public, "kid": name, "use": "sig", "alg": "RS256", **changes}


def claims(**changes: Any) -> dict[str, Any]:
    """Claims of a right token with changes; None leaves a claim out, times are seconds from now."""
    right = {"iss": ISSUER, "aud": AUDIENCE, "sub": SUBJECT, "client_id": CLIENT, "exp": 300, "nbf": 0}
    given = {name: value for name, value in {**right, **changes}.items() if value is not None}
    return given | {name: int(time.time()) + given[name] for name in ("exp", "nbf", "iat") if name in given}


def token(key: str = "first", **changes: Any) -> str:
    """Returns a token signed with that key."""
    return jwt.encode(claims(**changes), private_key(key), "RS256", headers={"kid": key})


def signed_with_the_public_key(key: str = "first") -> str:
    """Returns a token whose HS256 secret is the public key, which anybody has."""
    public = private_key(key).public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = f"{_encoded({'alg': 'HS256', 'typ': 'JWT', 'kid': key})}.{_encoded(claims())}"
    return f"{signed}.{_text(hmac.digest(public, signed.encode(), hashlib.sha256))}"


def unsigned(key: str = "first") -> str:
    """Returns a token with the algorithm `none`."""
    return f"{_encoded({'alg': 'none', 'kid': key})}.{_encoded(claims())}."


def signed_on_a_curve(key: str = "first") -> str:
    """Returns an ES256 token."""
    return jwt.encode(claims(), ec.generate_private_key(ec.SECP256R1()), "ES256", headers={"kid": key})


def tampered(**changes: Any) -> str:
    """Returns a right token whose claims were changed after signing."""
    head, _, signature = token().split(".")
    return f"{head}.{_encoded(claims(**changes))}.{signature}"


def _encoded(part: dict[str, Any]) -> str:
    return _text(json.dumps(part).encode())


def _text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


class Issuer:
    """Publishes keys on loopback; `status` and `keys` may change while it runs."""

    def __init__(self) -> None:
        self.keys: list[Any] = [jwk("first")]
        self.status = 200
        self.asked = 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                issuer.asked += 1
                body = json.dumps({"keys": issuer.keys}).encode()
                self.send_response(issuer.status)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/keys"
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()

    def stop(self) -> None:
        """Closes the port."""
        self._server.shutdown()
        self._server.server_close()

    def environment(self, **scopes: list[str]) -> dict[str, str]:
        """Variables of a server that trusts this issuer."""
        variables = {"MCP_ISSUER": ISSUER, "MCP_JWKS_URL": self.url}
        return variables | ({"MCP_TOOL_SCOPES": json.dumps(scopes)} if scopes else {})


@contextlib.contextmanager
def issuing() -> Iterator[Issuer]:
    """An issuer that runs."""
    issuer = Issuer()
    try:
        yield issuer
    finally:
        issuer.stop()
