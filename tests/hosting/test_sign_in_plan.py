"""Which sign-in is refused, and what clients are told."""

import json
from typing import Any

import pytest

from mcp_ops.errors import Offences
from mcp_ops.hosting.identity_providers import PRESETS
from mcp_ops.hosting.sign_in_plan import SignInPlan, metadata, plan_sign_in, refusal, tool_scopes
from tests.hosting.programs import ISSUER, sign_in

URL = "https://weather.dev.example.com/mcp"
APPLICATION = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
TENANT = "12345678-1234-1234-1234-123456789012"
ISSUERS = {
    "auth0": "https://tenant.eu.auth0.com/",
    "cognito": "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI",
    "entra": f"https://login.microsoftonline.com/{TENANT}/v2.0",
    "keycloak": ISSUER,
    "okta": "https://company.okta.com/oauth2/default",
}


def planned(**changes: Any) -> tuple[SignInPlan, list[str]]:
    offences = Offences()
    plan = plan_sign_in(offences, sign_in(**changes), URL)
    return plan, [str(offence) for offence in offences]


def refusals(**changes: Any) -> list[str]:
    return planned(**changes)[1]


def of_preset(preset: str, **changes: Any) -> SignInPlan:
    audience = {"audience": APPLICATION} if preset == "entra" else {}
    plan, refused = planned(preset=preset, issuer=ISSUERS[preset], **audience, **changes)
    assert refused == []
    return plan


def test_the_metadata_names_server_issuer_and_scopes() -> None:
    plan, refused = planned(scopes={"b": ["two", "one"], "a": ["one"]})

    assert refused == []
    assert json.loads(metadata(plan, ISSUER)) == {
        "resource": URL,
        "authorization_servers": [ISSUER],
        "scopes_supported": ["one", "two"],
        "bearer_methods_supported": ["header"],
    }
    assert "scopes_supported" not in json.loads(metadata(planned(scopes={})[0], ISSUER))


def test_the_metadata_stands_at_the_path_of_the_server_and_at_the_root() -> None:
    well_known = "/.well-known/oauth-protected-resource"
    assert planned()[0].metadata_paths == (f"{well_known}/mcp", well_known)
    assert planned(root_metadata=False)[0].metadata_paths == (f"{well_known}/mcp",)


def test_metadata_may_fill_a_fixed_response_and_not_a_byte_more() -> None:
    base = len(metadata(planned(scopes={"t": ["s"]})[0], ISSUER).encode()) - 1
    fitting = [letter * 200 for letter in "abcd"]
    last = 1024 - base - 4 * 203 + 3

    assert refusals(scopes={"t": [*fitting, "z" * (last - 3)]}) == []
    assert refusals(scopes={"t": [*fitting, "z" * (last - 2)]})[0].endswith(
        "makes metadata of 1025 bytes; a fixed response takes 1024: name fewer or shorter scopes"
    )


def test_a_request_without_token_is_told_where_to_go() -> None:
    error = json.loads(refusal(planned()[0]))
    assert (error["jsonrpc"], error["id"]) == ("2.0", None)
    assert -32099 <= error["error"]["code"] <= -32000
    assert error["error"]["data"] == {
        "resource_metadata": "https://weather.dev.example.com/.well-known/oauth-protected-resource/mcp"
    }


@pytest.mark.parametrize(
    ("preset", "jwks"),
    [
        ("auth0", "https://tenant.eu.auth0.com/.well-known/jwks.json"),
        ("cognito", f"{ISSUERS['cognito']}/.well-known/jwks.json"),
        ("entra", f"https://login.microsoftonline.com/{TENANT}/discovery/v2.0/keys"),
        ("keycloak", f"{ISSUER}/protocol/openid-connect/certs"),
        ("okta", "https://company.okta.com/oauth2/default/v1/keys"),
    ],
)
def test_a_preset_knows_where_the_keys_stand(preset: str, jwks: str) -> None:
    derive = of_preset(preset).provider.jwks_url
    assert derive is not None
    assert derive(ISSUERS[preset]) == jwks


@pytest.mark.parametrize(
    ("preset", "name", "claim_format", "value"),
    [
        ("auth0", "aud", "single-string", URL),
        ("cognito", "scope", "space-separated-values", f"{URL}/call"),
        ("entra", "aud", "single-string", APPLICATION),
        ("keycloak", "aud", "string-array", URL),
        ("okta", "aud", "single-string", URL),
    ],
)
def test_a_preset_knows_how_a_token_names_its_server(preset: str, name: str, claim_format: str, value: str) -> None:
    audience = of_preset(preset).claims[0]
    assert (audience.name, audience.format, audience.values) == (name, claim_format, (value,))


def test_scopes_are_named_as_tokens_carry_them_and_asked_for_as_the_provider_wants() -> None:
    cognito, entra = of_preset("cognito"), of_preset("entra")

    assert json.loads(tool_scopes(cognito)) == {"forecast": [f"{URL}/weather.read"]}
    assert cognito.requested_scopes == (f"{URL}/call", f"{URL}/weather.read")
    assert json.loads(tool_scopes(entra)) == {"forecast": ["weather.read"]}
    assert entra.requested_scopes == (f"{URL}/weather.read",)


def test_the_format_of_a_claim_is_the_usual_one_the_presets_or_the_given_one() -> None:
    claims = {"groups": ["staff"], "scp": ["read"], "tier": ["gold"], "scope": ["read"]}
    okta = {claim.name: claim.format for claim in of_preset("okta", claims=claims).claims}
    entra = {claim.name: claim.format for claim in of_preset("entra", claims=claims).claims}
    given = planned(claims=claims, claim_formats={"groups": "single-string", "aud": "single-string"})[0]

    assert (okta["groups"], okta["tier"]) == ("string-array", "single-string")
    assert (okta["scp"], entra["scp"], okta["scope"]) == (
        "string-array",
        "space-separated-values",
        "space-separated-values",
    )
    assert [claim.format for claim in given.claims if claim.name in {"aud", "groups"}] == ["single-string"] * 2


def test_the_audience_comes_first_and_the_other_claims_by_name() -> None:
    assert [claim.name for claim in planned(claims={"b": ["1"], "a": ["1"]})[0].claims] == ["aud", "a", "b"]


@pytest.mark.parametrize("preset", sorted(PRESETS))
def test_a_preset_refuses_the_issuer_of_another(preset: str) -> None:
    for other, issuer in ISSUERS.items():
        offences = Offences()
        plan_sign_in(offences, sign_in(preset=preset, issuer=issuer, audience=APPLICATION), URL)
        refused = [item for item in offences if item.where == "issuer"]
        assert bool(refused) == (preset != other), f"{preset}: {issuer}"


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"preset": "keycloack"}, "preset: keycloack is no preset; did you mean keycloak?"),
        (
            {"preset": "github", "jwks_url": "https://x.example/keys"},
            "preset: github is no preset; known: auth0, cognito, entra, keycloak, okta; any other issuer needs none",
        ),
        ({"issuer": "http://login.example.com/realms/mcp"}, "issuer: {issuer} does not start with https://"),
        (
            {"issuer": "https://login.example.com"},
            "issuer: {issuer} is not a realm; write it like https://login.example.com/realms/mcp",
        ),
        (
            {"issuer": f"https://login.example.com/realms/{'m' * 250}"},
            "issuer: {shown} is 283 characters long; a load balancer takes 256",
        ),
        ({"jwks_url": "login.example.com"}, "jwks_url: login.example.com is not an address; write it as "),
        (
            {"audience": "https://weather.dev.example.com/"},
            f"audience: https://weather.dev.example.com/ differs from the canonical URL {URL}; leave it out, and ",
        ),
        ({"claims": {"aud": ["x"]}}, "claims.aud: aud is checked anyway; leave it out"),
        ({"claims": {"tier": []}}, "claims.tier: [] has 0 values; 1 to 10 are possible"),
        ({"claims": {"tier": ["v"] * 11}}, "claims.tier: {shown} has 11 values; 1 to 10 are possible"),
        ({"claims": {"tier": "gold"}}, "claims.tier: gold is not a list of plain strings"),
        ({"claims": {"tier": ["v" * 257]}}, "claims.tier: {shown} is 257 characters long; a load balancer takes 256"),
        (
            {"claims": {"scope": ["read write"]}},
            "claims.scope: 'read write' is empty or has a space; give each value by itself",
        ),
        ({"claim_formats": {"aud": "list"}}, "claim_formats.aud: list is not one of single-string, string-array, "),
        ({"scopes": {"forecast": []}}, "scopes.forecast: [] names no scope; leave the tool out"),
        ({"scopes": {"forecast": ["a b"]}}, "scopes.forecast: 'a b' is not a scope: "),
        ({"scopes": {"": ["a"]}}, "scopes.: '' is not the name of a tool"),
        ({"scopes": {"forecast": "read"}}, "scopes.forecast: read is not a list of plain strings"),
        ({"unauthenticated": "ignore"}, "unauthenticated: ignore is not one of reject, forward"),
    ],
)
def test_what_cannot_work_is_refused(changes: dict[str, Any], line: str) -> None:
    (refused,) = refusals(**changes)
    shown = refused.split(": ", 1)[1].split(" is ")[0].split(" has ")[0]
    assert refused.startswith(line.replace("{issuer}", str(changes.get("issuer"))).replace("{shown}", shown))


def test_ten_claims_with_the_audience_are_the_most() -> None:
    nine = {f"c{number}": ["v"] for number in range(9)}
    assert refusals(claims=nine) == []
    assert refusals(claims={**nine, "c9": ["v"]})[0].endswith(
        "are 10 claims; with the audience, a load balancer checks 10"
    )


def test_without_preset_the_keys_have_to_be_given() -> None:
    offences = Offences()
    plan_sign_in(offences, {"issuer": "https://id.example.com"}, URL)
    assert [str(item) for item in offences] == ["jwks_url: None is missing; give it, or a preset"]

    offences = Offences()
    plan_sign_in(offences, {"issuer": "https://id.example.com", "jwks_url": "https://id.example.com/keys"}, URL)
    assert list(offences) == []


def test_entra_needs_the_id_of_the_app_registration() -> None:
    assert refusals(preset="entra", issuer=ISSUERS["entra"])[0].startswith("audience: None is missing; ")


def test_a_claim_that_stands_for_the_audience_cannot_be_given_twice() -> None:
    assert refusals(preset="cognito", issuer=ISSUERS["cognito"], claims={"scope": ["x"]}) == [
        "claims.scope: scope stands for the audience here; leave it out"
    ]
