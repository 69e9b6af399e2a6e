from typing import Any

import pytest
from tests.rehearsal.findings.support import BUCKET, identity, only, resource, rules, statement


def conditioned(operator: str, key: str, value: Any, action: str = "s3:GetObject", target: str = f"{BUCKET}/*") -> Any:
    return statement(action, target, Condition={operator: {key: value}})


@pytest.mark.parametrize(
    ("operator", "key", "value", "action", "target"),
    [
        ("StringEquals", "aws:RequestTag/team", "mcp", "ecs:CreateCluster", "*"),
        ("StringEquals", "aws:ResourceTag/team", "mcp", "ecs:UpdateService", "*"),
        ("ForAllValues:StringEquals", "aws:TagKeys", ["team"], "ecs:TagResource", "*"),
        ("StringEquals", "kms:EncryptionContext:aws:logs:arn", "arn", "kms:Decrypt", "*"),
        ("StringLike", "kms:ViaService", "secretsmanager.*.amazonaws.com", "kms:Decrypt", "*"),
        ("Bool", "kms:GrantIsForAWSResource", True, "kms:CreateGrant", "*"),
        ("StringLike", "s3:prefix", ["home/*"], "s3:ListBucket", BUCKET),
        ("StringEquals", "s3:x-amz-server-side-encryption", "aws:kms", "s3:PutObject", f"{BUCKET}/*"),
        (
            "StringEquals",
            "iam:PassedToService",
            "ecs-tasks.amazonaws.com",
            "iam:PassRole",
            "arn:aws:iam::111122223333:role/x",
        ),
        ("ArnEquals", "ecs:cluster", "arn:aws:ecs:eu-west-1:111122223333:cluster/mcp", "ecs:UpdateService", "*"),
        ("StringEqualsIfExists", "ec2:Vpc", "vpc-1", "ec2:DescribeVpcs", "*"),
        ("Null", "aws:MultiFactorAuthAge", "false", "s3:GetObject", f"{BUCKET}/*"),
        ("NumericLessThan", "aws:MultiFactorAuthAge", 3600, "s3:GetObject", f"{BUCKET}/*"),
        ("DateGreaterThan", "aws:CurrentTime", "2026-01-01T00:00:00Z", "s3:GetObject", f"{BUCKET}/*"),
        ("IpAddress", "aws:SourceIp", ["203.0.113.0/24", "2001:db8::/32"], "s3:GetObject", f"{BUCKET}/*"),
        ("StringEquals", "aws:PrincipalTag/team", "${aws:ResourceTag/team}", "s3:GetObject", f"{BUCKET}/*"),
        ("stringequals", "AWS:PRINCIPALORGID", "o-1", "s3:GetObject", f"{BUCKET}/*"),
        ("StringEquals", "lambda:SourceFunctionArn", "arn:aws:lambda:x", "s3:GetObject", f"{BUCKET}/*"),
        ("StringEquals", "secretsmanager:VersionStage", "AWSCURRENT", "secretsmanager:GetSecretValue", "*"),
        ("StringEquals", "cloudwatch:namespace", "MCP", "cloudwatch:PutMetricData", "*"),
        ("StringEquals", "oidc.eks.eu-west-1.amazonaws.com/id/ABC:sub", "system", "sts:AssumeRoleWithWebIdentity", "*"),
        ("StringEquals", "SAML:aud", "https://signin.aws.amazon.com/saml", "sts:AssumeRoleWithSAML", "*"),
    ],
)
def test_conditions_that_aws_knows(operator: str, key: str, value: Any, action: str, target: str) -> None:
    found = identity(conditioned(operator, key, value, action, target))
    assert [item for item in found if ".Condition" in item.where] == []


@pytest.mark.parametrize(
    ("operator", "hint"),
    [("StringEqual", "did you mean StringEquals?"), ("NullIfExists", ""), ("ForEach:StringEquals", ""), ("IsIn", "")],
)
def test_an_unknown_operator(operator: str, hint: str) -> None:
    finding = only(identity(conditioned(operator, "aws:SourceVpc", "vpc-1")))
    assert (finding.level, finding.rule, finding.value) == ("error", "invalid-condition-operator", operator)
    assert hint in finding.message


@pytest.mark.parametrize(
    ("key", "rule", "hint"),
    [
        ("aws:SourceVpcs", "invalid-global-condition-key", "did you mean aws:SourceVpc"),
        ("aws:RequestTag", "missing-tag-key-in-condition", "aws:RequestTag/<tag>"),
        ("kms:ViaServices", "invalid-service-condition-key", "did you mean kms:ViaService?"),
        ("s4:VersionId", "invalid-service-condition-key", "s4 is no prefix"),
        ("SourceVpc", "invalid-condition-key-format", "<service>:<key>"),
    ],
)
def test_an_unknown_key(key: str, rule: str, hint: str) -> None:
    finding = only(identity(conditioned("StringEquals", key, "x")))
    assert (finding.level, finding.rule, finding.value) == ("error", rule, key)
    assert hint in finding.message


def test_a_key_that_no_action_of_the_statement_has() -> None:
    given = conditioned("StringEquals", "s3:prefix", "home/")
    finding = only(identity(given))
    assert (finding.level, finding.rule) == ("warning", "unsupported-condition-key")
    finding = only(resource("s3", {**given, "Principal": {"AWS": "111122223333"}}))
    assert (finding.level, finding.rule) == ("error", "unsupported-condition-key")


def test_a_missing_key_satisfies_negated_and_if_exists_operators() -> None:
    assert identity(conditioned("StringNotEquals", "s3:prefix", "home/")) == []
    assert identity(conditioned("StringEqualsIfExists", "s3:prefix", "home/")) == []


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("Bool", "aws:SecureTransport", "yes"),
        ("Null", "aws:SourceVpc", "vpc-1"),
        ("NumericLessThan", "aws:MultiFactorAuthAge", "an hour"),
        ("DateLessThan", "aws:CurrentTime", "tomorrow"),
        ("IpAddress", "aws:SourceIp", "203.0.113.0/33"),
        ("NotIpAddress", "aws:SourceIp", "office"),
        ("ArnLike", "aws:PrincipalArn", "role/mcp"),
    ],
)
def test_a_value_of_the_wrong_form(operator: str, key: str, value: str) -> None:
    finding = only(identity(conditioned(operator, key, value)))
    assert (finding.level, finding.rule, finding.value) == ("error", "invalid-condition-data-type", value)


def test_a_wildcard_needs_an_operator_that_reads_it() -> None:
    finding = only(identity(conditioned("StringEquals", "aws:PrincipalOrgID", "o-*")))
    assert (finding.level, finding.rule) == ("warning", "wildcard-without-like-operator")
    assert "use StringLike" in finding.message
    assert rules(identity(conditioned("StringLike", "aws:PrincipalOrgID", "o-*"))) == []
    assert rules(identity(conditioned("StringEquals", "aws:PrincipalOrgID", "${*}"))) == []
