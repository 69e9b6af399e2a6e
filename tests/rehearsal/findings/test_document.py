import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.rehearsal.findings.support import document, identity, only, resource, rules, statement, trust

from mcp_ops.rehearsal.findings import check_policy
from mcp_ops.rehearsal.findings.policy import size


def test_a_sound_policy_has_no_findings_as_text_or_mapping() -> None:
    policy = document(statement())
    assert check_policy(policy, "identity", "policy") == []
    assert check_policy(json.dumps(policy), "identity", "policy") == []


def test_one_statement_may_stand_without_a_list() -> None:
    assert check_policy({"Version": "2012-10-17", "Statement": statement()}, "identity", "policy") == []


@pytest.mark.parametrize(
    ("text", "rule"),
    [
        ("{", "json-syntax"),
        ("[]", "json-syntax"),
        ('"text"', "json-syntax"),
        ('{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": []}', "duplicate-element"),
        ('{"Version": "2012-10-17"}', "missing-statement"),
        ('{"Statement": []}', "missing-statement"),
        ('{"Statement": ["Allow"]}', "invalid-statement"),
    ],
)
def test_a_document_that_cannot_be_read(text: str, rule: str) -> None:
    finding = only(check_policy(text, "identity", "policy"))
    assert (finding.level, finding.rule) == ("error", rule)
    assert finding.where.startswith("policy")


@pytest.mark.parametrize(
    ("elements", "rule", "where"),
    [
        ({"Effect": None}, "missing-effect", "Effect"),
        ({"Effect": "allow"}, "invalid-effect", "Effect"),
        ({"Action": None}, "missing-action", "Action"),
        ({"Action": []}, "data-type-mismatch", "Action"),
        ({"Action": [1]}, "data-type-mismatch", "Action"),
        ({"Resource": None}, "missing-resource", "Resource"),
        ({"NotAction": "s3:*"}, "unsupported-element-combination", ""),
        ({"Actions": "s3:*"}, "invalid-policy-element", "Actions"),
        ({"Principal": "*"}, "unsupported-principal", "Principal"),
        ({"Condition": ["Bool"]}, "data-type-mismatch", "Condition"),
        ({"Condition": {"Bool": "true"}}, "data-type-mismatch", "Condition"),
        ({"Sid": "read objects"}, "unsupported-sid", "Sid"),
    ],
)
def test_a_statement_that_iam_refuses(elements: dict[str, Any], rule: str, where: str) -> None:
    given = {**statement(), **elements}
    finding = only(identity({name: value for name, value in given.items() if value is not None}))
    assert (finding.level, finding.rule) == ("error", rule)
    assert finding.where == f"policy.Statement[0].{where}".rstrip(".")


def test_an_unknown_element_names_the_nearest() -> None:
    assert "did you mean Resource?" in only(identity({**statement(), "Resources": "*"})).message


def test_a_wrong_version() -> None:
    finding = only(check_policy(document(statement(), Version="2012-10-18"), "identity", "policy"))
    assert (finding.rule, finding.value) == ("invalid-version", "2012-10-18")


def test_variables_need_the_current_version() -> None:
    home = statement(resource="arn:aws:s3:::homes/${aws:username}/*")
    assert identity(home) == []
    finding = only(check_policy({"Version": "2008-10-17", "Statement": [home]}, "identity", "policy"))
    assert (finding.level, finding.rule) == ("warning", "variables-in-old-version")


def test_a_sid_stands_once() -> None:
    assert rules(identity(statement(Sid="Read"), statement(Sid="Read"))) == ["unique-sids-required"]
    assert identity(statement(Sid="Read"), statement(Sid="ReadToo")) == []


def test_sids_of_resource_policies_may_contain_spaces() -> None:
    assert resource("s3", statement(Sid="read objects", Principal={"AWS": "111122223333"})) == []


def test_a_trust_policy_names_no_resource() -> None:
    finding = only(
        check_policy(document(trust({"Service": "ecs-tasks.amazonaws.com"}, Resource="*")), "trust", "trust")
    )
    assert (finding.rule, finding.where) == ("unsupported-element-combination", "trust.Statement[0].Resource")


@pytest.mark.parametrize(
    ("service", "expected"), [("s3", ["missing-resource"]), ("ecr", []), ("elasticfilesystem", [])]
)
def test_resource_policies_of_repositories_and_file_systems_need_no_resource(service: str, expected: list[str]) -> None:
    action = {"s3": "s3:GetObject", "ecr": "ecr:BatchGetImage", "elasticfilesystem": "elasticfilesystem:ClientMount"}
    given = statement(action[service], None, Principal={"AWS": "111122223333"})
    assert rules(resource(service, given)) == expected


def test_a_resource_policy_needs_a_principal() -> None:
    assert rules(resource("s3", statement())) == ["missing-principal"]


def test_every_statement_is_checked() -> None:
    found = identity(statement(Effect="Permit"), statement("s3:GetObjekt"))
    assert [item.where for item in found] == ["policy.Statement[0].Effect", "policy.Statement[1].Action"]


def test_size_does_not_count_white_space() -> None:
    policy = document(statement())
    assert size(json.dumps(policy, indent=8)) == size(policy)


@pytest.mark.parametrize(("extra", "expected"), [(0, []), (1, ["policy-too-long"])])
def test_a_policy_may_be_as_long_as_aws_allows(extra: int, expected: list[str]) -> None:
    short = document(statement(Sid=""))
    long = document(statement(Sid="a" * (6144 - size(short) + extra)))
    assert rules(check_policy(json.dumps(long, indent=2), "identity", "policy", limit=6144)) == expected


def test_trust_policies_have_a_limit_by_default() -> None:
    principals = [f"arn:aws:iam::111122223333:role/{number:0100}" for number in range(15)]
    finding = only(check_policy(document(trust({"AWS": principals})), "trust", "assumeRolePolicy"))
    assert finding.rule == "policy-too-long"
    assert "2,048" in finding.message


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text("aA*:/${}", max_size=8)
    | st.sampled_from(["*", "Allow", "s3:*"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("aws:", max_size=5), inner, max_size=3),
    max_leaves=8,
)
ELEMENTS = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"]
STATEMENTS = st.dictionaries(st.sampled_from(ELEMENTS), JSON, max_size=6)


@settings(max_examples=300, deadline=None)
@given(STATEMENTS, st.sampled_from(["identity", "resource", "trust", "boundary"]), st.sampled_from(["", "s3", "vpce"]))
def test_no_document_breaks_the_check(given_statement: dict[str, Any], kind: Any, service: str) -> None:
    for content in ({**statement(), **given_statement}, given_statement):
        found = check_policy(document(content), kind, "policy", resource_type=service)
        assert all(item.where.startswith("policy") for item in found)


def test_a_document_that_is_nested_too_deeply_is_refused() -> None:
    assert rules(check_policy("[" * 100_000, "identity", "policy")) == ["json-syntax"]
