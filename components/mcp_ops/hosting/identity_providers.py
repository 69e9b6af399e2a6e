"""What identity providers do differently: where their keys stand, and how a token says whom it is for.

Sources: the providers' documentation of access tokens, read 2026-11; docs/sign-in.md says what to set up at each.
"""

import difflib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

SINGLE, ARRAY, SPACED = "single-string", "string-array", "space-separated-values"
FORMATS = (SINGLE, ARRAY, SPACED)
"""Formats of a claim (API reference of JwtValidationActionAdditionalClaim); a claim in another format is refused."""

URL_AUDIENCE, APPLICATION_AUDIENCE, SCOPE_AUDIENCE = "canonical URL", "application id", "scope"
"""How a token names the server: its URL in `aud`, an id that the provider chose in `aud`, or by a scope of it."""

BASE_SCOPE = "call"
"""Scope that every token for a server carries where the scope stands for the audience: `<canonical URL>/call`."""


@dataclass(frozen=True)
class IdentityProvider:
    """One kind of identity provider."""

    issuer: re.Pattern[str]
    issuer_rule: str
    """What an issuer that does not match lacks."""
    jwks_url: Callable[[str], str] | None
    """Address of the signing keys for an issuer; None when it has to be given."""
    audience: str = URL_AUDIENCE
    formats: Mapping[str, str] = field(default_factory=dict)
    """Format by claim, where it is not the usual one."""
    scopes_in_tokens: str = "{scope}"
    """A scope as tokens carry it; `{url}` is the canonical URL."""
    scopes_requested: str = "{scope}"
    """A scope as clients ask for it."""


USUAL_FORMATS: Mapping[str, str] = {"scope": SPACED, "groups": ARRAY, "permissions": ARRAY, "roles": ARRAY}
"""Format by claim; every other one is a single string (RFC 8693 for `scope`, RFC 9068 for the rest)."""

_HOST = r"https://[a-z0-9.-]+(:\d{1,5})?"

GENERIC = IdentityProvider(
    issuer=re.compile(rf"{_HOST}(/[^\s?#]*)?"),
    issuer_rule="is not an issuer; write it as https://host/path, exactly as tokens carry it in iss",
    jwks_url=None,
)
"""A provider without preset: the usual formats, and keys at an address that has to be given."""

PRESETS: Mapping[str, IdentityProvider] = {
    "auth0": IdentityProvider(
        issuer=re.compile(rf"{_HOST}/"),
        issuer_rule="is not an issuer of Auth0; it ends with a slash, such as https://tenant.eu.auth0.com/",
        jwks_url=lambda issuer: f"{issuer}.well-known/jwks.json",
    ),
    "cognito": IdentityProvider(
        issuer=re.compile(r"https://cognito-idp\.[a-z0-9-]+\.amazonaws\.com/[\w-]+"),
        issuer_rule="is not a user pool; write it like https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
        jwks_url=lambda issuer: f"{issuer}/.well-known/jwks.json",
        # Tokens of machine clients have no aud; a scope belongs to one resource server, whose id is the URL.
        audience=SCOPE_AUDIENCE,
        formats={"cognito:groups": ARRAY},
        scopes_in_tokens="{url}/{scope}",
        scopes_requested="{url}/{scope}",
    ),
    "entra": IdentityProvider(
        # Keys of all tenants are the same: the tenant in the issuer decides whose tokens count, so it is an id.
        issuer=re.compile(r"https://login\.microsoftonline\.com/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/v2\.0"),
        issuer_rule="is not a tenant's v2.0 issuer; write it like https://login.microsoftonline.com/<tenant id>/v2.0",
        jwks_url=lambda issuer: f"{issuer.removesuffix('/v2.0')}/discovery/v2.0/keys",
        # A v2.0 token carries the id of the server's app registration, whatever its Application ID URI is.
        audience=APPLICATION_AUDIENCE,
        formats={"scp": SPACED},
        scopes_requested="{url}/{scope}",
    ),
    "keycloak": IdentityProvider(
        issuer=re.compile(rf"{_HOST}(/[^\s?#/]+)*/realms/[^\s?#/]+"),
        issuer_rule="is not a realm; write it like https://login.example.com/realms/mcp",
        jwks_url=lambda issuer: f"{issuer}/protocol/openid-connect/certs",
        # The realm's default mapper adds `account`, and two audiences are a list.
        formats={"aud": ARRAY},
    ),
    "okta": IdentityProvider(
        issuer=re.compile(rf"{_HOST}/oauth2/[A-Za-z0-9]+"),
        issuer_rule="is not a custom authorization server; write it like https://company.okta.com/oauth2/default",
        jwks_url=lambda issuer: f"{issuer}/v1/keys",
        formats={"scp": ARRAY},
    ),
}
"""Providers by name."""


def unknown_preset(preset: str) -> str:
    """Returns the rule that an unknown preset breaks, with the nearest one that is known."""
    near = difflib.get_close_matches(preset, PRESETS, n=1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(PRESETS)}; any other issuer needs none"
    return f"is no preset; {hint}"
