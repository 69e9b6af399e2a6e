"""HTTP with time limits, verified certificates, no redirects, and a cap on what is read."""

import http.client
import ipaddress
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

MAX_BYTES = 4_000_000
"""Most that is read of an answer."""
SECONDS = 5.0
"""How long each step may take: connecting, sending, every part of the answer."""


class Unreachable(Exception):
    """There was no answer, or none that a server of ours would give: nothing to judge yet."""


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    seconds: float
    tls: Mapping[str, Any] = field(default_factory=dict)
    """As the connection has it."""


@dataclass
class Connection:
    """A connection to one address, opened by the first request and kept."""

    url: str
    """`https://host[:port]/path`; plain HTTP for a loopback address only."""
    seconds: float = SECONDS
    tls: Mapping[str, Any] = field(default_factory=dict)
    """Without TLS empty; else `version` and `days` until the certificate ends, known after the first request."""
    _open: http.client.HTTPConnection | None = None

    @property
    def path(self) -> str:
        """Path and query of the address."""
        parts = urlsplit(self.url)
        return f"{parts.path or '/'}{'?' + parts.query if parts.query else ''}"

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Sends one request.

        Raises:
            Unreachable: no connection, no valid certificate, no answer in time, no address to call, or a header that
                cannot be sent.
        """
        started = time.monotonic()
        try:
            response, content = self._exchanged(method, path, headers, body)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(f"{type(error).__name__}: {error}") from error
        except ValueError as error:
            self.close()
            # Its text quotes the header that cannot be sent, which may be a token.
            raise Unreachable(f"the request cannot be sent: {type(error).__name__}") from None
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, content, time.monotonic() - started, self.tls)

    def _exchanged(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes | None
    ) -> tuple[http.client.HTTPResponse, bytes]:
        connection = self._open = self._open or _connection(self.url, self.seconds)
        connection.request(method, path, body, dict(headers))
        self.tls = self.tls or _tls(connection.sock)
        response = connection.getresponse()
        content = response.read(MAX_BYTES)
        if not response.isclosed():
            self.close()  # what is left of a longer answer would be read as the next one
        return response, content

    def close(self) -> None:
        """Closes it; the next request opens it again."""
        if self._open:
            self._open.close()
        self._open = None


def request(method: str, url: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
    """Sends one request on a connection of its own. Raises `Unreachable`."""
    connection = Connection(url)
    try:
        return connection.request(method, connection.path, headers, body)
    finally:
        connection.close()


def _connection(url: str, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" and host:
        return http.client.HTTPSConnection(host, parts.port, timeout=seconds, context=ssl.create_default_context())
    if parts.scheme == "http" and _is_loopback(host):
        return http.client.HTTPConnection(host, parts.port, timeout=seconds)
    raise Unreachable("the address is not https://")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tls(sock: Any) -> Mapping[str, Any]:
    if not isinstance(sock, ssl.SSLSocket):
        return {}
    # A certificate that was verified has an end.
    certificate: Any = sock.getpeercert()
    seconds = ssl.cert_time_to_seconds(certificate["notAfter"]) - time.time()
    return {"version": sock.version(), "days": round(seconds / 86_400, 1)}
