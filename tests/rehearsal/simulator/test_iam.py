import json
from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

Create = Callable[..., Any]
Client = Callable[[str], Any]

TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Principal": {"Service": "ecs-tasks.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ],
    }
)
READ = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}]}
)
EXECUTION = "arn:aws:iam::aws:policy/service-role/AmazonECSTaskExecutionRolePolicy"


def test_a_role_with_everything_it_holds(create: Create, client: Client) -> None:
    made = create(
        "aws:iam/role:Role",
        "task",
        assumeRolePolicy=TRUST,
        inlinePolicies=[{"name": "read", "policy": READ}],
        managedPolicyArns=[EXECUTION],
        maxSessionDuration=7200,
        tags={"team": "web"},
        forceDetachPolicies=True,
    )
    assert made.id == made.outputs["name"]
    assert made.outputs["arn"] == f"arn:aws:iam::123456789012:role/{made.id}"
    assert made.outputs["uniqueId"].startswith("AROA")
    iam = client("iam")
    assert iam.list_role_policies(RoleName=made.id)["PolicyNames"] == ["read"]
    assert [item["PolicyArn"] for item in iam.list_attached_role_policies(RoleName=made.id)["AttachedPolicies"]] == [
        EXECUTION
    ]


def test_a_role_is_named_below_its_path(create: Create, client: Client) -> None:
    made = create("aws:iam/role:Role", "below", assumeRolePolicy=TRUST, path="/mcp-dev/")
    assert made.outputs["arn"] == f"arn:aws:iam::123456789012:role/mcp-dev/{made.id}"
    assert client("iam").get_role(RoleName=made.id)["Role"]["Path"] == made.outputs["path"] == "/mcp-dev/"
    with pytest.raises(Refusal, match="Path"):
        create("aws:iam/role:Role", "open", assumeRolePolicy=TRUST, path="/mcp-dev")


def test_a_policy_that_aws_does_not_have_is_refused(create: Create) -> None:
    role = create("aws:iam/role:Role", "empty", assumeRolePolicy=TRUST)
    with pytest.raises(Refusal, match="NoSuchEntity"):
        create(
            "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
            role=role.id,
            policyArn="arn:aws:iam::aws:policy/AmazonS3FulAccess",
        )


def test_a_policy_that_is_no_json_is_refused(create: Create) -> None:
    role = create("aws:iam/role:Role", "plain", assumeRolePolicy=TRUST)
    with pytest.raises(Refusal, match="MalformedPolicyDocument"):
        create("aws:iam/rolePolicy:RolePolicy", role=role.id, policy="{")


def test_ids_are_those_of_the_provider(create: Create) -> None:
    role = create("aws:iam/role:Role", "ids", assumeRolePolicy=TRUST)
    user = create("aws:iam/user:User", "reader")
    policy = create("aws:iam/policy:Policy", "read", policy=READ)
    inline = create("aws:iam/rolePolicy:RolePolicy", role=role.id, name="inline", policy=READ)
    attached = create("aws:iam/userPolicyAttachment:UserPolicyAttachment", user=user.id, policyArn=policy.id)
    url = {"url": "https://token.actions.githubusercontent.com", "clientIdLists": ["sts.amazonaws.com"]}
    provider = create("aws:iam/openIdConnectProvider:OpenIdConnectProvider", **url)
    assert policy.id == policy.outputs["arn"] == f"arn:aws:iam::123456789012:policy/{policy.outputs['name']}"
    assert inline.id == f"{role.id}:inline"
    assert attached.id == f"{user.id}/{policy.id}"
    assert provider.id == "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"


def test_what_an_exclusive_list_does_not_name_is_removed(create: Create, client: Client) -> None:
    role = create(
        "aws:iam/role:Role",
        "strict",
        assumeRolePolicy=TRUST,
        inlinePolicies=[{"name": name, "policy": READ} for name in "ab"],
    )
    create("aws:iam/rolePoliciesExclusive:RolePoliciesExclusive", roleName=role.id, policyNames=["b"])
    assert client("iam").list_role_policies(RoleName=role.id)["PolicyNames"] == ["b"]


def test_groups_keys_and_profiles(create: Create, client: Client) -> None:
    group = create("aws:iam/group:Group", "team")
    user = create("aws:iam/user:User", "member", forceDestroy=True)
    create("aws:iam/userGroupMembership:UserGroupMembership", user=user.id, groups=[group.id])
    key = create("aws:iam/accessKey:AccessKey", user=user.id, status="Inactive")
    role = create("aws:iam/role:Role", "machine", assumeRolePolicy=TRUST)
    profile = create("aws:iam/instanceProfile:InstanceProfile", "machine", role=role.id)
    iam = client("iam")
    assert [item["GroupName"] for item in iam.list_groups_for_user(UserName=user.id)["Groups"]] == [group.id]
    assert iam.list_access_keys(UserName=user.id)["AccessKeyMetadata"][0]["Status"] == "Inactive"
    assert key.outputs["secret"]
    assert (
        iam.get_instance_profile(InstanceProfileName=profile.id)["InstanceProfile"]["Roles"][0]["RoleName"] == role.id
    )
