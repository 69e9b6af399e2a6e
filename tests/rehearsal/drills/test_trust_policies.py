"""Trust policies in every form in which a program may give them."""

import json
from typing import Any

import pytest

from mcp_ops.rehearsal.drills.trust_policies import trust_statements
from mcp_ops.rehearsal.record import Registration

STATEMENT = {"Effect": "Allow", "Principal": {"Service": "ecs.amazonaws.com"}, "Action": "sts:AssumeRole"}


def role(policy: Any) -> Registration:
    inputs = {} if policy is None else {"assumeRolePolicy": policy}
    return Registration("urn", "aws:iam/role:Role", "worker", "", custom=True, inputs=inputs)


@pytest.mark.parametrize("form", [dict, json.dumps])
@pytest.mark.parametrize("statements", [STATEMENT, [STATEMENT]])
def test_text_or_mapping_one_statement_or_several(form: Any, statements: Any) -> None:
    (found,) = trust_statements(role(form({"Version": "2012-10-17", "Statement": statements})))
    assert (found.effect, found.actions) == ("Allow", ("sts:AssumeRole",))
    assert found.principals == {"Service": ("ecs.amazonaws.com",)}


@pytest.mark.parametrize("given", [None, "", {}, "no JSON"])
def test_no_policy_has_no_statement(given: Any) -> None:
    assert trust_statements(role(given)) == ()


@pytest.mark.parametrize(
    ("principal", "found"),
    [
        ({"Service": "ecs.amazonaws.com"}, {"Service": ("ecs.amazonaws.com",)}),
        ({"AWS": ["111111111111"], "Federated": "x"}, {"AWS": ("111111111111",), "Federated": ("x",)}),
        ("*", {"AWS": ("*",)}),
    ],
)
def test_principals_by_kind(principal: Any, found: dict[str, tuple[str, ...]]) -> None:
    (statement,) = trust_statements(role({"Statement": [{**STATEMENT, "Principal": principal}]}))
    assert statement.principals == found
