"""Sign-in and firewall: what the settings lead to, and which settings are refused."""

import json
from typing import Any

import pytest

from tests.infra.documents import FILE, GONE, errors
from tests.infra.stacks import registered
from tests.support.recording import Recorded

ISSUER = "https://login.example.com/realms/mcp"
INTERNAL = ("network.internal", True)
JWT = ("signIn", {"mode": "jwt", "preset": "keycloak", "issuer": ISSUER})
WELL_KNOWN = "/.well-known/oauth-protected-resource"
APPLICATION = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
OTHER_APPLICATION = "1a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
ENTRA = {
    "mode": "jwt",
    "preset": "entra",
    "issuer": "https://login.microsoftonline.com/12345678-1234-1234-1234-123456789012/v2.0",
}

Change = tuple[str, Any]


def environment_of(definition: Recorded) -> dict[str, str]:
    (container,) = json.loads(definition.inputs["containerDefinitions"])
    return {item["name"]: item["value"] for item in container["environment"]}


def paths(rule: Recorded) -> list[str]:
    found: list[str] = next(
        item["pathPattern"]["values"] for item in rule.inputs["conditions"] if "pathPattern" in item
    )
    return found


# --- What is registered -------------------------------------------------------------------------------------------


def test_settings_reach_gateway_and_container() -> None:
    chosen = {
        **JWT[1],
        "unauthenticated": "forward",
        "claims": {"tier": ["gold"]},
        "claimFormats": {"aud": "single-string"},
    }
    found = registered(("signIn", chosen), ("servers.weather.scopes", {"forecast": ["weather.read"]}))

    validation = found.one("ListenerRule", "weather-bearer").inputs["actions"][0]["jwtValidation"]
    variables = environment_of(found.one("TaskDefinition", "weather-task"))
    assert validation["issuer"] == ISSUER == variables["MCP_ISSUER"]
    assert validation["jwksEndpoint"] == variables["MCP_JWKS_URL"]
    assert [(item["name"], item["format"]) for item in validation["additionalClaims"]] == [
        ("aud", "single-string"),
        ("tier", "single-string"),
    ]
    assert json.loads(variables["MCP_TOOL_SCOPES"]) == {"forecast": ["weather.read"]}
    assert {"weather-forward", "maps-forward"} <= found.names("ListenerRule")


def test_servers_that_share_a_host_leave_its_root_to_nobody() -> None:
    shared = [("servers.maps.host", "weather.dev.example.com"), ("servers.maps.path", "/maps")]

    alone, together = registered(JWT), registered(JWT, *shared)

    assert paths(alone.one("ListenerRule", "maps-metadata")) == [f"{WELL_KNOWN}/mcp", WELL_KNOWN]
    assert paths(together.one("ListenerRule", "maps-metadata")) == [f"{WELL_KNOWN}/maps"]
    assert paths(together.one("ListenerRule", "weather-metadata")) == [f"{WELL_KNOWN}/mcp"]


def test_entra_names_each_server_by_its_app_registration() -> None:
    found = registered(
        ("signIn", ENTRA), ("servers.weather.audience", APPLICATION), ("servers.maps.audience", OTHER_APPLICATION)
    )

    claims = found.one("ListenerRule", "weather-bearer").inputs["actions"][0]["jwtValidation"]["additionalClaims"]
    assert claims == [{"name": "aud", "format": "single-string", "values": [APPLICATION]}]


@pytest.mark.parametrize("preview", [False, True])
def test_the_program_can_make_the_issuer(*, preview: bool) -> None:
    found = registered(
        ("signIn", {"mode": "jwt", "preset": "cognito"}),
        ("servers.weather.scopes", {"forecast": ["weather.read"], "history": ["weather.read", "weather.past"]}),
        preview=preview,
    )

    resource = found.one("ResourceServer", "weather-resource").inputs
    assert resource["identifier"] == "https://weather.dev.example.com/mcp"
    assert [scope["scopeName"] for scope in resource["scopes"]] == ["call", "weather.past", "weather.read"]
    assert found.names("UserPoolClient") == {"weather-machine", "maps-machine"}
    assert found.one("UserPoolDomain").inputs["domain"] == "mcp-dev-111111111111"


def test_a_given_issuer_makes_no_user_pool() -> None:
    assert registered(JWT).all("UserPool") == []


def test_the_firewall_stands_before_the_gateway_unless_switched_off() -> None:
    chosen = {"rateLimit": 500, "allowedCountries": ["DE"], "allowedCidrs": ["192.0.2.0/24"]}
    found = registered(("firewall", chosen), ("retention.logsDays", 90))

    rules = {rule["name"]: rule for rule in found.one("wafv2/webAcl:WebAcl").inputs["rules"]}
    assert list(rules)[:2] == ["addresses", "countries"]
    assert rules["rate"]["statement"]["rateBasedStatement"]["limit"] == 500
    assert found.one("LogGroup", "mcp-dev-web-acl-logs").inputs["retentionInDays"] == 90
    assert "mcp-dev-lb" in found.one("WebAclAssociation").inputs["resourceArn"]
    assert registered(("firewall", {"enabled": False})).all("wafv2/webAcl:WebAcl") == []
    assert len(registered().all("wafv2/webAcl:WebAcl")) == 1


# --- What is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            [("signIn", {"mode": "jwt", "preset": "keycloack", "issuer": ISSUER})],
            "signIn.preset: keycloack is no preset; did you mean keycloak?",
        ),
        (
            [("signIn", {"mode": "jwt", "preset": "keycloak", "issuer": "http://login.example.com/realms/mcp"})],
            "signIn.issuer: http://login.example.com/realms/mcp is not an address that starts with https://",
        ),
        (
            [("signIn", {"mode": "jwt", "preset": "okta", "issuer": ISSUER})],
            (
                f"signIn.issuer: {ISSUER} is not a custom authorization server; "
                "write it like https://company.okta.com/oauth2/default"
            ),
        ),
        (
            [("signIn", {"mode": "jwt", "preset": "keycloak"})],
            "signIn: issuer is missing; it issues the tokens; only with preset cognito does the program make one",
        ),
        (
            [("signIn", {"mode": "jwt", "issuer": "https://id.example.com"})],
            "signIn: jwksUrl is missing; give it, or a preset",
        ),
        (
            [("signIn", {**JWT[1], "claims": {f"c{number}": ["v"] for number in range(10)}})],
            "signIn.claims: [...] are 10 claims; with the audience, a load balancer checks 10",
        ),
        (
            [("signIn", {**JWT[1], "claims": {"aud": ["https://x.example.com"]}})],
            "signIn.claims.aud: aud is checked anyway; leave it out",
        ),
        (
            [("signIn", {**JWT[1], "claimFormats": {"aud": "list"}})],
            ("signIn.claimFormats.aud: list is not offered; use single-string, string-array or space-separated-values"),
        ),
        (
            [JWT, ("servers.weather.audience", "https://weather.dev.example.com")],
            (
                "servers.weather.audience: https://weather.dev.example.com differs from the canonical URL "
                "https://weather.dev.example.com/mcp; leave it out, and have the issuer name that URL"
            ),
        ),
        (
            [("signIn", ENTRA), ("servers.maps.audience", APPLICATION)],
            (
                "servers.weather: audience is missing; tokens of this provider carry the id of the server's app "
                "registration, a GUID"
            ),
        ),
        (
            [JWT, ("servers.weather.scopes", {"forecast": []})],
            "servers.weather.scopes.forecast: [] names no scope; leave the tool out",
        ),
        (
            [JWT, ("servers.weather.scopes", {"forecast": ["weather read"]})],
            (
                "servers.weather.scopes.forecast[0]: 'weather read' is not a scope: no space, quotation mark or "
                "backslash"
            ),
        ),
        (
            [JWT, ("servers.weather.scopes", {"forecast": [letter * 250 for letter in "abcd"]})],
            (
                "servers.weather.scopes: [...] makes metadata of 1186 bytes; a fixed response takes 1024: name "
                "fewer or shorter scopes"
            ),
        ),
        (
            [JWT, ("servers.weather.path", f"/{'p' * 91}")],
            (
                f"servers.weather.path: /{'p' * 76}... is 92 characters long; behind {WELL_KNOWN}, a listener rule "
                "takes 91"
            ),
        ),
        (
            [
                JWT,
                ("network.nat", "none"),
                ("network.interfaceEndpoints", ["ecr.api", "ecr.dkr", "logs", "secretsmanager"]),
            ],
            (
                "network.nat: none leaves an internal gateway and the servers without a way to the issuer's keys; "
                "use single or per-zone"
            ),
        ),
        (
            [("signIn", {"mode": "none", "issuer": ISSUER}), INTERNAL],
            f"signIn.issuer: {ISSUER} has no effect without sign-in; set signIn.mode: jwt, or leave it out",
        ),
        (
            [("signIn", GONE), INTERNAL, ("servers.weather.scopes", {"forecast": ["weather.read"]})],
            "servers.weather.scopes: {...} has no effect without sign-in; set signIn.mode: jwt, or leave it out",
        ),
        (
            [JWT, ("servers.weather.environment", {"MCP_ISSUER": ISSUER})],
            "servers.weather.environment.MCP_ISSUER: MCP_ISSUER is set by the server contract; choose another name",
        ),
        ([("firewall", {"allowedCidrs": []})], "firewall.allowedCidrs: [] has 0 entries; at least 1"),
        ([("firewall", {"allowedCountries": []})], "firewall.allowedCountries: [] has 0 entries; at least 1"),
        (
            [("firewall", {"allowedCountries": ["Germany"]})],
            "firewall.allowedCountries[0]: Germany is not a country code such as DE (ISO 3166)",
        ),
        (
            [("firewall", {"allowedCountries": ["DE", "DE"]})],
            "firewall.allowedCountries[1]: DE is listed twice",
        ),
        (
            [("firewall", {"allowedCidrs": ["192.0.2.0/24", "192.0.2.0/24"]})],
            "firewall.allowedCidrs[1]: 192.0.2.0/24 is listed twice",
        ),
        (
            [("firewall", {"allowedCidrs": ["0.0.0.0/0"]})],
            "firewall.allowedCidrs[0]: 0.0.0.0/0 is every address; leave allowedCidrs out",
        ),
        ([("firewall", {"rateLimit": 9})], "firewall.rateLimit: 9 is too small; at least 10"),
    ],
)
def test_rules_name_place_value_and_way_out(changes: list[Change], line: str) -> None:
    assert errors(*changes) == [f"{FILE}: {line}"]


@pytest.mark.parametrize(
    "changes",
    [
        [JWT],
        [("signIn", {"mode": "jwt", "issuer": "https://id.example.com", "jwksUrl": "https://id.example.com/keys"})],
        [("signIn", {"mode": "jwt", "preset": "cognito"})],
        [JWT, ("servers.weather.audience", "https://weather.dev.example.com/mcp")],
        [("firewall", {})],
    ],
)
def test_what_keeps_the_rules_is_accepted(changes: list[Change]) -> None:
    assert errors(*changes) == []


def test_all_offenders_stand_in_one_error() -> None:
    chosen = {"mode": "jwt", "preset": "octa", "issuer": "login", "claims": {"tier": "gold"}}
    lines = errors(("signIn", chosen), ("firewall", {"rateLimit": 1, "allowedCidrs": []}))

    assert [line.split(" ")[1] for line in lines] == [
        "signIn.preset:",
        "signIn.issuer:",
        "signIn.claims.tier:",
        "firewall.rateLimit:",
        "firewall.allowedCidrs:",
    ]
