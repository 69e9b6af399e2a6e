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
AUDIENCE: Final = "MCP_AUDIENCE"
AUDIENCE_SCOPE: Final = "MCP_AUDIENCE_SCOPE"

_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")  # scope-token of RFC 6749, section 3.3
_URL = re.compile(r"https?://[^/?#@]+(?:/[^?#]*)?(?:\?[^#]+)?")
_URL_TEXT = re.compile(r"[\x21-\x7e]{1,2048}")


@dataclass(frozen=True, slots=True)
class SignInSettings:
    """The variables of sign-in, checked."""

    issuer: str
    """`MCP_ISSUER`: issuer of the tokens, `https://`; compared with `iss` character by character."""
    jwks_url: str
    """`MCP_JWKS_URL`: where the issuer publishes its signing keys."""
    tool_scopes: Mapping[str, tuple[str, ...]]
    """`MCP_TOOL_SCOPES`: tool to the scopes that a token needs for it. A tool that is left out needs a token only."""
    audience: str | None = None
    """`MCP_AUDIENCE`: what `aud` of a token is or contains. Default: the canonical URL."""
    audience_scope: str | None = None
    """`MCP_AUDIENCE_SCOPE`: scope that stands for the audience; `aud` is not looked at. Default: none, `aud` counts."""

    @property
    def scopes(self) -> list[str]:
        """Every scope that a client may ask for, in order: of the tools, and the one that stands for the audience."""
        base = () if self.audience_scope is None else (self.audience_scope,)
        return sorted({scope for scopes in (base, *self.tool_scopes.values()) for scope in scopes})

    @classmethod
    def read(cls, read: Reader) -> "SignInSettings | None":
        """Returns the settings, or None when no variable of sign-in is set; problems are noted in the reader."""
        if not read.given(ISSUER):
            for name in filter(read.given, (JWKS_URL, TOOL_SCOPES, AUDIENCE, AUDIENCE_SCOPE)):
                read.note(name, f"needs {ISSUER}")
            return None
        if read.given(AUDIENCE) and read.given(AUDIENCE_SCOPE):
            read.note(AUDIENCE_SCOPE, f"stands for the audience, so {AUDIENCE} cannot be set too")
        return cls(
            issuer=read.checked(ISSUER, None, _issuer) or "",
            jwks_url=read.checked(JWKS_URL, None, _url, f"is required with {ISSUER}") or "",
            tool_scopes=read.checked(TOOL_SCOPES, "{}", _tool_scopes) or {},
            audience=read.checked(AUDIENCE, None, _audience) if read.given(AUDIENCE) else None,
            audience_scope=read.checked(AUDIENCE_SCOPE, None, _audience_scope) if read.given(AUDIENCE_SCOPE) else None,
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


def _audience(value: str) -> str:
    return holding(
        value, _URL_TEXT.fullmatch(value), "is not an audience; use 1 to 2048 characters without white space"
    )


def _audience_scope(value: str) -> str:
    return holding(value, _is_scope(value), "is not a scope; it has no white space, quotes or backslashes")


def _is_scope(value: object) -> bool:
    return isinstance(value, str) and _SCOPE.fullmatch(value) is not None
