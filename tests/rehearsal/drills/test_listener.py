"""The model of a load balancer: which rule takes a request, how it judges a token, and what it refuses to guess."""

import time
from typing import Any

import pytest

from mcp_ops.rehearsal.drills.drill import Failed
from mcp_ops.rehearsal.drills.issuer import KEY_ID, Issuer, new_key
from mcp_ops.rehearsal.drills.listener import Asked, Listener, gateway_of
from mcp_ops.rehearsal.drills.listener_tokens import token_problem
from mcp_ops.rehearsal.record import Registration, Run

HOST, ISSUER, TARGET = "tools.example.com", "https://login.example.com", "arn:target"
FORWARD = {"type": "forward", "order": 2, "targetGroupArn": TARGET}
WEIGHTED = {"type": "forward", "forward": {"targetGroups": [{"arn": TARGET, "weight": 1}, {"arn": "b", "weight": 0}]}}
HOST_IS = {"hostHeader": {"values": [HOST]}}
ISSUING = Issuer(new_key(), "")
KEYS = {KEY_ID: ISSUING.key.public_key()}


def fixed(status: str) -> dict[str, Any]:
    return {"type": "fixed-response", "fixedResponse": {"statusCode": status}}


def listener(*rules: dict[str, Any], default: dict[str, Any] | None = None) -> Listener:
    """A listener of rules, each with conditions and actions; the first for the host, so that it is found."""
    given = [{"conditions": [HOST_IS, {"pathPattern": {"values": ["/never"]}}], "actions": [fixed("200")]}, *rules]
    run = Run("shop", "dev")
    run.registrations = [
        Registration(
            "", "aws:lb/listener:Listener", "https", "", custom=True, outputs={"arn": "arn:https"},
            inputs={"protocol": "HTTPS", "loadBalancerArn": "lb", "defaultActions": [default or fixed("404")]},
        ),
        *(
            Registration(
                "", "aws:lb/listenerRule:ListenerRule", f"rule-{index}", "", custom=True,
                inputs={"listenerArn": "arn:https", "priority": 100 - index, **rule},
            )
            for index, rule in enumerate(given)
        ),
    ]  # fmt: skip
    secure, plain = gateway_of(run, HOST)
    assert plain is None
    return secure


def asked(path: str = "/mcp", method: str = "POST", host: str = HOST, **headers: str) -> Asked:
    return Asked(method, host, path, headers)


@pytest.mark.parametrize(
    ("condition", "request_", "holds"),
    [
        ({"hostHeader": {"values": ["*.example.com"]}}, asked(host="Tools.Example.COM"), True),
        ({"hostHeader": {"values": ["*.example.com"]}}, asked(host="example.com"), False),
        ({"pathPattern": {"values": ["/mcp", "/m?p/*"]}}, asked("/mxp/a/b?c=d"), True),
        ({"pathPattern": {"values": ["/mcp"]}}, asked("/MCP"), False),
        ({"pathPattern": {"values": ["/mcp[1]"]}}, asked("/mcp[1]"), True),
        ({"pathPattern": {"values": ["/mcp[1]"]}}, asked("/mcp1"), False),
        ({"httpRequestMethod": {"values": ["GET"]}}, asked(method="GET"), True),
        ({"httpRequestMethod": {"values": ["GET"]}}, asked(), False),
        (
            {"httpHeader": {"httpHeaderName": "Authorization", "values": ["Bearer *"]}},
            asked(authorization="bearer x"),
            True,
        ),
        ({"httpHeader": {"httpHeaderName": "Authorization", "values": ["Bearer *"]}}, asked(), False),
        ({"hostHeader": {"values": [HOST]}, "pathPattern": {"values": ["/other"]}}, asked(), False),
        ({"hostHeader": {"values": [HOST]}, "queryStrings": None}, asked(), True),
    ],
)
def test_conditions_hold_as_the_guide_says(condition: dict[str, Any], request_: Asked, holds: bool) -> None:
    answer = listener({"conditions": [condition], "actions": [FORWARD]}).answers(request_, KEYS)
    assert (answer.rule, answer.target) == (("rule-1", TARGET) if holds else ("default action", ""))


def test_the_lowest_priority_comes_first_and_actions_go_by_order() -> None:
    verify = {"type": "jwt-validation", "order": 1, "jwtValidation": {"issuer": ISSUER}}
    both = listener(
        {"conditions": [HOST_IS], "actions": [fixed("200")]}, {"conditions": [HOST_IS], "actions": [FORWARD, verify]}
    )
    refused = both.answers(asked(), KEYS)
    assert (refused.rule, refused.status, refused.reason) == ("rule-2", 401, "there is no bearer token")
    right = ISSUING.signed(ISSUING.claims(ISSUER, "anybody"))
    assert both.answers(asked(authorization=f"Bearer {right}"), KEYS).target == TARGET


def test_forwarding_by_weight_redirects_and_defaults_are_understood() -> None:
    assert listener({"conditions": [HOST_IS], "actions": [WEIGHTED]}).answers(asked(), KEYS).target == TARGET
    redirect = {"type": "redirect", "redirect": {"statusCode": "HTTP_302"}}
    assert listener(default=redirect).answers(asked(), KEYS).status == 302


@pytest.mark.parametrize(
    ("rule", "problem"),
    [
        ({"conditions": [{"sourceIp": {"values": ["10.0.0.0/8"]}}]}, "rule rule-1: condition sourceIp is not modelled"),
        (
            {"conditions": [{"hostHeader": {"regexValues": [".*"]}}]},
            "rule rule-1: condition hostHeader is not modelled",
        ),
        ({"conditions": [HOST_IS], "transforms": [{}]}, "rule rule-1: transforms are not modelled"),
        (
            {"conditions": [HOST_IS], "actions": [{"type": "authenticate-oidc"}]},
            "action authenticate-oidc is not modelled",
        ),
        ({"conditions": [HOST_IS], "actions": []}, "rule rule-1: no action ends it"),
    ],
)
def test_what_the_model_does_not_know_is_an_error(rule: dict[str, Any], problem: str) -> None:
    with pytest.raises(Failed, match=problem):
        listener({"actions": [FORWARD], **rule}).answers(asked(), KEYS)


NOW = int(time.time())


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({}, ""),
        ({"nbf": None, "iat": None}, ""),
        ({"iat": NOW + 90_000}, "not yet valid"),
        ({"nbf": NOW + 90_000}, "not yet valid"),
        ({"exp": NOW - 90_000}, "expired"),
        ({"exp": None}, "exp"),
        ({"iss": "https://login.example.com/"}, "issuer"),
        ({"tier": "bronze"}, "claim tier does not match"),
        ({"tier": ["gold"]}, "claim tier does not match"),
        ({"groups": "a"}, "claim groups does not match"),
        ({"groups": ["c"], "scope": "z"}, "claim groups, scope does not match"),
        ({"groups": ["c", "b"], "scope": "z x"}, ""),
        ({"scope": ["x"]}, "claim scope does not match"),
    ],
)
def test_tokens_are_judged_claim_by_claim(changes: dict[str, Any], problem: str) -> None:
    wanted = [
        {"name": "tier", "format": "single-string", "values": ["gold", "silver"]},
        {"name": "groups", "format": "string-array", "values": ["a", "b"]},
        {"name": "scope", "format": "space-separated-values", "values": ["x", "y"]},
    ]
    claims = {**ISSUING.claims(ISSUER, "anybody", ["x"]), "tier": "gold", "groups": ["a"], **changes}
    token = ISSUING.signed({name: value for name, value in claims.items() if value is not None})
    found = token_problem({"Authorization": f"Bearer {token}"}, {"issuer": ISSUER, "additionalClaims": wanted}, KEYS)
    assert problem in found.replace("nbf", "not yet valid") if problem else found == ""


@pytest.mark.parametrize(("header", "problem"), [
    ("", "there is no bearer token"), ("Basic YTpi", "there is no bearer token"), ("Bearer x.y", "Not enough segments"),
])  # fmt: skip
def test_what_is_no_token_is_refused(header: str, problem: str) -> None:
    assert token_problem({"Authorization": header}, {"issuer": ISSUER}, KEYS) == problem


def test_a_key_that_nobody_publishes_is_refused() -> None:
    token = ISSUING.signed(ISSUING.claims(ISSUER, "anybody"), key_id="another")
    problem = token_problem({"authorization": f"Bearer {token}"}, {"issuer": ISSUER}, KEYS)
    assert problem == "the issuer publishes no such key"
