"""AWS's own policies: a finding that is wrong does more harm than one that is missing."""

import json
import time
from typing import Any

import pytest
from moto.iam.aws_managed_policies import aws_managed_policies_data
from tests.rehearsal.findings.support import ACCOUNT_ID, BUCKET, ROOT, document, rules, statement, trust

from mcp_ops.rehearsal.findings import check_policy

CLEAN = (
    "AdministratorAccess",
    "AmazonCognitoPowerUser",
    "AmazonDynamoDBFullAccess",
    "AmazonEC2ContainerRegistryReadOnly",
    "AmazonECSInfrastructureRolePolicyForLoadBalancers",
    "AmazonECSTaskExecutionRolePolicy",
    "AmazonECS_FullAccess",
    "AmazonEKSClusterPolicy",
    "AmazonRDSFullAccess",
    "AmazonS3FullAccess",
    "AmazonSSMManagedInstanceCore",
    "AmazonVPCFullAccess",
    "AutoScalingServiceRolePolicy",
    "AWSApplicationAutoscalingECSServicePolicy",
    "AWSBackupFullAccess",
    "AWSBackupServiceRolePolicyForRestores",
    "AWSCloudTrail_FullAccess",
    "AWSCodeDeployRoleForECS",
    "AWSKeyManagementServicePowerUser",
    "AWSLambdaBasicExecutionRole",
    "AWSXRayDaemonWriteAccess",
    "CloudWatchAgentServerPolicy",
    "CloudWatchSyntheticsFullAccess",
    "ElasticLoadBalancingFullAccess",
    "IAMFullAccess",
    "IAMUserChangePassword",
    "PowerUserAccess",
    "SecretsManagerReadWrite",
)

CERTAIN = {
    "json-syntax",
    "duplicate-element",
    "missing-statement",
    "invalid-statement",
    "invalid-policy-element",
    "invalid-version",
    "data-type-mismatch",
    "invalid-condition-operator",
    "invalid-condition-data-type",
    "invalid-condition-key-format",
    "missing-tag-key-in-condition",
    "unique-sids-required",
    "unsupported-sid",
}
"""Rules of IAM's grammar: AWS could not have stored a policy that breaks one."""


@pytest.fixture(scope="module")
def managed() -> dict[str, Any]:
    return {name: policy["Document"] for name, policy in json.loads(aws_managed_policies_data).items()}


@pytest.mark.parametrize("name", CLEAN)
def test_policies_that_aws_maintains_have_no_errors(managed: dict[str, Any], name: str) -> None:
    assert [item for item in check_policy(managed[name], "identity", "policy") if item.level == "error"] == []


def test_none_of_awss_policies_breaks_the_grammar_and_nine_in_ten_have_no_error(managed: dict[str, Any]) -> None:
    found = {name: set(rules(check_policy(policy, "identity", name), "error")) for name, policy in managed.items()}
    assert {name: broken & CERTAIN for name, broken in found.items() if broken & CERTAIN} == {}
    assert sum(not broken for broken in found.values()) >= 0.9 * len(found)


def test_three_hundred_policies_take_less_than_two_seconds(managed: dict[str, Any]) -> None:
    started = time.perf_counter()
    for number in range(300):
        check_policy(json.dumps(managed[CLEAN[number % len(CLEAN)]]), "identity", "policy")
    assert time.perf_counter() - started < 2


RESOURCE_POLICIES = {
    "key for log groups": (
        "kms",
        [
            statement("kms:*", "*", Principal={"AWS": ROOT}),
            statement(
                ["kms:Encrypt*", "kms:Decrypt*", "kms:ReEncrypt*", "kms:GenerateDataKey*", "kms:Describe*"],
                "*",
                Principal={"Service": "logs.eu-west-1.amazonaws.com"},
                Condition={
                    "ArnEquals": {"kms:EncryptionContext:aws:logs:arn": f"arn:aws:logs:eu-west-1:{ACCOUNT_ID}:*"}
                },
            ),
        ],
    ),
    "key through a service": (
        "kms",
        [
            statement(
                ["kms:Decrypt", "kms:CreateGrant"],
                "*",
                Principal={"AWS": "*"},
                Condition={
                    "StringEquals": {
                        "kms:ViaService": "secretsmanager.eu-west-1.amazonaws.com",
                        "kms:CallerAccount": ACCOUNT_ID,
                    }
                },
            )
        ],
    ),
    "bucket of a trail": (
        "s3",
        [
            statement(
                "s3:GetBucketAcl",
                BUCKET,
                Principal={"Service": "cloudtrail.amazonaws.com"},
                Condition={"StringEquals": {"aws:SourceArn": f"arn:aws:cloudtrail:eu-west-1:{ACCOUNT_ID}:trail/mcp"}},
            ),
            statement(
                "s3:PutObject",
                f"{BUCKET}/AWSLogs/{ACCOUNT_ID}/*",
                Principal={"Service": "cloudtrail.amazonaws.com"},
                Condition={"StringEquals": {"s3:x-amz-acl": "bucket-owner-full-control"}},
            ),
        ],
    ),
    "bucket over TLS only": (
        "s3",
        [
            statement(
                "s3:*",
                [BUCKET, f"{BUCKET}/*"],
                Effect="Deny",
                Principal="*",
                Condition={"Bool": {"aws:SecureTransport": "false"}, "NumericLessThan": {"s3:TlsVersion": "1.2"}},
            )
        ],
    ),
    "queue of a topic": (
        "sqs",
        [
            statement(
                "sqs:SendMessage",
                f"arn:aws:sqs:eu-west-1:{ACCOUNT_ID}:jobs",
                Principal={"Service": "sns.amazonaws.com"},
                Condition={"ArnEquals": {"aws:SourceArn": f"arn:aws:sns:eu-west-1:{ACCOUNT_ID}:jobs"}},
            )
        ],
    ),
    "topic by default": (
        "sns",
        [
            statement(
                ["SNS:Publish", "SNS:Subscribe"],
                f"arn:aws:sns:eu-west-1:{ACCOUNT_ID}:alerts",
                Principal={"AWS": "*"},
                Condition={"StringEquals": {"AWS:SourceOwner": ACCOUNT_ID}},
            )
        ],
    ),
    "secret of another account": (
        "secretsmanager",
        [
            statement(
                "secretsmanager:GetSecretValue",
                "*",
                Principal={"AWS": f"arn:aws:iam::{ACCOUNT_ID}:role/mcp"},
                Condition={"ForAnyValue:StringEquals": {"secretsmanager:VersionStage": "AWSCURRENT"}},
            )
        ],
    ),
    "repository": (
        "ecr",
        [statement(["ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"], None, Principal={"AWS": ROOT})],
    ),
    "vault that keeps its backups": (
        "backup",
        [statement(["backup:DeleteRecoveryPoint", "backup:DeleteBackupVault"], "*", Effect="Deny", Principal="*")],
    ),
    "file system through mount targets": (
        "elasticfilesystem",
        [
            statement(
                ["elasticfilesystem:ClientMount", "elasticfilesystem:ClientWrite"],
                None,
                Principal={"AWS": "*"},
                Condition={"Bool": {"elasticfilesystem:AccessedViaMountTarget": "true"}},
            )
        ],
    ),
    "endpoint for one organisation": (
        "vpce",
        [statement("*", "*", Principal="*", Condition={"StringEquals": {"aws:ResourceOrgID": "o-1"}})],
    ),
    "log delivery": (
        "logs",
        [
            statement(
                ["logs:CreateLogStream", "logs:PutLogEvents"],
                f"arn:aws:logs:eu-west-1:{ACCOUNT_ID}:log-group:/mcp:log-stream:*",
                Principal={"Service": "delivery.logs.amazonaws.com"},
                Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}},
            )
        ],
    ),
}


@pytest.mark.parametrize("name", RESOURCE_POLICIES)
def test_resource_policies_of_the_documentation_have_no_errors(name: str) -> None:
    service, statements = RESOURCE_POLICIES[name]
    policy = document(*statements)
    found = check_policy(policy, "resource", "policy", resource_type=service, account=ACCOUNT_ID)
    assert rules(found) in ([], ["wildcard-write-action"] * len(found))


@pytest.mark.parametrize(
    "given",
    [
        trust({"Service": "ecs-tasks.amazonaws.com"}, Condition={"StringEquals": {"aws:SourceAccount": ACCOUNT_ID}}),
        trust({"AWS": ROOT}, Condition={"Bool": {"aws:MultiFactorAuthPresent": "true"}}),
        trust({"AWS": ROOT}, ["sts:AssumeRole", "sts:TagSession"], Condition={"StringEquals": {"sts:ExternalId": "x"}}),
        trust(
            {"Federated": f"arn:aws:iam::{ACCOUNT_ID}:saml-provider/idp"},
            "sts:AssumeRoleWithSAML",
            Condition={"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
        ),
        trust(
            {"Federated": "cognito-identity.amazonaws.com"},
            "sts:AssumeRoleWithWebIdentity",
            Condition={
                "StringEquals": {"cognito-identity.amazonaws.com:aud": "eu-west-1:1"},
                "ForAnyValue:StringLike": {"cognito-identity.amazonaws.com:amr": "authenticated"},
            },
        ),
    ],
)
def test_trust_policies_of_the_documentation_are_clean(given: dict[str, Any]) -> None:
    assert check_policy(document(given), "trust", "assumeRolePolicy") == []
