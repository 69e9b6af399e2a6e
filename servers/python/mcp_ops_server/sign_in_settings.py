"""Who may call: issuer, signing keys and the scopes of tools, as the server contract gives them."""

import ipaddress
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from mcp_ops_server.reading import Reader, holding, shown

ISSUER: Final = "MCP_ISSUER"
JWKS_URL: Final = "MCP_JWKS_URL"
TOOL_SCOPES: Final = "MCP_TOOL_SCOPES"

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # scope-token of RFC 6749, section 3.3
_URL = re.compile(r"https?://[^/?#@]+(?:/[^?#]*)?(?:\?[^#]+)?")
_URL_TEXT = re.compile(r"[\x21-\x7e]{1,2048}")


@dataclass(frozen=True, slots=True)
class SignInSettings:
    """The variables of sign-in, checked. The audience is the canonical URL and has no variable of its own."""

    issuer: str
    """`MCP_ISSUER`: issuer of the tokens, `https://`; compared with `iss` character by character."""
    jwks_url: str
    """`MCP_JWKS_URL`: where the issuer publishes its signing keys."""
    tool_scopes: Mapping[str, tuple[str, ...]]
    """`MCP_TOOL_SCOPES`: tool to the scopes that a token needs for it. A tool that is left out needs a token only."""

    @property
    def scopes(self) -> list[str]:
        """Every scope of every tool, in order."""
        return sorted({scope for scopes in self.tool_scopes.values() for scope in scopes})

    @classmethod
    def read(cls, read: Reader) -> "SignInSettings | None":
        """Returns the settings, or None when no variable of sign-in is set; problems are noted in the reader."""
        if not read.given(ISSUER):
            for name in filter(read.given, (JWKS_URL, TOOL_SCOPES)):
                read.note(name, f"needs {ISSUER}")
            return None
        return cls(
            issuer=read.checked(ISSUER, None, _issuer) or "",
            jwks_url=read.checked(JWKS_URL, None, _url, f"is required with {ISSUER}") or "",
            tool_scopes=read.checked(TOOL_SCOPES, "{}", _tool_scopes) or {},
        )


def _issuer(value: str) -> str:
    return holding(_url(value), "?" not in value, "has a query; an issuer has none")


def _url(value: str) -> str:
    """Returns an https URL, or an http one of a loopback address."""
    if not _URL_TEXT.fullmatch(value) or not _URL.fullmatch(value):
        raise ValueError("is not https://host or https://host/path")
    try:
        url = urlsplit(value)
        host, _ = url.hostname or "", url.port
    except ValueError:
        raise ValueError("is not https://host or https://host/path") from None
    return holding(value, url.scheme == "https" or _is_loopback(host), "is not https; http is for loopback addresses")


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _tool_scopes(value: str) -> dict[str, tuple[str, ...]]:
    try:
        document = json.loads(value)
    except (ValueError, RecursionError):
        document = None
    if not isinstance(document, dict):
        raise ValueError('is not a JSON object of lists, {"tool": ["scope"]}')  # noqa: TRY004 - a broken rule, as all
    for tool, scopes in document.items():
        if not isinstance(scopes, list) or not scopes or not all(_is_scope(scope) for scope in scopes):
            raise ValueError(f"has no list of scopes for {shown(tool)}; leave the tool out where a token is enough")
    return {tool: tuple(dict.fromkeys(scopes)) for tool, scopes in document.items()}


def _is_scope(value: object) -> bool:
    return isinstance(value, str) and _SCOPE.fullmatch(value) is not None
