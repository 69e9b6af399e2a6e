"""One HTTP connection: time limits, verified certificates, no redirects, a cap on what is read."""

import http.client
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

TEST_PORT = 8443
"""Port of the gateway's test listener."""
MAX_BYTES = 4_000_000
"""Most that is read of an answer."""
SECONDS = 10.0
"""How long one answer may take."""

_PLAIN = frozenset({"127.0.0.1", "::1", "localhost"})


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
        """Path of the address."""
        return urlsplit(self.url).path or "/"

    def request(self, method: str, path: str, headers: Mapping[str, str], body: bytes | None = None) -> Answer:
        """Sends one request.

        Raises:
            Unreachable: no connection, no valid certificate, no answer in time, or no address to call.
        """
        connection = self._open = self._open or _connection(self.url, self.seconds)
        started = time.monotonic()
        try:
            connection.request(method, path, body, dict(headers))
            self.tls = self.tls or _tls(connection.sock)
            response = connection.getresponse()
            content = response.read(MAX_BYTES)
        except (OSError, http.client.HTTPException) as error:
            self.close()
            raise Unreachable(f"{type(error).__name__}: {error}") from error
        named = {name.lower(): value for name, value in response.getheaders()}
        return Answer(response.status, named, content, time.monotonic() - started)

    def close(self) -> None:
        """Closes it; the next request opens it again."""
        if self._open:
            self._open.close()
        self._open = None


def _connection(url: str, seconds: float) -> http.client.HTTPConnection:
    parts = urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme == "https" and host:
        return http.client.HTTPSConnection(host, parts.port, timeout=seconds, context=ssl.create_default_context())
    if parts.scheme == "http" and (host in _PLAIN or host.startswith("127.")):
        return http.client.HTTPConnection(host, parts.port, timeout=seconds)
    raise Unreachable("the address is not https://")


def _tls(sock: Any) -> Mapping[str, Any]:
    if not isinstance(sock, ssl.SSLSocket):
        return {}
    ends = (sock.getpeercert() or {}).get("notAfter")
    days = (ssl.cert_time_to_seconds(str(ends)) - time.time()) / 86_400 if ends else 0.0
    return {"version": sock.version(), "days": round(days, 1)}
