"""Questions to IAM: decided as calls are, without a call."""

import json
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.authorization.questions import Questions
from mcp_ops.rehearsal.simulator.authorization.request import service
from mcp_ops.rehearsal.simulator.authorization.trust import Attempt
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.places import Place

ACCOUNT, REGION = "123456789012", "eu-central-1"
VAULT = f"arn:aws:backup:{REGION}:{ACCOUNT}:backup-vault:shop"


def document(**statement: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})


@pytest.fixture
def role(cloud: Cloud, request: pytest.FixtureRequest) -> str:
    """A role that may use what carries the environment's tag, list buckets, and read one bucket."""
    iam, name = cloud.client("iam", Place(ACCOUNT)), f"questions-{abs(hash(request.node.name))}"
    trust = document(Principal={"Service": "ecs-tasks.amazonaws.com"}, Action="sts:AssumeRole")
    made: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    tagged = {"StringEquals": {"aws:ResourceTag/Environment": "dev"}}
    policies = [
        document(Action=["ecs:UpdateService", "backup:StartBackupJob"], Resource="*", Condition=tagged),
        document(Action=["s3:ListAllMyBuckets", "secretsmanager:ListSecrets"], Resource="*"),
    ]
    for index, policy in enumerate(policies):
        iam.put_role_policy(RoleName=name, PolicyName=f"policy-{index}", PolicyDocument=policy)
    return made


def test_conditions_are_decided_by_the_keys_that_are_given(cloud: Cloud, role: str) -> None:
    questions = Questions(cloud.client, {})
    arn = f"arn:aws:ecs:{REGION}:{ACCOUNT}:service/shop/tools"

    def allowed(**tags: str) -> bool:
        keys = {f"aws:ResourceTag/{key}": value for key, value in tags.items()}
        return questions.allows(role, "ecs:UpdateService", arn, keys, REGION).allowed

    assert [allowed(Environment="dev"), allowed(Environment="prod"), allowed()] == [True, False, False]
    assert {policy.name for policy in questions.role(role).identity} == {"policy-0", "policy-1"}


@pytest.mark.parametrize("action", ["s3:ListAllMyBuckets", "secretsmanager:ListSecrets"])
def test_actions_that_know_no_resource_have_no_policy_of_one(cloud: Cloud, role: str, action: str) -> None:
    assert Questions(cloud.client, {}).allows(role, action, "*", {}, REGION).allowed


def test_policies_of_resources_count_and_are_read_once(cloud: Cloud, role: str) -> None:
    s3, name = cloud.client("s3", Place(ACCOUNT, REGION)), "questions-bucket"
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    arn = f"arn:aws:s3:::{name}/a"
    policy = document(Principal={"AWS": role}, Action="s3:GetObject", Resource=f"arn:aws:s3:::{name}/*")
    before = Questions(cloud.client, {})
    assert not before.allows(role, "s3:GetObject", arn, {}, REGION).allowed
    s3.put_bucket_policy(Bucket=name, Policy=policy)
    assert not before.allows(role, "s3:GetObject", f"{arn}b", {}, REGION).allowed
    assert Questions(cloud.client, {}).allows(role, "s3:GetObject", arn, {}, REGION).allowed


def test_a_supplied_policy_stands_for_the_one_of_a_resource(cloud: Cloud, role: str) -> None:
    keys = {"aws:ResourceTag/Environment": "dev"}
    guard = document(Effect="Deny", Principal="*", Action="backup:*", Resource="*")
    assert Questions(cloud.client, {}).allows(role, "backup:StartBackupJob", VAULT, keys, REGION).allowed
    supplied = Questions(cloud.client, {VAULT: guard})
    assert not supplied.allows(role, "backup:StartBackupJob", VAULT, keys, REGION).allowed


def test_who_may_take_a_role(cloud: Cloud, role: str) -> None:
    questions = Questions(cloud.client, {})
    assert questions.may_take(role, Attempt(service("ecs-tasks.amazonaws.com"))).allowed
    assert not questions.may_take(role, Attempt(service("ec2.amazonaws.com"))).allowed
