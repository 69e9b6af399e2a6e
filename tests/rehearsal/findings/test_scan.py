import json
from typing import Any

import pytest
from tests.rehearsal.findings.support import (
    ACCOUNT_ID,
    ROOT,
    document,
    only,
    registration,
    rules,
    run_of,
    statement,
    trust,
)

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.findings import blocking, findings_of
from mcp_ops.rehearsal.findings.where import PLACES

ROLE = "aws:iam/role:Role"
ROLE_POLICY = "aws:iam/rolePolicy:RolePolicy"
POLICY = "aws:iam/policy:Policy"
ATTACHMENT = "aws:iam/rolePolicyAttachment:RolePolicyAttachment"
SOUND_TRUST = json.dumps(document(trust({"Service": "ecs-tasks.amazonaws.com"})))
BROKEN = json.dumps(document(statement("s3:GetObjekt")))
BROKEN_PATHS = {
    ROLE: ("inlinePolicies", [{"policy": BROKEN}], "inlinePolicies[0].policy"),
    POLICY: ("policy", BROKEN, "policy"),
}


@pytest.mark.parametrize("kind", sorted(PLACES))
def test_a_policy_is_found_wherever_it_stands(kind: str) -> None:
    for place in PLACES[kind]:
        head, is_list, rest = place.path.partition("[].")
        value = [{rest: "{"}] if is_list else "{"
        finding = only(findings_of(run_of(registration(kind, "thing", {head: value}))))
        assert (finding.rule, finding.where) == ("json-syntax", place.path.replace("[]", "[0]"))
        assert finding.urn.endswith("::thing")


@pytest.mark.parametrize("policy", [document(statement("s3:GetObjekt")), BROKEN, wire.Secret(BROKEN)])
def test_a_policy_may_be_text_a_map_or_secret(policy: Any) -> None:
    assert rules(findings_of(run_of(registration(ROLE_POLICY, "task", {"policy": policy, "role": "task"})))) == [
        "invalid-action"
    ]


def test_what_is_unknown_is_passed_over() -> None:
    unknown = [wire.UNKNOWN, wire.Secret(wire.UNKNOWN), document(statement(resource=wire.UNKNOWN)), None, ""]
    run = run_of(
        *(registration(ROLE_POLICY, f"task-{index}", {"policy": value}) for index, value in enumerate(unknown))
    )
    assert findings_of(run) == []


def test_findings_follow_the_order_of_registrations() -> None:
    run = run_of(
        registration("aws:ebs/volume:Volume", "first", {}),
        registration(ROLE_POLICY, "second", {"policy": BROKEN}),
        registration("aws:ebs/volume:Volume", "third", {}),
    )
    assert [item.urn.rpartition("::")[2] for item in findings_of(run)] == ["first", "second", "third"]


def test_components_and_look_ups_have_no_findings() -> None:
    run = run_of(
        registration(POLICY, "looked-up", {"policy": BROKEN}, fidelity="read"),
        registration(POLICY, "component", {"policy": BROKEN}, custom=False),
    )
    assert findings_of(run) == []


@pytest.mark.parametrize(("attached", "expected"), [(False, []), (True, ["star-action"])])
def test_a_boundary_may_be_wide_unless_it_is_attached_too(attached: bool, expected: list[str]) -> None:
    arn = f"arn:aws:iam::{ACCOUNT_ID}:policy/boundary"
    wide = registration(POLICY, "boundary", {"policy": document(statement("*", "*"))}, outputs={"arn": arn})
    role = registration(ROLE, "task", {"assumeRolePolicy": SOUND_TRUST, "permissionsBoundary": arn})
    attachment = registration(ATTACHMENT, "task", {"role": "task", "policyArn": arn})
    assert rules(findings_of(run_of(wide, role, *([attachment] if attached else [])))) == expected


def test_the_account_of_the_resource_owns_its_key() -> None:
    key = {"policy": document(statement("kms:*", "*", Principal={"AWS": ROOT}))}
    assert findings_of(run_of(registration("aws:kms/key:Key", "logs", key))) == []
    elsewhere = registration("aws:kms/key:Key", "logs", key, account="444455556666")
    assert rules(findings_of(run_of(elsewhere))) == ["wildcard-write-action"]


def test_a_managed_policy_has_a_limit() -> None:
    buckets = [f"arn:aws:s3:::bucket-{number:040}/*" for number in range(100)]
    finding = only(findings_of(run_of(registration(POLICY, "wide", {"policy": document(statement(resource=buckets))}))))
    assert finding.rule == "policy-too-long"
    assert "6,144" in finding.message


def test_inline_policies_of_a_role_share_a_limit() -> None:
    half = document(statement(resource=[f"arn:aws:s3:::bucket-{number:040}/*" for number in range(80)]))
    role = registration(
        ROLE, "task", {"assumeRolePolicy": SOUND_TRUST, "inlinePolicies": [{"policy": half}]}, id="task-1"
    )
    one = registration(ROLE_POLICY, "more", {"policy": half, "role": "task-1"})
    other = registration(ROLE_POLICY, "other", {"policy": half, "role": "task-2"})
    assert findings_of(run_of(role, other)) == []
    finding = only(findings_of(run_of(role, one, other)))
    assert (finding.level, finding.rule) == ("error", "policy-too-long")
    assert "role task-1" in finding.message


def test_errors_block_and_warnings_block_when_strict() -> None:
    run = run_of(registration("aws:ebs/volume:Volume", "data", {}), registration(POLICY, "broken", {"policy": BROKEN}))
    found = findings_of(run)
    assert rules(blocking(found, strict=False)) == ["invalid-action"]
    assert rules(blocking(found, strict=True)) == ["unencrypted-storage", "invalid-action"]
