"""What sign-in registers: rules in order, and what the container is told."""

import functools
import json
from typing import Any

import pulumi
import pytest

from mcp_ops import InputError, McpServer
from mcp_ops.errors import Offences
from mcp_ops.hosting.mcp_server_plan import HEALTH_PATH
from mcp_ops.hosting.sign_in import resolved_issuer
from mcp_ops.hosting.sign_in_plan import plan_sign_in
from tests.hosting.programs import ISSUER, server, sign_in
from tests.support.recording import Recorded, Recording, record, unknown

URL = "https://weather.dev.example.com/mcp"
WELL_KNOWN = "/.well-known/oauth-protected-resource"


@functools.cache
def default() -> Recording:
    return record(lambda: McpServer("weather", server(sign_in=sign_in())))


def built(**changes: Any) -> Recording:
    return record(lambda: McpServer("weather", server(sign_in=sign_in(**changes)))) if changes else default()


def rules(run: Recording) -> list[Recorded]:
    """Returns the listener rules in the order in which the load balancer tries them."""
    return sorted(run.all("ListenerRule"), key=lambda rule: rule.inputs["priority"])


def values(rule: Recorded, condition: str) -> list[str]:
    found = [item[condition]["values"] for item in rule.inputs["conditions"] if condition in item]
    return [value for group in found for value in group]


def environment(run: Recording) -> dict[str, str]:
    (container,) = json.loads(run.one("TaskDefinition").inputs["containerDefinitions"])
    return {item["name"]: item["value"] for item in container["environment"]}


def test_metadata_comes_first_then_tokens_and_then_the_refusal() -> None:
    names = [rule.name for rule in rules(built())]
    offsets = [rule.inputs["priority"] % 10 for rule in rules(built())]
    assert names == ["weather-metadata", "weather-bearer", "weather-refuse"]
    assert offsets == [0, 1, 9]


def test_metadata_is_answered_at_both_paths_without_a_token() -> None:
    metadata = rules(built())[0]
    (action,) = metadata.inputs["actions"]
    assert values(metadata, "pathPattern") == [f"{WELL_KNOWN}/mcp", WELL_KNOWN]
    assert (action["type"], action["fixedResponse"]["statusCode"]) == ("fixed-response", "200")
    assert action["fixedResponse"]["contentType"] == "application/json"
    assert json.loads(action["fixedResponse"]["messageBody"])["resource"] == URL
    assert len(action["fixedResponse"]["messageBody"].encode()) <= 1024


def test_a_server_that_shares_its_host_leaves_the_root_alone() -> None:
    assert values(rules(built(root_metadata=False))[0], "pathPattern") == [f"{WELL_KNOWN}/mcp"]


def test_a_bearer_token_is_verified_before_the_request_goes_on() -> None:
    bearer = rules(built(claims={"tier": ["gold", "silver"]}))[1]
    verify, forward = bearer.inputs["actions"]
    header = next(item["httpHeader"] for item in bearer.inputs["conditions"] if "httpHeader" in item)
    assert header == {"httpHeaderName": "Authorization", "values": ["Bearer *"]}
    assert values(bearer, "pathPattern") == ["/mcp"]
    assert (verify["type"], verify["order"]) == ("jwt-validation", 1)
    assert verify["jwtValidation"] == {
        "issuer": ISSUER,
        "jwksEndpoint": f"{ISSUER}/protocol/openid-connect/certs",
        "additionalClaims": [
            {"name": "aud", "format": "string-array", "values": [URL]},
            {"name": "tier", "format": "single-string", "values": ["gold", "silver"]},
        ],
    }
    assert (forward["type"], forward["order"]) == ("forward", 2)
    assert forward["targetGroupArn"].startswith("arn:aws:lb:")


def test_a_request_without_token_is_refused_with_an_error_of_json_rpc() -> None:
    (action,) = rules(built())[-1].inputs["actions"]
    assert (action["type"], action["fixedResponse"]["statusCode"]) == ("fixed-response", "401")
    assert json.loads(action["fixedResponse"]["messageBody"])["jsonrpc"] == "2.0"


def test_or_it_is_forwarded_to_a_server_that_answers_itself() -> None:
    last = rules(built(unauthenticated="forward"))[-1]
    assert (last.name, last.inputs["actions"][0]["type"]) == ("weather-forward", "forward")


@pytest.mark.parametrize("unauthenticated", ["reject", "forward"])
def test_no_rule_has_more_than_five_values_or_another_host(unauthenticated: str) -> None:
    for rule in rules(built(unauthenticated=unauthenticated)):
        count = sum(len(next(iter(item.values()))["values"]) for item in rule.inputs["conditions"])
        assert count <= 5
        assert values(rule, "hostHeader") == ["weather.dev.example.com"]


@pytest.mark.parametrize("unauthenticated", ["reject", "forward"])
def test_neither_the_health_check_nor_anything_else_is_public(unauthenticated: str) -> None:
    public = {path for rule in rules(built(unauthenticated=unauthenticated)) for path in values(rule, "pathPattern")}
    assert public == {"/mcp", WELL_KNOWN, f"{WELL_KNOWN}/mcp"}
    assert HEALTH_PATH not in public
    assert not any("*" in path or "?" in path for path in public)


def test_the_server_is_told_issuer_keys_and_scopes() -> None:
    found = environment(built(scopes={"b": ["two"], "a": ["one", "two"]}))
    assert found["MCP_ISSUER"] == ISSUER
    assert found["MCP_JWKS_URL"] == f"{ISSUER}/protocol/openid-connect/certs"
    assert json.loads(found["MCP_TOOL_SCOPES"]) == {"a": ["one", "two"], "b": ["two"]}
    assert not {"MCP_AUDIENCE", "MCP_AUDIENCE_SCOPE"} & set(found)


def test_without_sign_in_the_server_is_told_nothing() -> None:
    run = record(lambda: McpServer("weather", server()))
    assert not {"MCP_ISSUER", "MCP_JWKS_URL", "MCP_TOOL_SCOPES"} & set(environment(run))
    assert run.names("ListenerRule") == {"weather-forward"}


def test_another_audience_is_told_to_the_server() -> None:
    tenant, application = "12345678-1234-1234-1234-123456789012", "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f"
    issuer = f"https://login.microsoftonline.com/{tenant}/v2.0"
    entra = environment(built(preset="entra", issuer=issuer, audience=application))
    pool = "https://cognito-idp.eu-west-1.amazonaws.com/eu-west-1_AbCdEfGhI"
    cognito = environment(built(preset="cognito", issuer=pool))
    assert entra["MCP_AUDIENCE"] == application
    assert cognito["MCP_AUDIENCE_SCOPE"] == f"{URL}/call"


def later(text: str) -> Any:
    return pulumi.Output.from_input(text)


def resolve(args: Any) -> None:
    resolved_issuer("weather", args, plan_sign_in(Offences(), args, URL))


def test_an_issuer_known_only_later_is_used_and_still_judged() -> None:
    run = record(lambda: McpServer("weather", server(sign_in=sign_in(issuer=later(ISSUER)))))
    assert environment(run)["MCP_JWKS_URL"] == f"{ISSUER}/protocol/openid-connect/certs"
    with pytest.raises(InputError, match=r"weather\.sign_in\.issuer: http://login\.example\.com does not start with"):
        record(lambda: resolve(sign_in(issuer=later("http://login.example.com"))))


def test_keys_known_only_later_are_used_and_still_judged() -> None:
    def args(jwks_url: str) -> Any:
        return {"issuer": "https://id.example.com", "jwks_url": later(jwks_url)}

    run = record(lambda: McpServer("weather", server(sign_in=args("https://id.example.com/keys"))))
    assert environment(run)["MCP_JWKS_URL"] == "https://id.example.com/keys"
    with pytest.raises(InputError, match=r"weather\.sign_in\.jwks_url: ftp://id is not an address"):
        record(lambda: resolve(args("ftp://id")))


def test_the_service_waits_for_the_rules() -> None:
    needed = {"weather-metadata", "weather-bearer", "weather-refuse"}
    assert needed <= built().one("ecs/service:Service").dependencies


def test_a_preview_works_while_the_issuer_is_unknown() -> None:
    def program() -> None:
        McpServer("weather", server(sign_in=sign_in(issuer=pulumi.Output.from_input(ISSUER))))

    run = record(program, preview=True)
    assert run.names("ListenerRule") == {"weather-metadata", "weather-bearer", "weather-refuse"}
    assert unknown(run.one("ListenerRule", "weather-bearer").inputs["actions"][1]["targetGroupArn"])


def test_every_offence_is_listed_at_once_and_names_its_place() -> None:
    with pytest.raises(InputError) as caught:
        McpServer(
            "weather",
            server(
                path=f"/{'p' * 100}",
                variables={"MCP_ISSUER": "https://mine.example.com"},
                sign_in={"preset": "octa", "issuer": "http://id", "scope": {}, "unauthenticated": "ignore"},
            ),
        )
    assert [line.split(" ")[0] for line in str(caught.value).splitlines()] == [
        "weather.variables.MCP_ISSUER:",
        "weather.path:",
        "weather.sign_in.scope:",
        "weather.sign_in.preset:",
        "weather.sign_in.unauthenticated:",
        "weather.sign_in.issuer:",
    ]


def test_an_empty_sign_in_is_refused() -> None:
    with pytest.raises(InputError, match=r"weather\.sign_in: \{\} names no issuer"):
        McpServer("weather", server(sign_in={}))
