"""The upper bound of every role: what it allows, what it never allows, and which inputs are refused."""

import json
from typing import Any

import pytest

from mcp_ops import InputError, PermissionsBoundary
from mcp_ops.access.boundary import SERVICES
from mcp_ops.policies import MANAGED_CHARACTERS
from mcp_ops.rehearsal.findings import check_policy
from tests.access.programs import BOUNDARY, boundary
from tests.support.recording import Recording, record


def registered(**changes: Any) -> Recording:
    return record(lambda: PermissionsBoundary("dev", boundary(**changes)))


def statements(run: Recording) -> dict[str, dict[str, Any]]:
    return {item["Sid"]: item for item in json.loads(run.one("iam/policy:Policy").inputs["policy"])["Statement"]}


def test_only_known_services_are_within_the_boundary() -> None:
    allowed = statements(registered(additional_services=["bedrock"]))["Services"]
    assert set(allowed["Action"]) == {f"{service}:*" for service in (*SERVICES, "bedrock")}
    assert "*" not in allowed["Action"]
    assert not {"organizations:*", "account:*"} & set(allowed["Action"])


def test_no_role_is_made_or_granted_anything_without_the_boundary() -> None:
    denied = statements(registered())["RolesKeepTheBoundary"]
    assert denied["Effect"] == "Deny"
    assert {"iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy"} <= set(denied["Action"])
    assert denied["Condition"] == {"StringNotEquals": {"iam:PermissionsBoundary": BOUNDARY}}


def test_nobody_takes_the_boundary_away_or_changes_it() -> None:
    found = statements(registered())
    assert "iam:DeleteRolePermissionsBoundary" in found["NobodyTakesItAway"]["Action"]
    assert found["NobodyTakesItAway"]["Resource"] == "*"
    assert {"iam:CreatePolicyVersion", "iam:SetDefaultPolicyVersion"} <= set(found["NobodyChangesIt"]["Action"])
    assert found["NobodyChangesIt"]["Resource"] == BOUNDARY
    assert "iam:CreateAccessKey" in found["NoStandingCredentials"]["Action"]


def test_the_policy_has_the_name_that_it_holds() -> None:
    run = registered(tags={"team": "x"})
    policy = run.one("iam/policy:Policy")
    assert BOUNDARY.endswith(f"policy/{policy.inputs['name']}")
    assert policy.inputs["tags"] == {"team": "x"}
    assert run.one("PermissionsBoundary").outputs["policy_arn"].endswith(policy.inputs["name"])


def test_aws_accepts_it_as_a_boundary() -> None:
    policy = registered().one("iam/policy:Policy").inputs["policy"]
    assert check_policy(policy, "boundary", "policy", limit=MANAGED_CHARACTERS) == []


def test_partitions_follow_the_region() -> None:
    found = statements(registered(region="cn-north-1"))
    assert found["NobodyChangesIt"]["Resource"].startswith("arn:aws-cn:iam::")


def test_wrong_boundaries_are_refused_together() -> None:
    with pytest.raises(InputError) as caught:
        registered(account_id="1", region=None, additional_services=["Bedrock", "s3"])
    assert [(offence.where, offence.value) for offence in caught.value.offences] == [
        ("dev.region", None),
        ("dev.account_id", "1"),
        ("dev.additional_services", "Bedrock"),
        ("dev.additional_services", "s3"),
    ]


def test_a_boundary_that_aws_would_find_too_long_is_refused() -> None:
    with pytest.raises(InputError, match=r"makes the boundary [\d,]+ characters long; AWS allows 6,144"):
        registered(additional_services=[f"service-{index:050}" for index in range(100)])
    with pytest.raises(InputError, match="a policy name has room for 128"):
        record(lambda: PermissionsBoundary("d" * 120, boundary()))


def test_a_preview_works_while_nothing_is_known() -> None:
    assert len(list(record(lambda: PermissionsBoundary("dev", boundary()), preview=True))) == 2
