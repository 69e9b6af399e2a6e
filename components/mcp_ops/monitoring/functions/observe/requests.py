"""HTTP with a time limit, verified certificates, no redirects and a cap on what is read."""

import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

MAX_BYTES = 4_000_000
"""Most that is read of an answer."""

_LOOPBACK = frozenset({"127.0.0.1", "::1", "localhost"})


class Unreachable(Exception):
    """There was no answer."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    seconds: float
    certificate_days: float | None
    """Days until the certificate ends; None without TLS."""


def request(
    method: str, url: str, headers: Mapping[str, str], body: bytes | None = None, seconds: float = 5.0
) -> Answer:
    """Sends one request. Plain HTTP is for a loopback address only.

    Raises:
        Unreachable: no connection, no valid certificate, no answer in time, or no address to call.
    """
    connection, path = _connection(url, seconds)
    started = time.monotonic()
    try:
        connection.request(method, path, body, dict(headers))
        days = _certificate_days(connection.sock)
        response = connection.getresponse()
        content = response.read(MAX_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise Unreachable(f"{type(error).__name__}: {error}") from error
    finally:
        connection.close()
    named = {name.lower(): value for name, value in response.getheaders()}
    return Answer(response.status, named, content, time.monotonic() - started, days)


def _connection(url: str, seconds: float) -> tuple[http.client.HTTPConnection, str]:
    parts = urlsplit(url)
    host, path = parts.hostname or "", f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"
    if parts.scheme == "https" and host:
        context = ssl.create_default_context()
        return http.client.HTTPSConnection(host, parts.port, timeout=seconds, context=context), path
    if parts.scheme == "http" and host in _LOOPBACK:
        return http.client.HTTPConnection(host, parts.port, timeout=seconds), path
    raise Unreachable("the address is not https://")


def _certificate_days(sock: Any) -> float | None:
    if not isinstance(sock, ssl.SSLSocket):
        return None
    certificate = sock.getpeercert() or {}
    ends = certificate.get("notAfter")
    return (ssl.cert_time_to_seconds(str(ends)) - time.time()) / 86_400 if ends else None
