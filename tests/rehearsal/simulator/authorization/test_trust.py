"""Who may take a role: services, accounts, roles, callers with tokens (IAM User Guide, "Creating a role")."""

from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.authorization import request as iam
from mcp_ops.rehearsal.simulator.authorization.decision import Decision
from mcp_ops.rehearsal.simulator.authorization.policy import Policies, read_policy
from mcp_ops.rehearsal.simulator.authorization.trust import Attempt, may_assume

HOME, AWAY = "111111111111", "222222222222"
ROLE = f"arn:aws:iam::{HOME}:role/deploy"
GITHUB = "token.actions.githubusercontent.com"
PROVIDER = f"arn:aws:iam::{HOME}:oidc-provider/{GITHUB}"
SAML = f"arn:aws:iam::{HOME}:saml-provider/corp"
CALLER = iam.role_session(f"arn:aws:iam::{HOME}:role/caller", "run")
STRANGER = iam.role_session(f"arn:aws:iam::{AWAY}:role/caller", "run")
ALL = read_policy(
    {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:*", "Resource": "*"}}, "all"
)


def taken(
    principal: iam.Principal,
    trusted: Any,
    action: Any = "sts:AssumeRole",
    condition: Any = None,
    identity: Policies | None = None,
    **how: Any,
) -> Decision:
    statement = {"Effect": "Allow", "Principal": trusted, "Action": action, "Condition": condition or {}}
    trust = read_policy({"Version": "2012-10-17", "Statement": [statement]}, ROLE, "trust")
    return may_assume(ROLE, trust, Attempt(principal, **how), identity)


def test_service_must_be_named() -> None:
    trusted = {"Service": ["ecs-tasks.amazonaws.com"]}

    assert taken(iam.service("ecs-tasks.amazonaws.com"), trusted).allowed
    assert taken(iam.service("ec2.amazonaws.com"), trusted).reason == (
        "because no role trust policy allows the sts:AssumeRole action"
    )


def test_service_can_be_held_to_an_account() -> None:
    service, condition = iam.service("backup.amazonaws.com"), {"StringEquals": {"aws:SourceAccount": HOME}}
    trusted = {"Service": service.name}

    assert taken(service, trusted, condition=condition, context={"aws:SourceAccount": HOME}).allowed
    assert not taken(service, trusted, condition=condition, context={"aws:SourceAccount": AWAY}).allowed
    assert not taken(service, trusted, condition=condition).allowed


@pytest.mark.parametrize(
    ("subject", "audience", "expected"),
    [
        ("repo:acme/shop:environment:prod", "sts.amazonaws.com", True),
        ("repo:acme/shop:environment:dev", "sts.amazonaws.com", False),
        ("repo:acme@1/shop@2:environment:prod", "sts.amazonaws.com", True),
        ("repo:evil/shop:environment:prod", "sts.amazonaws.com", False),
        ("repo:acme/shop:environment:prod", "other", False),
    ],
)
def test_oidc_token_is_judged_by_its_claims(subject: str, audience: str, *, expected: bool) -> None:
    subjects = ["repo:acme/shop:environment:prod", "repo:acme@1/shop@2:environment:prod"]
    condition = {"StringEquals": {f"{GITHUB}:sub": subjects, f"{GITHUB}:aud": "sts.amazonaws.com"}}
    claims = {f"{GITHUB}:sub": subject, f"{GITHUB}:aud": audience}

    decision = taken(
        iam.oidc(PROVIDER), {"Federated": PROVIDER}, "sts:AssumeRoleWithWebIdentity", condition, context=claims
    )
    assert decision.allowed is expected


def test_token_of_another_provider_is_refused() -> None:
    other = iam.oidc(PROVIDER.replace(GITHUB, "login.example.com"))

    assert not taken(other, {"Federated": PROVIDER}, "sts:AssumeRoleWithWebIdentity").allowed
    with pytest.raises(iam.CannotDecide, match="does not document"):
        taken(other, "*", "sts:AssumeRoleWithWebIdentity")


def test_saml_assertion_is_judged_by_its_attributes() -> None:
    condition = {"StringEquals": {"SAML:aud": "https://signin.aws.amazon.com/saml"}}
    arguments = (iam.saml(SAML), {"Federated": SAML}, ["sts:AssumeRoleWithSAML", "sts:TagSession"], condition)

    assert taken(*arguments, context={"saml:aud": "https://signin.aws.amazon.com/saml"}, tags={"team": "blue"}).allowed
    assert not taken(*arguments, context={"saml:aud": "https://elsewhere.example.com"}).allowed
    assert not taken(iam.saml(SAML), {"Federated": SAML}).allowed


def test_account_may_be_held_to_mfa() -> None:
    condition = {"Bool": {"aws:MultiFactorAuthPresent": "true"}, "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"}}
    account = iam.account(AWAY)
    fresh = {"aws:MultiFactorAuthPresent": "true", "aws:MultiFactorAuthAge": "60"}

    assert taken(account, {"AWS": AWAY}, condition=condition, context=fresh).allowed
    assert not taken(account, {"AWS": AWAY}, condition=condition).allowed
    assert not taken(account, {"AWS": HOME}).allowed
    assert not taken(account, {"AWS": STRANGER.role_arn}).allowed


def test_role_named_in_its_own_account_needs_nothing_more() -> None:
    assert taken(CALLER, {"AWS": CALLER.role_arn}).allowed
    assert not taken(CALLER, {"AWS": HOME}).allowed
    assert taken(CALLER, {"AWS": HOME}, identity=Policies("", identity=[ALL])).allowed
    assert not taken(CALLER, {"AWS": AWAY}, identity=Policies("", identity=[ALL])).allowed


def test_role_of_another_account_needs_its_own_permission() -> None:
    assert not taken(STRANGER, {"AWS": STRANGER.role_arn}).allowed
    assert taken(STRANGER, {"AWS": STRANGER.role_arn}, identity=Policies("", identity=[ALL])).allowed


def test_tags_and_source_identity_need_their_own_actions() -> None:
    account, trusted = iam.account(HOME), {"AWS": HOME}
    tagged = {"tags": {"team": "blue"}}

    assert "sts:TagSession" in taken(account, trusted, **tagged).reason
    assert "sts:SetSourceIdentity" in taken(account, trusted, source_identity="ada").reason
    every = ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]
    condition = {"StringEquals": {"aws:RequestTag/team": "blue"}, "ForAllValues:StringEquals": {"aws:TagKeys": "team"}}
    assert taken(account, trusted, every, condition, **tagged).allowed
    assert not taken(account, trusted, every, condition, tags={"team": "red"}).allowed


def test_conditions_on_the_principal_follow_from_it() -> None:
    tagged = iam.role_session(CALLER.role_arn, "run", {"team": "blue"})
    condition = {
        "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{HOME}:role/c*"},
        "StringEquals": {"aws:PrincipalTag/team": "blue"},
    }
    user = iam.user(f"arn:aws:iam::{HOME}:user/ada")

    assert taken(tagged, "*", condition=condition).allowed
    assert not taken(CALLER, "*", condition=condition).allowed
    assert taken(user, "*", condition={"StringEquals": {"aws:username": "ada"}}).allowed
    service = {
        "Bool": {"aws:PrincipalIsAWSService": "true"},
        "StringEquals": {"aws:PrincipalServiceName": "a.amazonaws.com"},
    }
    assert taken(iam.service("a.amazonaws.com"), {"Service": "a.amazonaws.com"}, condition=service).allowed
