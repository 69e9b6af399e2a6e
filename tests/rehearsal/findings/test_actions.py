import pytest
from tests.rehearsal.findings.support import BUCKET, document, identity, only, resource, rules, statement, trust

from mcp_ops.rehearsal.findings import check_policy


@pytest.mark.parametrize(
    ("action", "rule", "hint"),
    [
        ("s3:GetObjekt", "invalid-action", "did you mean GetObject?"),
        ("s3:Fetch*", "invalid-action", "matches no action of s3"),
        ("secretmanager:GetSecretValue", "invalid-service-in-action", "did you mean secretsmanager?"),
        ("s3*:GetObject", "invalid-service-in-action", ""),
        ("GetObject", "invalid-action", "<service>:<action>"),
        ("s3:", "invalid-action", "<service>:<action>"),
    ],
)
def test_an_action_that_does_not_exist(action: str, rule: str, hint: str) -> None:
    finding = only(identity(statement(action)))
    assert (finding.level, finding.rule, finding.value) == ("error", rule, action)
    assert hint in finding.message


def test_letter_case_of_actions_does_not_count() -> None:
    assert identity(statement("S3:getOBJECT")) == []


@pytest.mark.parametrize(
    ("action", "resources"),
    [
        ("s3:GetObject", f"{BUCKET}/*"),
        ("s3:GetObject", "arn:aws:s3:::state*"),
        ("s3:GetObject", "*"),
        ("s3:ListBucket", BUCKET),
        (["s3:GetObject", "s3:ListBucket"], [BUCKET, f"{BUCKET}/*"]),
        ("s3:Get*", f"{BUCKET}/*"),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::*"),
        ("logs:PutLogEvents", "arn:aws:logs:eu-west-1:111122223333:log-group:/mcp/dev:*"),
        ("logs:CreateLogStream", "arn:aws:logs:eu-west-1:111122223333:log-group:/mcp/dev:log-stream:*"),
        ("logs:CreateLogGroup", "arn:aws:logs:eu-west-1:111122223333:log-group:/mcp/dev"),
        ("logs:DescribeLogGroups", "arn:aws:logs:eu-west-1:111122223333:log-group:*"),
        ("dynamodb:Query", "arn:aws:dynamodb:eu-west-1:111122223333:table/state/index/*"),
        ("ssm:GetParameter", "arn:aws:ssm:eu-west-1::parameter/aws/service/*"),
        ("iam:PassRole", "arn:aws:iam::111122223333:role/mcp/dev-task"),
        ("iam:AttachRolePolicy", "arn:aws:iam::111122223333:role/*"),
        ("elasticloadbalancing:AddTags", "arn:aws:elasticloadbalancing:*:*:targetgroup/*/*"),
        ("kms:Decrypt", "arn:aws-us-gov:kms:us-gov-west-1:111122223333:key/1234"),
        ("s3:GetObject", "arn:aws:s3:::${aws:PrincipalTag/bucket}/*"),
    ],
)
def test_an_action_fits_a_resource(action: str | list[str], resources: str | list[str]) -> None:
    assert rules(identity(statement(action, resources)), "error") == []


@pytest.mark.parametrize(
    ("action", "resources"),
    [
        ("s3:GetObject", BUCKET),
        ("s3:ListBucket", f"{BUCKET}/*"),
        (["s3:GetObject", "s3:PutObject"], BUCKET),
        ("sqs:SendMessage", "arn:aws:sns:eu-west-1:111122223333:alerts"),
        ("iam:GetRole", "arn:aws:iam:eu-west-1:111122223333:role/task"),
        ("logs:PutLogEvents", "arn:aws:ecs:eu-west-1:111122223333:cluster/mcp"),
        # IAM asks for the stream: without `:*` the group's ARN grants nothing (aws-cdk issue 7096).
        ("logs:CreateLogStream", "arn:aws:logs:eu-west-1:111122223333:log-group:/mcp/dev"),
    ],
)
def test_an_action_that_no_resource_of_the_statement_fits(action: str | list[str], resources: str) -> None:
    found = identity(statement(action, resources))
    assert set(rules(found)) == {"action-resource-mismatch"}


def test_a_mismatch_says_what_the_action_applies_to() -> None:
    finding = only(identity(statement("s3:ListBucket", f"{BUCKET}/*")))
    assert finding.level == "error"
    assert "arn:${Partition}:s3:::${BucketName}" in finding.message


def test_a_kind_of_resource_that_the_data_does_not_know_is_a_warning() -> None:
    finding = only(identity(statement("sqs:SendMessage", "arn:aws:sqs:eu-west-1:111122223333:")))
    assert finding.rule == "invalid-arn"
    finding = only(identity(statement("logs:PutLogEvents", "arn:aws:logs:*:*:/aws-glue/*")))
    assert (finding.level, finding.rule) == ("warning", "action-resource-mismatch")


@pytest.mark.parametrize(
    ("action", "resources"),
    [
        ("ecr:GetAuthorizationToken", "arn:aws:ecr:eu-west-1:111122223333:repository/mcp"),
        ("logs:DescribeLogGroups", "arn:aws:logs:eu-west-1:111122223333:log-group:/mcp/dev"),
        ("xray:PutTraceSegments", "arn:aws:xray:eu-west-1:111122223333:group/mcp/1"),
    ],
)
def test_an_action_without_resource_level_permissions_needs_a_star(action: str, resources: str) -> None:
    finding = only(identity(statement(action, resources)))
    assert (finding.level, finding.rule) == ("error", "missing-star-resource")
    assert identity(statement(action, "*")) == []


@pytest.mark.parametrize(
    "arn",
    [
        "state",
        "",
        "arn:aws:s3",
        "arn:aws:s3:state",
        "arn:amazon:s3:::state/*",
        "arn:aws:S3:::state/*",
        "arn:aws:sqs:EU:111122223333:queue",
        "arn:aws:sqs:eu-west-1:1234:queue",
        "arn:aws:sqs:eu-west-1:111122223333:",
    ],
)
def test_a_malformed_arn(arn: str) -> None:
    finding = only(identity(statement(resource=arn)))
    assert (finding.level, finding.rule, finding.value) == ("error", "invalid-arn", arn)


def test_not_resource_is_checked_for_its_form() -> None:
    denied = statement("s3:GetObject", None, Effect="Deny", NotResource="state")
    assert rules(identity(denied)) == ["invalid-arn"]


def test_a_trust_policy_has_actions_of_sts_only() -> None:
    service = {"Service": "ecs-tasks.amazonaws.com"}
    assert check_policy(document(trust(service)), "trust", "trust") == []
    assert rules(check_policy(document(trust(service, "s3:GetObject")), "trust", "trust")) == [
        "unsupported-action-in-policy"
    ]


def test_a_resource_policy_has_actions_of_its_service_only() -> None:
    principal = {"AWS": "111122223333"}
    found = resource("sqs", statement("sns:Publish", "*", Principal=principal))
    assert rules(found) == ["unsupported-action-in-policy"]
    assert resource("vpce", statement("s3:GetObject", "*", Principal="*")) == []
