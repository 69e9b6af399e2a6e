"""The evaluation logic, case by case. Quotations name the page of the IAM User Guide that says so."""

from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.authorization import request as iam
from mcp_ops.rehearsal.simulator.authorization.decision import Decision, decide
from mcp_ops.rehearsal.simulator.authorization.policy import Policies, Policy, read_policy

HOME, AWAY = "111111111111", "222222222222"
USER = iam.user(f"arn:aws:iam::{HOME}:user/ada")
ROLE_ARN = f"arn:aws:iam::{HOME}:role/team/task"
SESSION = iam.role_session(ROLE_ARN, "run")
QUEUE = f"arn:aws:sqs:eu-central-1:{HOME}:jobs"
KEY = f"arn:aws:kms:eu-central-1:{HOME}:key/1"
ROOT = {"AWS": f"arn:aws:iam::{HOME}:root"}


def policy(*statements: dict[str, Any], kind: Any = "identity", version: str = "2012-10-17") -> Policy:
    filled = [{"Effect": "Allow", **item} for item in statements]
    filled = [item if {"Action", "NotAction"} & item.keys() else {**item, "Action": "*"} for item in filled]
    if kind != "trust":
        filled = [item if {"Resource", "NotResource"} & item.keys() else {**item, "Resource": "*"} for item in filled]
    return read_policy({"Version": version, "Statement": filled}, kind, kind)


ALL = policy({})
DENY_ALL = policy({"Effect": "Deny"})
OTHER = policy({"Action": "ec2:*"})


def to(*principals: Any, **more: Any) -> Policy:
    return policy(*({"Principal": item, **more} for item in principals), kind="resource")


def decided(
    principal: iam.Principal = SESSION,
    action: str = "sqs:SendMessage",
    resource: str = QUEUE,
    owner: str = HOME,
    resource_policy: Policy | None = None,
    **policies: Any,
) -> Decision:
    request = iam.Request(principal, action, resource, absent=frozenset({"*"}))
    return decide(request, Policies(owner, resource=resource_policy, **policies))


@pytest.mark.parametrize(
    ("element", "value", "expected"),
    [
        ("Action", "sqs:SendMessage", True),
        ("Action", "SQS:sendmessage", True),
        ("Action", "sqs:Send*", True),
        ("Action", "sqs:?endMessage", True),
        ("Action", ["ec2:*", "*:*"], True),
        ("Action", "sqs:SendMessageBatch", False),
        ("NotAction", "ec2:*", True),
        ("NotAction", ["ec2:*", "sqs:*"], False),
        ("Resource", QUEUE, True),
        ("Resource", "arn:aws:sqs:*:*:jo?s", True),
        ("Resource", "arn:aws:sqs:*", True),
        ("Resource", QUEUE.replace("jobs", "JOBS"), False),
        ("Resource", f"arn:aws:sqs:*:{AWAY}:*", False),
        ("Resource", "arn:aws:*:jobs:*:*", False),
        ("NotResource", f"arn:aws:sqs:*:{AWAY}:*", True),
        ("NotResource", "arn:aws:sqs:*:*:j*", False),
    ],
)
def test_actions_and_resources(element: str, value: Any, *, expected: bool) -> None:
    """Pages "Action", "NotAction", "Resource", "NotResource"; a wildcard stays within its part of an ARN."""
    assert decided(identity=[policy({element: value})]).allowed is expected


def test_wildcards_in_a_request_are_text() -> None:
    named = [policy({"Resource": "arn:aws:s3:::b/file${?}"})]

    assert decided(action="s3:GetObject", resource="arn:aws:s3:::b/file?", identity=named).allowed
    assert not decided(action="s3:GetObject", resource="arn:aws:s3:::b/file1", identity=named).allowed
    assert not decided(
        action="ec2:DescribeVpcs", resource="*", identity=[policy({"Resource": "arn:aws:ec2:*:*:vpc/*"})]
    ).allowed


def test_variables_in_resources() -> None:
    mine = policy({"Resource": "arn:aws:s3:::${aws:PrincipalTag/bucket}/k"})
    not_mine = policy({"NotResource": "arn:aws:s3:::${aws:PrincipalTag/bucket}/k"})
    context = {"aws:PrincipalTag/bucket": "b"}
    tagged = iam.Request(SESSION, "s3:GetObject", "arn:aws:s3:::b/k", context, frozenset({"*"}))
    untagged = iam.Request(SESSION, "s3:GetObject", "arn:aws:s3:::b/k", absent=frozenset({"*"}))

    assert decide(tagged, Policies(HOME, identity=[mine])).allowed
    assert not decide(tagged, Policies(HOME, identity=[not_mine])).allowed
    assert not decide(untagged, Policies(HOME, identity=[mine])).allowed
    with pytest.raises(iam.CannotDecide, match="has no value in this request"):
        decide(untagged, Policies(HOME, identity=[not_mine]))


@pytest.mark.parametrize(
    ("policies", "reason"),
    [
        ({"identity": [ALL, DENY_ALL]}, "with an explicit deny in an identity-based policy"),
        ({"identity": [ALL], "boundary": DENY_ALL}, "with an explicit deny in a permissions boundary"),
        ({"identity": [ALL], "session": [DENY_ALL]}, "with an explicit deny in a session policy"),
        (
            {"identity": [ALL], "resource_policy": to("*", Effect="Deny")},
            "with an explicit deny in a resource-based policy",
        ),
        (
            {"identity": [ALL], "service_control": [[ALL, DENY_ALL]]},
            "with an explicit deny in a service control policy",
        ),
    ],
)
def test_explicit_deny_wins_everywhere(policies: dict[str, Any], reason: str) -> None:
    decision = decided(**policies)

    assert (decision.allowed, decision.explicit, decision.reason) == (False, True, reason)
    assert decision.statements


@pytest.mark.parametrize(
    ("policies", "reason"),
    [
        ({}, "because no identity-based policy allows the sqs:SendMessage action"),
        ({"identity": [OTHER]}, "because no identity-based policy allows the sqs:SendMessage action"),
        ({"identity": [ALL], "boundary": OTHER}, "because no permissions boundary allows the sqs:SendMessage action"),
        ({"identity": [ALL], "session": [OTHER]}, "because no session policy allows the sqs:SendMessage action"),
        (
            {"identity": [ALL], "service_control": [[ALL], [OTHER]]},
            "because no service control policy allows the sqs:SendMessage action",
        ),
    ],
)  # fmt: skip
def test_what_nothing_allows_is_denied(policies: dict[str, Any], reason: str) -> None:
    decision = decided(**policies)

    assert (decision.allowed, decision.explicit, decision.reason) == (False, False, reason)


def test_every_limit_that_allows_lets_through() -> None:
    decision = decided(identity=[ALL], boundary=ALL, session=[OTHER, ALL], service_control=[[ALL], [OTHER, ALL]])

    assert decision.allowed
    assert decision.reason == "because an identity-based policy allows the sqs:SendMessage action"


@pytest.mark.parametrize(
    ("principal", "named", "limits", "expected"),
    [
        # "Permissions boundaries": to a user's or a session's own ARN a resource policy gives more than the boundary.
        (USER, {"AWS": USER.name}, {"boundary": OTHER}, True),
        (SESSION, {"AWS": SESSION.name}, {"boundary": OTHER, "session": [OTHER]}, True),
        (SESSION, "*", {"boundary": OTHER}, True),
        # ... but not to the ARN of a role.
        (SESSION, {"AWS": ROLE_ARN}, {}, True),
        (SESSION, {"AWS": ROLE_ARN}, {"boundary": OTHER}, False),
        (SESSION, {"AWS": ROLE_ARN}, {"boundary": ALL, "session": [OTHER]}, False),
        # "Principal": naming an account leaves the decision to its policies.
        (SESSION, ROOT, {}, False),
        (SESSION, {"AWS": HOME}, {}, False),
        (SESSION, {"AWS": HOME}, {"identity": [ALL]}, True),
        (USER, {"AWS": ROLE_ARN}, {}, False),
        (USER, {"Service": "sns.amazonaws.com"}, {}, False),
    ],
)
def test_resource_policy_within_the_account(
    principal: iam.Principal, named: Any, limits: dict[str, Any], *, expected: bool
) -> None:
    assert decided(principal, resource=QUEUE, **{**limits, "resource_policy": to(named)}).allowed is expected


@pytest.mark.parametrize("named", [{"AWS": SESSION.name}, {"AWS": ROLE_ARN}, ROOT, "*"], ids=str)
def test_another_account_needs_both_policies(named: Any) -> None:
    """Page "Cross-account policy evaluation logic"."""
    assert decided(owner=AWAY, identity=[ALL], resource_policy=to(named)).allowed
    assert decided(owner=AWAY, resource_policy=to(named)).reason.startswith("because no identity-based policy")
    assert decided(owner=AWAY, identity=[ALL]).reason.startswith("because no resource-based policy")
    assert not decided(owner=AWAY, identity=[ALL], boundary=OTHER, resource_policy=to(named)).allowed


def test_keys_count_identity_policies_only_if_the_key_policy_says_so() -> None:
    """KMS Developer Guide, "Key policies in AWS KMS"."""
    of_key = {"action": "kms:Decrypt", "resource": KEY}

    assert decided(**of_key, identity=[ALL]).reason.startswith("because no resource-based policy")
    assert decided(**of_key, identity=[ALL], resource_policy=to(ROOT)).allowed
    assert not decided(**of_key, resource_policy=to(ROOT)).allowed
    assert decided(**of_key, resource_policy=to({"AWS": ROLE_ARN})).allowed
    assert not decided(**of_key, identity=[ALL], resource_policy=to({"AWS": USER.name})).allowed
    assert decided(action="kms:ListKeys", resource="*", identity=[ALL]).allowed


def test_services_and_anonymous_callers_have_the_resource_policy_alone() -> None:
    sns = iam.service("sns.amazonaws.com")

    assert decided(sns, resource_policy=to({"Service": "sns.amazonaws.com"})).allowed
    assert decided(iam.ANONYMOUS, resource_policy=to("*")).allowed
    assert not decided(iam.ANONYMOUS, resource_policy=to(ROOT)).allowed
    assert not decided(sns, identity=[ALL]).allowed
    assert decided(sns, resource_policy=to("*", Effect="Deny")).explicit


FULL = {"AWS": [SESSION.name, ROLE_ARN, ROOT["AWS"]]}


@pytest.mark.parametrize(
    ("listed", "limits", "denied"),
    [
        # "NotPrincipal": session, role and account must be listed, or the Deny takes in the caller.
        (FULL, {}, False),
        ({"AWS": [SESSION.name, ROLE_ARN, HOME]}, {}, False),
        ({"AWS": [SESSION.name, ROLE_ARN]}, {}, True),
        ({"AWS": USER.name}, {}, True),
        # "Permissions boundaries for IAM entities": it always denies who has a boundary.
        (FULL, {"boundary": ALL}, True),
    ],
)
def test_deny_with_not_principal(listed: Any, limits: dict[str, Any], *, denied: bool) -> None:
    guard = policy({"Effect": "Deny", "NotPrincipal": listed}, kind="resource")

    assert decided(identity=[ALL], resource_policy=guard, **limits).explicit is denied


def test_allow_with_not_principal_is_for_those_of_whom_nothing_is_listed() -> None:
    assert decided(resource_policy=policy({"NotPrincipal": {"AWS": USER.name}}, kind="resource")).allowed
    assert not decided(resource_policy=policy({"NotPrincipal": {"AWS": ROLE_ARN}}, kind="resource")).allowed
    assert not decided(resource_policy=policy({"NotPrincipal": ROOT}, kind="resource")).allowed
    assert not decided(resource_policy=policy({"NotPrincipal": "*"}, kind="resource")).allowed
    service = iam.service("sns.amazonaws.com")
    assert decided(service, resource_policy=policy({"NotPrincipal": ROOT}, kind="resource")).allowed


UNKNOWN = {"Condition": {"Frob": {"aws:Key": "x"}}}


@pytest.mark.parametrize(
    "policies",
    [
        {"identity": [policy(UNKNOWN)]},
        {"identity": [ALL], "resource_policy": to("*", Effect="Deny", **UNKNOWN)},
        {"identity": [ALL], "boundary": policy(UNKNOWN)},
        {"resource_policy": to("*", **UNKNOWN)},
        {"identity": [policy({"Action": "sqs"})]},
        {"identity": [policy({"Action": "s*:SendMessage"})]},
        {"identity": [policy({"Resource": "jobs"})]},
        {"resource_policy": to({"AWS": f"arn:aws:iam::{HOME}:role/*"})},
        {"resource_policy": to({"CanonicalUser": "79a5"})},
    ],
    ids=str,
)
def test_what_cannot_be_evaluated_is_never_an_allow(policies: dict[str, Any]) -> None:
    with pytest.raises(iam.CannotDecide):
        decided(**policies)


def test_what_cannot_be_evaluated_does_not_hide_what_can() -> None:
    assert decided(identity=[DENY_ALL, policy({"Effect": "Deny", **UNKNOWN})]).explicit
    assert decided(identity=[ALL, policy(UNKNOWN)]).allowed


def test_policy_that_aws_would_not_store_is_an_error() -> None:
    with pytest.raises(iam.CannotDecide, match="Effect is neither Allow nor Deny"):
        policy({"Effect": "Permit"})
    with pytest.raises(iam.CannotDecide, match="is not JSON"):
        read_policy("{", "p")
