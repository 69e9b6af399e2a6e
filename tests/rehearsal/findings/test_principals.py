from typing import Any

import pytest
from tests.rehearsal.findings.support import ACCOUNT_ID, BUCKET, ROOT, document, only, resource, rules, statement, trust

from mcp_ops.rehearsal.findings import Finding, check_policy

GITHUB = {"Federated": f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/token.actions.githubusercontent.com"}
ISSUER = "token.actions.githubusercontent.com"


def trusted(*statements: Any) -> list[Finding]:
    return check_policy(document(*statements), "trust", "assumeRolePolicy")


@pytest.mark.parametrize(
    "principal",
    [
        {"Service": "ecs-tasks.amazonaws.com"},
        {"Service": ["logs.eu-west-1.amazonaws.com", "cloudtrail.amazonaws.com"]},
        {"AWS": ACCOUNT_ID},
        {"AWS": ROOT},
        {"AWS": f"arn:aws:iam::{ACCOUNT_ID}:role/mcp/deploy"},
        {"AWS": f"arn:aws:sts::{ACCOUNT_ID}:assumed-role/deploy/session"},
        {"AWS": "AROAEXAMPLEID12345678"},
        {"AWS": "arn:aws:iam::cloudfront:user/CloudFront Origin Access Identity E1"},
        {"CanonicalUser": "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"},
    ],
)
def test_principals_that_aws_knows(principal: Any) -> None:
    assert resource("s3", statement(Principal=principal)) == []


@pytest.mark.parametrize(
    ("principal", "rule"),
    [
        ({"Services": "ecs-tasks.amazonaws.com"}, "invalid-principal-key"),
        ({"Service": "ecs-tasks"}, "invalid-principal-format"),
        ({"AWS": "1234"}, "invalid-principal-format"),
        ({"AWS": f"arn:aws:iam::{ACCOUNT_ID}:role/mcp-*"}, "invalid-principal-format"),
        ({"AWS": f"arn:aws:iam::{ACCOUNT_ID}:policy/mcp"}, "invalid-principal-format"),
        ({"Federated": "github.com"}, "invalid-principal-format"),
        ("everybody", "invalid-principal-format"),
        ({}, "invalid-principal-format"),
    ],
)
def test_principals_that_aws_refuses(principal: Any, rule: str) -> None:
    finding = only(resource("s3", statement(Principal=principal)))
    assert (finding.level, finding.rule) == ("error", rule)


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["*", ACCOUNT_ID]}])
def test_everybody_is_a_warning(principal: Any) -> None:
    finding = only(resource("s3", statement(Principal=principal)))
    assert (finding.level, finding.rule) == ("warning", "public-principal")


@pytest.mark.parametrize(
    ("operator", "key", "value", "public"),
    [
        ("StringEquals", "aws:PrincipalOrgID", "o-1", False),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::logs", False),
        ("IpAddress", "aws:SourceIp", "203.0.113.0/24", False),
        ("StringEquals", "aws:SourceVpce", "vpce-1", False),
        ("Bool", "aws:SecureTransport", "true", True),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/0", True),
        ("StringLike", "aws:PrincipalOrgID", "*", True),
        ("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1", True),
        ("StringNotEquals", "aws:PrincipalOrgID", "o-1", True),
    ],
)
def test_a_condition_that_says_who_or_from_where_narrows_everybody(
    operator: str, key: str, value: str, public: bool
) -> None:
    found = resource("s3", statement(Principal="*", Condition={operator: {key: value}}))
    assert ("public-principal" in rules(found)) is public


def test_denying_everybody_is_sound() -> None:
    insecure = {"Bool": {"aws:SecureTransport": "false"}}
    assert (
        resource("s3", statement("s3:*", [BUCKET, f"{BUCKET}/*"], Effect="Deny", Principal="*", Condition=insecure))
        == []
    )


def test_allow_with_not_principal() -> None:
    given = statement(NotPrincipal={"AWS": ROOT})
    assert rules(resource("s3", given)) == ["allow-with-not-principal"]
    assert resource("s3", {**given, "Effect": "Deny"}) == []


def test_a_role_for_everybody() -> None:
    assert rules(trusted(trust("*"))) == ["public-principal"]


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ({"StringEquals": {f"{ISSUER}:aud": "sts.amazonaws.com"}}, ["github-trust-without-sub"]),
        ({"StringLike": {f"{ISSUER}:sub": "*"}}, ["github-trust-without-sub"]),
        ({"StringLike": {f"{ISSUER}:sub": "repo:*/mcp:*"}}, ["github-trust-without-sub"]),
        ({"StringLikeIfExists": {f"{ISSUER}:sub": "repo:org/mcp:*"}}, ["github-trust-without-sub"]),
        ({"StringLike": {f"{ISSUER}:sub": "repo:org/mcp:*"}}, []),
        ({"StringEquals": {f"{ISSUER}:repository_id": "1234"}}, []),
        ({"StringEquals": {f"{ISSUER}:sub": "repo:org/mcp:environment:prod"}}, []),
    ],
)
def test_trust_in_github_names_the_repository(condition: Any, expected: list[str]) -> None:
    assert rules(trusted(trust(GITHUB, "sts:AssumeRoleWithWebIdentity", Condition=condition))) == expected


def test_other_issuers_need_no_github_subject() -> None:
    issuer = {"Federated": f"arn:aws:iam::{ACCOUNT_ID}:oidc-provider/login.example.com"}
    condition = {"StringEquals": {"login.example.com:aud": "mcp"}}
    assert trusted(trust(issuer, "sts:AssumeRoleWithWebIdentity", Condition=condition)) == []
