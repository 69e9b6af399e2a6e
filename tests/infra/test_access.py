"""What the settings of access register, and which are refused."""

import json
from typing import Any

import pytest

from tests.infra.documents import ALONE, STACKS, errors, stack_file
from tests.infra.stacks import registered, stack

SAML = {"trust": "saml", "providerArn": "arn:aws:iam::111111111111:saml-provider/sign-in"}
OWN = ("access", {"audit": {}, "roles": {"auditor": SAML}, "additionalServices": ["bedrock"]})
TRAIL = "arn:aws:cloudtrail:eu-central-1:111111111111:trail/mcp-prod-trail"
PROD = [
    ("environment", "prod"),
    ("notifications.emails", ["ops@example.com"]),
    ("servers", {"weather": {"image": "ghcr.io/example/weather@sha256:" + "0" * 64}}),
    ("deployment.requireDigest", True),
]


@pytest.mark.parametrize("name", STACKS)
def test_every_role_of_a_stack_carries_the_boundary(name: str) -> None:
    found = stack(name)
    arn = found.one("PermissionsBoundary").outputs["policy_arn"]
    assert arn.endswith(f"mcp-{name}-boundary")
    roles = found.all("iam/role:Role")
    assert {role.inputs.get("permissionsBoundary") for role in roles} == {arn}
    assert {"mcp-" + name + suffix for suffix in ("-administrator", "-operator", "-auditor", "-emergency")} <= {
        role.inputs.get("name") for role in roles
    }


@pytest.mark.parametrize("name", STACKS)
def test_a_stack_records_its_account(name: str) -> None:
    found, config = stack(name), stack_file(name)
    assert found.one("Trail").inputs["name"] == f"mcp-{name}-trail"
    assert found.one("Trail").protect == config["mcp-ops:retention"]["protect"]
    lock = found.one("BucketObjectLockConfiguration").inputs["rule"]["defaultRetention"]
    assert lock == {"mode": "GOVERNANCE", "days": config["mcp-ops:access"]["audit"]["retentionDays"]}
    audit = [alarm for alarm in found.all("MetricAlarm") if alarm.name.startswith(f"mcp-{name}-audit-")]
    assert len(audit) > 5
    assert all(f"mcp-{name}-critical" in alarm.inputs["alarmActions"][0] for alarm in audit)
    queried = {group for query in found.all("QueryDefinition") for group in query.inputs["logGroupNames"]}
    assert queried == {f"/mcp-ops/{name}/{server}" for server in config["mcp-ops:servers"]}


def test_the_auditor_reads_the_trail_that_the_stack_owns() -> None:
    own = registered(ALONE, OWN)
    shared = registered(ALONE, ("access", {"audit": {"existingTrailArn": TRAIL}, "roles": {"auditor": SAML}}))
    policies = [run.one("RolePolicy", "mcp-dev-auditor-policy").inputs["policy"] for run in (own, shared)]
    sids = [{item["Sid"] for item in json.loads(policy)["Statement"]} for policy in policies]
    assert "ReadTrail" in sids[0]
    assert "ReadTrail" not in sids[1]
    assert shared.all("Trail") == shared.all("guardduty/detector:Detector") == []


def test_without_settings_there_is_the_boundary_and_nothing_else() -> None:
    found = registered()
    assert found.all("AuditTrail") == found.all("OperatorRoles") == []
    assert found.one("PermissionsBoundary")


def test_the_boundary_lets_through_what_servers_call() -> None:
    policy = registered(ALONE, OWN).one("iam/policy:Policy").inputs["policy"]
    assert "bedrock:*" in policy


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (PROD, "access: audit is missing; prod needs a record of who did what; {} takes the defaults"),
        (
            [("access.audit", {"objectLock": "compliance"})],
            (
                "access.audit.objectLock: compliance can be lifted by nobody for lockDays; say so with "
                "acceptIrrevocableLock: true, or use governance"
            ),
        ),
        (
            [("access.audit", {"existingTrailArn": TRAIL, "retentionDays": 30})],
            "access.audit.retentionDays: given has no effect beside existingTrailArn; leave one of them out",
        ),
        (
            [("access.audit", {"lockDays": 500})],
            "access.audit.lockDays: 500 exceeds retentionDays 400; files that are to go would still be locked",
        ),
        (
            [("access.roles", {"operator": {"trust": "ldap"}})],
            "access.roles.operator.trust: ldap is not offered; use saml, oidc or principals",
        ),
        (
            [("access.roles", {"emergency": {**SAML, "sessionHours": 2}})],
            "access.roles.emergency.sessionHours: 2 is not a plain integer from 1 to 1",
        ),
        (
            [("access.roles", {"operator": {"trust": "oidc", "providerArn": SAML["providerArn"]}})],
            f"access.roles.operator.providerArn: {SAML['providerArn']} is not the ARN of an identity provider for oidc",
        ),
        (
            [("access.roles", {"auditor": {"trust": "principals", "principalArns": []}})],
            "access.roles.auditor.principalArns: [] is empty; nobody could take the role",
        ),
        (
            [("access.roles", {})],
            "access.roles.operator: null is missing; give at least one of administrator, operator, auditor, emergency",
        ),
        (
            [("access.additionalServices", ["s3"])],
            "access.additionalServices: s3 is within the boundary already",
        ),
    ],
)
def test_wrong_settings_are_refused(changes: list[tuple[str, Any]], line: str) -> None:
    assert [found.partition(": ")[2] for found in errors(*changes)][0:1] == [line]
