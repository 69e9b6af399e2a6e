import pytest
from tests.rehearsal.findings.support import (
    ACCOUNT_ID,
    BUCKET,
    ROOT,
    document,
    identity,
    only,
    resource,
    rules,
    statement,
)

from mcp_ops.rehearsal.findings import check_policy


@pytest.mark.parametrize("action", ["*", "*:*"])
def test_every_action(action: str) -> None:
    assert rules(identity(statement(action, "*"))) == ["star-action"]


def test_a_pattern_that_includes_writes_names_them() -> None:
    finding = only(identity(statement("dynamodb:*Item", "arn:aws:dynamodb:eu-west-1:111122223333:table/state")))
    assert (finding.level, finding.rule) == ("warning", "wildcard-write-action")
    assert "DeleteItem" in finding.message


def test_a_pattern_of_reads_is_sound() -> None:
    assert identity(statement("ecs:Describe*", "*")) == []


def test_a_star_resource_on_a_write_names_the_action() -> None:
    finding = only(identity(statement(["s3:PutObject", "s3:GetObject"], "*")))
    assert (finding.level, finding.rule) == ("warning", "star-resource-on-write")
    assert "s3:PutObject" in finding.message
    assert "s3:GetObject" not in finding.message


@pytest.mark.parametrize("resources", ["*", "**", "arn:aws:s3:::*", "arn:aws:s3:*:*:*", "arn:aws:s3*"])
def test_every_resource_of_a_service_is_a_star(resources: str) -> None:
    found = identity(statement("s3:PutObject", resources))
    assert "star-resource-on-write" in rules(found) or rules(found) == ["invalid-arn"]


@pytest.mark.parametrize(
    "action", ["cloudwatch:PutMetricData", "ecr:GetAuthorizationToken", "xray:PutTraceSegments", "s3:GetObject"]
)
def test_a_star_resource_is_sound_where_nothing_narrower_exists_or_nothing_is_written(action: str) -> None:
    assert identity(statement(action, "*")) == []


@pytest.mark.parametrize(
    ("operator", "key", "value", "expected"),
    [
        ("StringEquals", "aws:ResourceTag/team", "mcp", []),
        ("ArnEquals", "ecs:cluster", "arn:aws:ecs:eu-west-1:111122223333:cluster/mcp", []),
        ("StringEquals", "aws:RequestedRegion", "eu-west-1", ["star-resource-on-write"]),
        ("StringEqualsIfExists", "aws:ResourceTag/team", "mcp", ["star-resource-on-write"]),
        ("StringLike", "aws:ResourceTag/team", "*", ["star-resource-on-write"]),
    ],
)
def test_a_condition_on_the_resource_pins_it(operator: str, key: str, value: str, expected: list[str]) -> None:
    assert rules(identity(statement("ecs:UpdateService", "*", Condition={operator: {key: value}}))) == expected


@pytest.mark.parametrize("resources", ["*", f"arn:aws:iam::{ACCOUNT_ID}:role/*", "arn:aws:iam::*:role/*"])
def test_passing_any_role(resources: str) -> None:
    found = identity(statement("iam:PassRole", resources))
    assert "pass-role-with-star-in-resource" in rules(found) or ACCOUNT_ID in resources


def test_passing_named_roles_is_sound() -> None:
    assert identity(statement("iam:PassRole", [f"arn:aws:iam::{ACCOUNT_ID}:role/mcp-dev-*"])) == []


def test_allow_with_not_action_and_not_resource() -> None:
    assert rules(identity({"Effect": "Allow", "NotAction": "iam:*", "Resource": f"{BUCKET}/*"})) == [
        "allow-with-not-action"
    ]
    given = {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": f"{BUCKET}/*"}
    assert rules(identity(given)) == ["allow-with-not-resource"]


def test_denials_may_be_wide() -> None:
    assert identity(statement("*", "*", Effect="Deny"), statement("iam:*", "*", Effect="Deny")) == []
    assert identity({"Effect": "Deny", "NotAction": "s3:*", "NotResource": f"{BUCKET}/*"}) == []


def test_boundaries_may_be_wide() -> None:
    wide = document(statement("*", "*"), statement("iam:PassRole", "*"))
    assert check_policy(wide, "boundary", "policy") == []
    assert rules(check_policy(document(statement("s3:GetObjekt")), "boundary", "policy")) == ["invalid-action"]


def test_a_resource_policy_means_its_own_resource_by_star() -> None:
    allowed = statement(["kms:Decrypt", "kms:Encrypt"], "*", Principal={"Service": "logs.eu-west-1.amazonaws.com"})
    assert resource("kms", allowed) == []


@pytest.mark.parametrize(
    ("principal", "expected"),
    [(ROOT, []), (ACCOUNT_ID, []), ("arn:aws:iam::444455556666:root", ["wildcard-write-action"])],
)
def test_the_default_key_policy_hands_the_key_to_its_own_account_only(principal: str, expected: list[str]) -> None:
    assert rules(resource("kms", statement("kms:*", "*", Principal={"AWS": principal}))) == expected
