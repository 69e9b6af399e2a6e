"""Roles for people: who may take them, what they may do, and what is refused."""

import json
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any

import pytest

from mcp_ops import InputError, OperatorRoles
from mcp_ops.access.actions import BACKUPS, CONTENT, EVIDENCE, READ_SECRETS
from mcp_ops.access.operator_roles import KIND_TAG, KINDS
from mcp_ops.access.security_events import EMERGENCY_SUFFIX
from mcp_ops.rehearsal.drills.least_privilege.operations import MAY
from mcp_ops.rehearsal.drills.least_privilege.people import TAG
from mcp_ops.rehearsal.findings import check_policy
from tests.access.programs import BOUNDARY, OIDC, PRINCIPALS, SAML, TRAIL_BUCKET, TRAIL_KEY, roles
from tests.support.recording import ACCOUNT_ID, REGION, Recording, record

INLINE_LIMIT = 10_240
"""Characters of a role's inline policies (IAM quotas)."""


def registered(**changes: Any) -> Recording:
    return record(lambda: OperatorRoles("dev", roles(**changes)))


def only(kind: str, **trust: Any) -> dict[str, Any]:
    """Inputs with one role."""
    return {**dict.fromkeys(KINDS), kind: trust}


@pytest.fixture(scope="module")
def run() -> Recording:
    return registered()


def trust(run: Recording, kind: str) -> dict[str, Any]:
    (statement,) = json.loads(run.one("iam/role:Role", f"dev-{kind}").inputs["assumeRolePolicy"])["Statement"]
    return dict(statement)


def policy(run: Recording, kind: str) -> str:
    return str(run.one("RolePolicy", f"dev-{kind}-policy").inputs["policy"])


def statements(run: Recording, kind: str) -> dict[str, dict[str, Any]]:
    return {item["Sid"]: item for item in json.loads(policy(run, kind))["Statement"]}


def allowed(run: Recording, kind: str) -> Iterator[str]:
    for item in statements(run, kind).values():
        if item["Effect"] == "Allow":
            yield from item["Action"]


def allows(run: Recording, kind: str, action: str) -> bool:
    """Whether some statement allows the action on something and none denies it everywhere."""
    denied = [
        verb for item in statements(run, kind).values() if item.get("Resource") == "*" and item["Effect"] == "Deny"
        for verb in item["Action"]
    ]  # fmt: skip
    return any(fnmatchcase(action, verb) for verb in allowed(run, kind)) and action not in denied


# --- Who -----------------------------------------------------------------------------------------------------------


def test_every_role_has_the_boundary_its_name_and_its_session_limit(run: Recording) -> None:
    found = {item.inputs["name"]: item.inputs for item in run.all("iam/role:Role")}
    assert set(found) == {"dev-administrator", "dev-operator", "dev-auditor", "dev-emergency"}
    assert {item["permissionsBoundary"] for item in found.values()} == {BOUNDARY}
    hours = {name: item["maxSessionDuration"] / 3600 for name, item in found.items()}
    assert hours == {"dev-administrator": 1, "dev-operator": 4, "dev-auditor": 8, "dev-emergency": 1}
    assert set(run.one("OperatorRoles").outputs["role_arns"]) == set(KINDS)


def test_every_role_says_by_its_tag_what_it_is_for() -> None:
    roles = registered(tags={"Team": "platform"}).all("iam/role:Role")
    assert {role.name: role.inputs["tags"] for role in roles} == {
        f"dev-{kind}": {"mcp-role": kind, "Team": "platform"} for kind in KINDS
    }
    assert set(KINDS) == set(MAY), "the drill least-privilege has operations for every kind"
    assert KIND_TAG == TAG


def test_the_alarm_knows_the_emergency_role_by_its_name(run: Recording) -> None:
    assert run.one("iam/role:Role", "dev-emergency").inputs["name"].endswith(EMERGENCY_SUFFIX)


def test_people_of_a_saml_provider_sign_in_at_aws(run: Recording) -> None:
    assert trust(run, "operator") == {
        "Effect": "Allow",
        "Principal": {"Federated": SAML["provider_arn"]},
        "Action": "sts:AssumeRoleWithSAML",
        "Condition": {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}},
    }
    elsewhere = {"trust": "saml", "provider_arn": SAML["provider_arn"].replace(":aws:", ":aws-us-gov:")}
    gov = registered(region="us-gov-west-1", **only("operator", **elsewhere))
    assert trust(gov, "operator")["Condition"]["StringEquals"]["SAML:aud"].startswith("https://signin.amazonaws-us-gov")


def test_people_of_an_oidc_provider_are_named_one_by_one(run: Recording) -> None:
    found = trust(run, "auditor")
    assert found["Action"] == "sts:AssumeRoleWithWebIdentity"
    claims = {"login.example.com/tenant:aud": "client", "login.example.com/tenant:sub": ["alice"]}
    assert found["Condition"] == {"StringEquals": claims}


def test_principals_show_a_second_factor_that_is_fresh(run: Recording) -> None:
    found = trust(run, "emergency")
    assert found["Principal"] == {"AWS": PRINCIPALS["principal_arns"]}
    assert found["Condition"] == {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
    }
    longer = registered(**only("operator", **PRINCIPALS))
    assert trust(longer, "operator")["Condition"]["NumericLessThan"] == {"aws:MultiFactorAuthAge": "43200"}


def test_a_second_factor_that_aws_cannot_see_takes_a_word() -> None:
    assert "Condition" not in trust(registered(**only("auditor", **PRINCIPALS, mfa_elsewhere=True)), "auditor")


def test_only_roles_with_somebody_in_them_are_made() -> None:
    run = registered(**only("auditor", **SAML, session_hours=2))
    assert run.one("iam/role:Role").inputs["maxSessionDuration"] == 7200


# --- What ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_aws_accepts_the_policies_and_nothing_in_them_is_too_wide(run: Recording, kind: str) -> None:
    assert check_policy(policy(run, kind), "identity", "policy", limit=INLINE_LIMIT, account=ACCOUNT_ID) == []
    document = run.one("iam/role:Role", f"dev-{kind}").inputs["assumeRolePolicy"]
    assert check_policy(document, "trust", "trust", account=ACCOUNT_ID) == []


@pytest.mark.parametrize("kind", KINDS)
def test_no_role_has_every_action_of_anything(run: Recording, kind: str) -> None:
    assert not [verb for verb in allowed(run, kind) if verb.split(":")[-1] == "*" or verb == "*"]


@pytest.mark.parametrize("kind", ["operator", "auditor"])
def test_operators_and_auditors_delete_no_backups_trails_or_keys(run: Recording, kind: str) -> None:
    assert not [action for action in EVIDENCE if allows(run, kind, action)]
    assert set(statements(run, kind)["KeepEvidence"]["Action"]) == set(EVIDENCE)


def test_an_emergency_may_take_backups_and_no_other_evidence(run: Recording) -> None:
    assert {action for action in EVIDENCE if allows(run, "emergency", action)} == set(BACKUPS)
    assert set(statements(run, "emergency")["KeepEvidence"]["Action"]) == set(EVIDENCE) - set(BACKUPS)
    found = statements(run, "emergency")["Backups"]
    assert found["Condition"] == {"StringEquals": {"aws:ResourceTag/Environment": "dev"}}


@pytest.mark.parametrize("action", ["backup:DeleteRecoveryPoint", *READ_SECRETS])
def test_backups_are_deleted_and_secrets_are_read_in_emergencies_alone(run: Recording, action: str) -> None:
    assert [kind for kind in KINDS if allows(run, kind, action)] == ["emergency"]


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_reads_items_and_nobody_else_secret_values(run: Recording, kind: str) -> None:
    assert {action for action in CONTENT if allows(run, kind, action)} <= set(READ_SECRETS)


def test_an_emergency_reads_the_secrets_of_its_environment_with_their_keys(run: Recording) -> None:
    found = statements(run, "emergency")
    own = {"aws:ResourceTag/Environment": "dev"}
    assert found["ReadSecrets"]["Resource"] == [f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:*"]
    assert found["ReadSecrets"]["Condition"] == {"StringEquals": own}
    assert found["DecryptSecrets"]["Action"] == ["kms:Decrypt"]
    via = {"kms:ViaService": f"secretsmanager.{REGION}.amazonaws.com"}
    assert found["DecryptSecrets"]["Condition"] == {"StringEquals": {**own, **via}}
    assert set(found["NoData"]["Action"]) == set(CONTENT) - set(READ_SECRETS)


@pytest.mark.parametrize("kind", ["administrator", "emergency"])
def test_who_recovers_tells_the_others_by_the_environments_topics(run: Recording, kind: str) -> None:
    found = statements(run, kind)
    own = {"aws:ResourceTag/Environment": "dev"}
    assert (found["Tell"]["Action"], found["Tell"]["Condition"]) == (["sns:Publish"], {"StringEquals": own})
    via = {"kms:ViaService": f"sns.{REGION}.amazonaws.com"}
    assert found["TellEncrypted"]["Condition"] == {"StringEquals": {**own, **via}}
    assert not allows(run, "operator", "sns:Publish")


def test_an_administrator_may_delete_what_others_must_keep(run: Recording) -> None:
    for action in ("backup:DeleteBackupPlan", "cloudtrail:StopLogging", "kms:ScheduleKeyDeletion"):
        assert allows(run, "administrator", action)
    assert statements(run, "administrator")["DeleteTrailObjects"]["Resource"] == [f"{TRAIL_BUCKET}/*"]


def test_an_administrator_makes_roles_with_the_boundary_only(run: Recording) -> None:
    found = statements(run, "administrator")["BoundedRoles"]
    assert found["Condition"] == {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}}


def test_an_operator_restarts_scales_and_rolls_back_in_one_environment(run: Recording) -> None:
    found = statements(run, "operator")
    restart, scale = found["RestartScaleRollBack"], found["Scale"]
    assert restart["Action"] == ["ecs:UpdateService"]
    assert restart["Resource"] == [f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:service/mcp-dev-cluster/*"]
    assert restart["Condition"] == scale["Condition"] == {"StringEquals": {"aws:ResourceTag/Environment": "dev"}}
    assert "application-autoscaling:RegisterScalableTarget" in scale["Action"]
    assert found["ReadLogs"]["Resource"] == [f"arn:aws:logs:{REGION}:{ACCOUNT_ID}:log-group:/mcp-ops/*"]
    assert not allows(run, "operator", "secretsmanager:PutSecretValue")


def test_an_auditor_changes_nothing_and_reads_no_object_but_the_trails(run: Recording) -> None:
    found = statements(run, "auditor")
    assert not allows(run, "auditor", "ecs:UpdateService")
    assert allows(run, "auditor", "iam:GetRolePolicy")
    assert found["ReadTrail"]["Resource"] == [f"{TRAIL_BUCKET}/*"]
    assert found["NoOtherObjects"]["NotResource"] == [f"{TRAIL_BUCKET}/*"]
    assert found["DecryptTrail"]["Resource"] == TRAIL_KEY
    assert found["NoOtherKeys"]["NotResource"] == [TRAIL_KEY]


def test_without_a_trail_the_auditor_reads_no_object_and_uses_no_key() -> None:
    run = registered(trail_bucket_arn=None, trail_key_arn=None, restore_role_arns=[])
    found = statements(run, "auditor")
    assert not {"ListTrail", "ReadTrail", "DecryptTrail"} & set(found)
    assert found["NoOtherObjects"]["Resource"] == found["NoOtherKeys"]["Resource"] == "*"
    assert "DeleteTrailObjects" not in statements(run, "administrator")
    assert "RestoreAs" not in statements(run, "emergency")


def test_in_an_emergency_things_are_contained_and_repaired(run: Recording) -> None:
    found = statements(run, "emergency")
    for action in ("ec2:RevokeSecurityGroupIngress", "secretsmanager:RotateSecret", "backup:StartRestoreJob"):
        assert allows(run, "emergency", action)
    assert found["Quarantine"]["Condition"] == {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/AWSDenyAll"}}
    assert found["RestoreAs"]["Condition"] == {"StringEquals": {"iam:PassedToService": "backup.amazonaws.com"}}


# --- What is refused -----------------------------------------------------------------------------------------------


def offences(**changes: Any) -> list[str]:
    with pytest.raises(InputError) as caught:
        registered(**changes)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"operator": {"trust": "ldap"}}, "dev.operator.trust: ldap is not one of saml, oidc, principals"),
        ({"operator": {}}, "dev.operator.trust: None is missing; it is required"),
        ({"operator": "alice"}, "dev.operator: alice is not a group of inputs"),
        ({"operator": {**SAML, "session_hours": 13}}, "session_hours: 13 is not a plain integer from 1 to 12"),
        ({"emergency": {**SAML, "session_hours": 2}}, "session_hours: 2 is not a plain integer from 1 to 1"),
        ({"operator": {"trust": "saml"}}, "dev.operator.provider_arn: None is missing; trust saml needs it"),
        ({"operator": {**SAML, "provider_arn": "okta"}}, "okta is not the ARN of an identity provider for saml"),
        ({"operator": {**SAML, "provider_arn": OIDC["provider_arn"]}}, "is not the ARN of an identity provider"),
        (
            {"operator": {**SAML, "provider_arn": "arn:aws:iam::999999999999:saml-provider/okta"}},
            f"is not in account {ACCOUNT_ID}, which has the roles",
        ),
        ({"operator": {**SAML, "subjects": ["x"]}}, "subjects: given has no effect with trust saml; leave it out"),
        ({"auditor": {**OIDC, "subjects": ["team-*"]}}, "team-* is not an exact subject"),
        ({"auditor": {**OIDC, "subjects": []}}, "dev.auditor.subjects: [] is empty; nobody could take the role"),
        ({"auditor": {**OIDC, "audience": None}}, "dev.auditor.audience: None is missing; trust oidc needs it"),
        ({"emergency": {**PRINCIPALS, "principal_arns": []}}, "principal_arns: [] is empty"),
        ({"emergency": {**PRINCIPALS, "principal_arns": ["*"]}}, "principal_arns: * is not the ARN of a user"),
        ({"emergency": {**PRINCIPALS, "mfa": True}}, "mfa: True is no input of this component"),
        ({"environment": "a b"}, "is not the value of a tag Environment"),
        (dict.fromkeys(KINDS), "dev.operator: None is missing; give at least one of administrator, operator"),
    ],
)
def test_wrong_roles_are_refused(changes: dict[str, Any], expected: str) -> None:
    assert any(expected in line for line in offences(**changes)), offences(**changes)


def test_everything_wrong_is_said_at_once() -> None:
    wrong = offences(account_id="1", operator={"trust": "ldap"}, auditor={**OIDC, "session_hours": 99})
    assert [line.partition(":")[0] for line in wrong] == [
        "dev.account_id",
        "dev.operator.trust",
        "dev.auditor.session_hours",
        "dev.auditor.provider_arn",
    ]


def test_a_name_that_leaves_no_room_is_refused() -> None:
    with pytest.raises(InputError, match="a role name has room for 64"):
        record(lambda: OperatorRoles("d" * 60, roles()))


def test_a_preview_works_while_nothing_is_known() -> None:
    assert len(list(record(lambda: OperatorRoles("dev", roles()), preview=True))) == 9
