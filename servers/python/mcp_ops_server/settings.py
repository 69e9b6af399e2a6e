"""What a server is given: the variables of the server contract, read once and refused with every offender at once."""

import ipaddress
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from mcp_ops_server.reading import LAST_PORT, Reader, SettingsError, port_fits
from mcp_ops_server.sign_in_settings import SignInSettings

HEALTH_PATH: Final = "/health"
"""Path of the health check; no endpoint may take it."""
TRACES: Final = "MCP_TRACES"

_NAME = re.compile(r"[a-z0-9-]{1,20}")
_HOST = re.compile(r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
_ORIGIN = re.compile(rf"[a-z][a-z0-9+.-]*://(?:{_HOST.pattern})")
_PATH = re.compile(r"(?:/(?!\.{1,2}(?:/|$))[A-Za-z0-9._~-]+)+")  # no escapes, no dot segments


@dataclass(frozen=True, slots=True)
class Settings:
    """The contract's environment, checked."""

    server: str
    """`MCP_SERVER_NAME`: name of the server, `a-z`, `0-9`, `-`, at most 20 characters."""
    environment: str
    """`MCP_ENVIRONMENT`: `dev`, `staging` or `prod`."""
    host: str
    """`MCP_HOST`: IP address to bind. Default `0.0.0.0`."""
    port: int
    """`MCP_PORT`: TCP port to bind, 1 to 65535. Default 8000."""
    path: str
    """Path of the endpoint: the path of `MCP_CANONICAL_URL`."""
    canonical_url: str
    """`MCP_CANONICAL_URL`: the one public URL, `https://host/path`; also the token audience, unless that is given."""
    allowed_hosts: frozenset[str]
    """`MCP_ALLOWED_HOSTS`, lower case; the canonical host is always among them."""
    allowed_origins: frozenset[str]
    """`MCP_ALLOWED_ORIGINS`, lower case. Default: the canonical origin."""
    max_body_bytes: int
    """`MCP_MAX_BODY_BYTES`: largest request body, bytes, 1 to 64 MiB. Default 1 MiB."""
    drain_seconds: int
    """`MCP_DRAIN_SECONDS`: time for calls in flight after SIGTERM, 1 to 119. Default 110."""
    keepalive_seconds: int
    """`MCP_KEEPALIVE_SECONDS`: life of an idle connection, 1 to 4005. Default 305."""
    log_level: str
    """`MCP_LOG_LEVEL`: `debug`, `info`, `warning` or `error`. Default `info`."""
    metrics: bool = True
    """`MCP_METRICS`: whether log lines carry CloudWatch's embedded metrics, `emf` or `off`. Default `emf`."""
    traces: bool = False
    """`MCP_TRACES`: whether spans are exported, `otlp` or `off`. Default `off`."""
    sign_in: SignInSettings | None = None
    """`MCP_ISSUER` and what goes with it. Default: no sign-in."""

    @classmethod
    def from_environment(cls, environ: Mapping[str, str], secrets: Iterable[str] = ()) -> "Settings":
        """Reads the contract's variables.

        Args:
            environ: The process's environment.
            secrets: Names of further variables that must be set; their values are neither read nor shown.

        Raises:
            SettingsError: With one line for each variable that is missing or wrong.
        """
        read = Reader(environ)
        url = read.checked("MCP_CANONICAL_URL", None, _canonical_url) or urlsplit("https://invalid/mcp")
        origin = f"https://{url.netloc}"
        settings = cls(
            server=read.matching("MCP_SERVER_NAME", _NAME, "use 1 to 20 of a-z, 0-9 and -"),
            environment=read.one_of("MCP_ENVIRONMENT", None, ("dev", "staging", "prod")),
            host=read.checked("MCP_HOST", "0.0.0.0", _address) or "",  # noqa: S104 - a container serves on every address
            port=read.number("MCP_PORT", 8000, LAST_PORT),
            path=url.path,
            canonical_url=f"{origin}{url.path}",
            allowed_hosts=read.listed("MCP_ALLOWED_HOSTS", url.netloc, _HOST, "host or host:port") | {url.netloc},
            allowed_origins=read.listed("MCP_ALLOWED_ORIGINS", origin, _ORIGIN, "scheme://host or scheme://host:port"),
            max_body_bytes=read.number("MCP_MAX_BODY_BYTES", 1024 * 1024, 64 * 1024 * 1024),
            drain_seconds=read.number("MCP_DRAIN_SECONDS", 110, 119),
            keepalive_seconds=read.number("MCP_KEEPALIVE_SECONDS", 305, 4005),
            log_level=read.one_of("MCP_LOG_LEVEL", "info", ("debug", "info", "warning", "error")),
            metrics=read.one_of("MCP_METRICS", "emf", ("emf", "off")) == "emf",
            traces=read.one_of(TRACES, "off", ("otlp", "off")) == "otlp",
            sign_in=SignInSettings.read(read),
        )
        for name in secrets:
            read.secret(name)
        if read.problems:
            raise SettingsError(read.problems)
        return settings


def _address(value: str) -> str:
    try:
        return str(ipaddress.ip_address(value))
    except ValueError:
        raise ValueError("is not an IP address") from None


def _canonical_url(value: str) -> SplitResult:
    """Returns the URL with its host in lower case."""
    url = urlsplit(value)
    host = _HOST.fullmatch(url.netloc.lower())
    if url.scheme != "https" or host is None or not port_fits(host.group(1)):
        raise ValueError("is not https://host/path")
    if url.query or url.fragment or value.endswith(("?", "#")):
        raise ValueError("has a query or fragment; use https://host/path")
    if not _PATH.fullmatch(url.path):
        raise ValueError("has no plain path; use https://host/path without trailing slash")
    if url.path == HEALTH_PATH:
        raise ValueError(f"has the path of the health check, {HEALTH_PATH}; use another")
    return url._replace(netloc=url.netloc.lower())
