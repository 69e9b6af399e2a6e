"""What a user pool registers, and which are refused."""

import functools

import pytest

from mcp_ops import CognitoIssuer, InputError
from mcp_ops.hosting.cognito import plan_cognito_issuer
from tests.hosting.programs import cognito_issuer
from tests.support.recording import ACCOUNT_ID, Recording, record, unknown

URL = "https://weather.dev.example.com/mcp"


@functools.cache
def default() -> Recording:
    return record(lambda: CognitoIssuer("dev", cognito_issuer()))


def built(**changes: object) -> Recording:
    return record(lambda: CognitoIssuer("dev", cognito_issuer(**changes))) if changes else default()


def refusals(**changes: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        plan_cognito_issuer("dev", cognito_issuer(**changes))
    return str(caught.value).splitlines()


def test_a_server_is_a_resource_whose_id_is_its_canonical_url() -> None:
    resource = built().one("ResourceServer").inputs
    assert resource["identifier"] == URL
    assert [scope["scopeName"] for scope in resource["scopes"]] == ["call", "weather.read"]


def test_each_server_has_a_machine_client_for_itself_only() -> None:
    urls = {name: {"url": f"https://{name}.dev.example.com/mcp"} for name in ("maps", "weather")}
    run = built(servers=urls)
    client = run.one("UserPoolClient", "maps-machine")
    assert client.inputs["allowedOauthFlows"] == ["client_credentials"]
    assert client.inputs["allowedOauthScopes"] == ["https://maps.dev.example.com/mcp/call"]
    assert client.inputs["generateSecret"] is True
    assert (client.inputs["accessTokenValidity"], client.inputs["tokenValidityUnits"]) == (
        60,
        {"accessToken": "minutes"},
    )
    assert "maps-resource" in client.dependencies
    assert "weather-resource" not in client.dependencies


def test_the_pool_lets_nobody_register_and_asks_for_a_second_factor() -> None:
    pool = built().one("UserPool").inputs
    assert pool["adminCreateUserConfig"] == {"allowAdminCreateUserOnly": True}
    assert (pool["mfaConfiguration"], pool["softwareTokenMfaConfiguration"]) == ("ON", {"enabled": True})
    assert (pool["userPoolTier"], pool["userPoolAddOns"]) == ("PLUS", {"advancedSecurityMode": "ENFORCED"})
    assert pool["passwordPolicy"]["minimumLength"] == 14


def test_threat_protection_costs_and_can_be_switched_off() -> None:
    pool = built(advanced_security="off").one("UserPool").inputs
    assert pool["userPoolTier"] == "ESSENTIALS"
    assert "userPoolAddOns" not in pool


def test_the_pool_is_protected_unless_told_otherwise() -> None:
    kept, let_go = built().one("UserPool"), built(protect=False).one("UserPool")
    assert (kept.protect, kept.retain_on_delete, kept.inputs["deletionProtection"]) == (True, True, "ACTIVE")
    assert (let_go.protect, let_go.retain_on_delete, let_go.inputs["deletionProtection"]) == (False, False, "INACTIVE")


def test_outputs_say_where_tokens_come_from_and_keep_the_secret() -> None:
    outputs = built().one("CognitoIssuer").outputs
    assert set(outputs) == set(CognitoIssuer.__annotations__)
    assert outputs["issuer"] == "https://cognito-idp.eu-west-1.amazonaws.com/dev-pool-id"
    assert outputs["jwks_url"] == f"{outputs['issuer']}/.well-known/jwks.json"
    assert outputs["token_endpoint"] == (f"https://mcp-dev-{ACCOUNT_ID}.auth.eu-west-1.amazoncognito.com/oauth2/token")
    assert outputs["client_ids"] == {"weather": "weather-machine-id"}
    # The signature of a secret in Pulumi's wire format.
    assert outputs["client_secrets"]["4dabf18193072939515e22adb298388d"] == "1b47061264138c4ac30d75fd1eb44270"


def test_children_belong_to_the_component() -> None:
    assert {item.parent for item in built() if item.custom} == {"dev"}


def test_a_preview_works_while_nothing_is_known() -> None:
    run = record(lambda: CognitoIssuer("dev", cognito_issuer()), preview=True)
    assert unknown(run.one("ResourceServer").inputs["userPoolId"])


def test_every_offence_is_listed_at_once() -> None:
    servers = {
        "weather": {"url": "http://weather.example.com/mcp", "scopes": ["a b", "a/b"]},
        "maps": {"url": URL, "scope": ["x"]},
        "Twin": {"url": URL},
        "flat": URL,
    }
    lines = refusals(domain_prefix="aws-mcp", advanced_security="full", servers=servers)
    assert [line.split(" ")[0] for line in lines] == [
        "dev.domain_prefix:",
        "dev.servers.weather.url:",
        "dev.servers.weather.scopes:",
        "dev.servers.weather.scopes:",
        "dev.servers.maps.scope:",
        "dev.servers.Twin:",
        "dev.servers.flat:",
        "dev.advanced_security:",
        "dev.servers.maps.url:",
        "dev.servers.Twin.url:",
    ]


def test_no_server_is_refused() -> None:
    assert refusals(servers={}) == ["dev.servers: {} names no server"]
