"""Sign-in at the gateway: whose tokens count, what must stand in them, and what clients are told. Pure."""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from mcp_ops.errors import Offences
from mcp_ops.hosting.identity_providers import (
    APPLICATION_AUDIENCE,
    BASE_SCOPE,
    FORMATS,
    GENERIC,
    PRESETS,
    SCOPE_AUDIENCE,
    SINGLE,
    SPACED,
    USUAL_FORMATS,
    IdentityProvider,
    unknown_preset,
)
from mcp_ops.inputs import Inputs

WELL_KNOWN = "/.well-known/oauth-protected-resource"
"""Where the metadata of a protected resource stands (RFC 9728): followed by the server's path, and alone."""

MAX_METADATA_BYTES = 1024
"""Size of a fixed response's body (API reference of FixedResponseActionConfig)."""

MAX_PATTERN = 128
"""Characters of a path in a listener rule (API reference of RuleCondition)."""

MAX_CLAIMS = 10
"""Claims besides iss, exp, nbf and iat (API reference of JwtValidationActionConfig); the audience is one of them."""

MAX_VALUES = 10
MAX_TEXT = 256
"""Values of a claim, and characters of a value or address (API reference of JwtValidationActionAdditionalClaim)."""

REJECT, FORWARD = "reject", "forward"
UNAUTHENTICATED = (REJECT, FORWARD)
"""What happens to a request without bearer token."""

CHECKED_ANYWAY = ("aud", "exp", "iat", "iss", "nbf")

_SCOPE = re.compile(r"[\x21\x23-\x5B\x5D-\x7E]+")
_SCOPE_RULE = "is not a scope: printable ASCII without space, quotation mark and backslash (RFC 6749)"
_HTTPS = re.compile(r"https://[a-z0-9.-]+(:\d{1,5})?(/[^\s?#]*)?")
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class SignInArgs(TypedDict):
    """How callers of a server sign in."""

    issuer: pulumi.Input[str]
    """Issuer of the access tokens, exactly as they carry it in `iss`; https, at most 256 characters."""
    preset: NotRequired[str]
    """`auth0`, `cognito`, `entra`, `keycloak` or `okta`: knows the provider's keys and claims. Default: none."""
    jwks_url: NotRequired[pulumi.Input[str]]
    """Address of the keys that sign tokens, reachable from the internet; at most 10 keys and 150 KB. Default: the
    preset's; required without one."""
    audience: NotRequired[str]
    """What tokens carry in `aud`. Default, and the only choice but for Entra: the canonical URL. Entra: the id of the
    server's app registration."""
    scopes: NotRequired[Mapping[str, list[str]]]
    """Tool -> scopes that a caller needs for it, all of them. The server enforces them; clients learn them from the
    metadata. A tool that is not named needs none."""
    claims: NotRequired[Mapping[str, list[str]]]
    """Claim -> accepted values, 1 to 10. At most 9 claims besides the audience."""
    claim_formats: NotRequired[Mapping[str, str]]
    """Claim -> `single-string`, `string-array` or `space-separated-values`, where it is not the usual format; `aud` is
    `string-array` where tokens name several audiences."""
    unauthenticated: NotRequired[str]
    """`reject`: the gateway answers a request without token with 401. `forward`: the server does, with its own
    `WWW-Authenticate`; every server kit can. Default `reject`, which is safe for any image."""
    root_metadata: NotRequired[bool]
    """Whether the metadata also stands at the root form of its path; of several servers on one host, none can. Default
    true."""


@dataclass(frozen=True)
class Claim:
    """What must stand in a token."""

    name: str
    format: str
    values: tuple[str, ...]


@dataclass(frozen=True)
class SignInPlan:
    """What sign-in means for one server."""

    url: str
    """Canonical URL of the server."""
    provider: IdentityProvider
    claims: tuple[Claim, ...]
    """The audience first, then the others by name."""
    tool_scopes: Mapping[str, tuple[str, ...]]
    """Scopes by tool, as tokens carry them."""
    requested_scopes: tuple[str, ...]
    """Scopes as clients ask for them, sorted."""
    metadata_paths: tuple[str, ...]
    forwards_unauthenticated: bool


def plan_sign_in(offences: Offences, args: SignInArgs, url: str) -> SignInPlan:
    """Decides on the sign-in of the server at `url` and notes what is wrong."""
    inputs = Inputs("", args, SignInArgs, offences)
    provider = _provider(inputs)
    scopes = _scopes(inputs)
    base = (BASE_SCOPE,) if provider.audience == SCOPE_AUDIENCE else ()
    every = sorted({*base, *(scope for needed in scopes.values() for scope in needed)})
    plan = SignInPlan(
        url=url,
        provider=provider,
        claims=_claims(inputs, provider, url),
        tool_scopes={
            tool: tuple(provider.scopes_in_tokens.format(url=url, scope=scope) for scope in needed)
            for tool, needed in scopes.items()
        },
        requested_scopes=tuple(provider.scopes_requested.format(url=url, scope=scope) for scope in every),
        metadata_paths=_metadata_paths(inputs, url),
        forwards_unauthenticated=inputs.choice("unauthenticated", REJECT, UNAUTHENTICATED) == FORWARD,
    )
    issuer, jwks = args.get("issuer"), args.get("jwks_url")
    # Without preset the keys must be given; an unknown preset has been noted already.
    needed = provider.jwks_url is None and "preset" not in args
    offences.check(inputs.has("jwks_url") or not needed, "jwks_url", None, "is missing; give it, or a preset")
    if isinstance(jwks, str):
        check_jwks_url(offences, plan, jwks)
    if isinstance(issuer, str):
        check_issuer(offences, plan, issuer)
    return plan


def check_issuer(offences: Offences, plan: SignInPlan, issuer: str) -> None:
    """Notes what is wrong with an issuer, or with the metadata that names it."""
    provider = plan.provider
    if not issuer.startswith("https://"):
        offences.add("issuer", issuer, "does not start with https://")
    else:
        offences.check(provider.issuer.fullmatch(issuer), "issuer", issuer, provider.issuer_rule)
    _check_length(offences, "issuer", issuer)
    size = len(metadata(plan, issuer).encode())
    rule = f"makes metadata of {size} bytes; a fixed response takes {MAX_METADATA_BYTES}: name fewer or shorter scopes"
    offences.check(size <= MAX_METADATA_BYTES, "scopes", list(plan.requested_scopes), rule)


def check_jwks_url(offences: Offences, _plan: SignInPlan, jwks_url: str) -> None:
    """Notes what is wrong with the address of the keys."""
    offences.check(_HTTPS.fullmatch(jwks_url), "jwks_url", jwks_url, "is not an address; write it as https://host/path")
    _check_length(offences, "jwks_url", jwks_url)


def check_metadata_path(offences: Offences, where: str, path: str) -> None:
    """Notes a path of an endpoint that leaves no room for the well-known path before it."""
    room = MAX_PATTERN - len(WELL_KNOWN)
    rule = f"is {len(path)} characters long; behind {WELL_KNOWN}, a listener rule takes {room}"
    offences.check(len(path) <= room, where, path, rule)


def url_path(url: str) -> str:
    """Returns the path of a canonical URL."""
    return "/" + url.removeprefix("https://").partition("/")[2]


def metadata(plan: SignInPlan, issuer: str) -> str:
    """Returns the document that tells clients where tokens come from (RFC 9728), as compact JSON."""
    document: dict[str, object] = {"resource": plan.url, "authorization_servers": [issuer]}
    if plan.requested_scopes:
        document["scopes_supported"] = list(plan.requested_scopes)
    return _compact({**document, "bearer_methods_supported": ["header"]})


def refusal(plan: SignInPlan) -> str:
    """Returns the body of the answer to a request without token: an error of JSON-RPC that says where to go."""
    path = url_path(plan.url)
    where = {"resource_metadata": f"{plan.url.removesuffix(path)}{WELL_KNOWN}{path}"}
    error = {"code": -32000, "message": "Unauthorized: a bearer token is required", "data": where}
    return _compact({"jsonrpc": "2.0", "id": None, "error": error})


def tool_scopes(plan: SignInPlan) -> str:
    """Returns the scopes by tool as the server contract carries them: a JSON object, sorted."""
    return _compact({tool: list(plan.tool_scopes[tool]) for tool in sorted(plan.tool_scopes)})


def _compact(document: Mapping[str, object]) -> str:
    return json.dumps(document, separators=(",", ":"))


def _provider(inputs: Inputs) -> IdentityProvider:
    preset = inputs.text("preset", re.compile(r".+"), "is not the name of a preset")
    if preset and preset not in PRESETS:
        inputs.offences.add("preset", preset, unknown_preset(preset))
    return PRESETS.get(preset, GENERIC)


def _scopes(inputs: Inputs) -> dict[str, tuple[str, ...]]:
    found = {}
    for tool, needed in _lists(inputs, "scopes").items():
        where = f"scopes.{tool}"
        inputs.offences.check(tool, where, tool, "is not the name of a tool")
        inputs.offences.check(needed, where, list(needed), "names no scope; leave the tool out")
        for scope in needed:
            inputs.offences.check(_SCOPE.fullmatch(scope), where, scope, _SCOPE_RULE)
        found[tool] = needed
    return found


def _claims(inputs: Inputs, provider: IdentityProvider, url: str) -> tuple[Claim, ...]:
    offences = inputs.offences
    formats = {**USUAL_FORMATS, **provider.formats, **_formats(inputs)}
    name, value = _audience(inputs, provider, url)
    given = _lists(inputs, "claims")
    rule = f"are {len(given)} claims; with the audience, a load balancer checks {MAX_CLAIMS}"
    offences.check(len(given) < MAX_CLAIMS, "claims", sorted(given), rule)
    for claim, values in given.items():
        where = f"claims.{claim}"
        offences.check(claim not in CHECKED_ANYWAY, where, claim, "is checked anyway; leave it out")
        free = claim != name or claim in CHECKED_ANYWAY
        offences.check(free, where, claim, "stands for the audience here; leave it out")
        fits = 0 < len(values) <= MAX_VALUES
        offences.check(fits, where, list(values), f"has {len(values)} values; 1 to {MAX_VALUES} are possible")
        _check_values(offences, where, values, formats.get(claim, SINGLE))
    wanted = {name: (value,), **{claim: given[claim] for claim in sorted(given)}}
    return tuple(Claim(claim, formats.get(claim, SINGLE), values) for claim, values in wanted.items())


def _audience(inputs: Inputs, provider: IdentityProvider, url: str) -> tuple[str, str]:
    """Returns the claim that names the server, and what must stand in it."""
    given = inputs.text("audience", re.compile(r".+"), "is not text")
    if provider.audience == APPLICATION_AUDIENCE:
        carried = "tokens of this provider carry the id of the server's app registration, a GUID"
        rule = f"is no such id; {carried}" if given else f"is missing; {carried}"
        inputs.offences.check(_GUID.fullmatch(given), "audience", given or None, rule)
        return "aud", given
    rule = f"differs from the canonical URL {url}; leave it out, and have the issuer name that URL"
    inputs.offences.check(given in ("", url), "audience", given, rule)
    if provider.audience == SCOPE_AUDIENCE:
        return "scope", provider.scopes_in_tokens.format(url=url, scope=BASE_SCOPE)
    return "aud", url


def _formats(inputs: Inputs) -> dict[str, str]:
    given = inputs.mapping("claim_formats")
    for claim, chosen in given.items():
        inputs.offences.check(
            chosen in FORMATS, f"claim_formats.{claim}", chosen, f"is not one of {', '.join(FORMATS)}"
        )
    return {claim: chosen for claim, chosen in given.items() if isinstance(chosen, str)}


def _lists(inputs: Inputs, key: str) -> dict[str, tuple[str, ...]]:
    """Returns a map of lists of plain strings; what is none of it is noted."""
    found = {}
    for name, values in inputs.mapping(key).items():
        if isinstance(values, str) or not isinstance(values, Sequence) or not all(isinstance(v, str) for v in values):
            inputs.offences.add(f"{key}.{name}", values, "is not a list of plain strings")
        else:
            found[name] = tuple(values)
    return found


def _check_values(offences: Offences, where: str, values: Sequence[str], claim_format: str) -> None:
    for value in values:
        _check_length(offences, where, value)
        whole = claim_format != SPACED or " " not in value
        offences.check(value and whole, where, value, "is empty or has a space; give each value by itself")


def _check_length(offences: Offences, where: str, text: str) -> None:
    rule = f"is {len(text)} characters long; a load balancer takes {MAX_TEXT}"
    offences.check(len(text) <= MAX_TEXT, where, text, rule)


def _metadata_paths(inputs: Inputs, url: str) -> tuple[str, ...]:
    path = WELL_KNOWN + url_path(url)
    return (path, WELL_KNOWN) if inputs.flag("root_metadata", default=True) else (path,)
