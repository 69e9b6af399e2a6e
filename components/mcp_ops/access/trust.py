"""Who may take a role: people of a SAML or OIDC provider, or principals of an account with a second factor. Pure.

With SAML and OIDC the identity provider asks for the second factor; AWS does not see it. Principals prove it to AWS
themselves (IAM User Guide, "Secure API access with MFA").
"""

import re
from dataclasses import dataclass
from typing import NotRequired, TypedDict

from mcp_ops.arns import partition
from mcp_ops.inputs import Inputs
from mcp_ops.policies import Condition, Statement

KINDS = ("saml", "oidc", "principals")
"""Ways to take a role."""

_NEEDS = {
    "saml": ("provider_arn",),
    "oidc": ("provider_arn", "audience", "subjects"),
    "principals": ("principal_arns",),
}
_TAKES = {**_NEEDS, "principals": ("principal_arns", "mfa_elsewhere")}
_PROVIDERS = {
    "saml": re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):saml-provider/[\w.-]{1,128}"),
    "oidc": re.compile(r"arn:aws[a-z-]*:iam::(\d{12}):oidc-provider/[\w.-]+(/[\w./-]+)?"),
}
_PRINCIPAL = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:(root|(user|role)/[\w+=,.@/-]{1,576})")
_EXACT = re.compile(r"[^\s*?]{1,255}")
_SIGN_IN = {
    "aws": "https://signin.aws.amazon.com/saml",
    "aws-cn": "https://signin.amazonaws.cn/saml",
    "aws-us-gov": "https://signin.amazonaws-us-gov.com/saml",
}
"""Audience of a SAML assertion for AWS, by partition (IAM User Guide, "Configure SAML assertions")."""


class OperatorRoleArgs(TypedDict):
    """Who may take one operator role, and for how long."""

    trust: str
    """`saml`, `oidc` or `principals`."""
    provider_arn: NotRequired[str]
    """ARN of the SAML or OIDC provider, in the account of the roles. Required for `saml` and `oidc`."""
    audience: NotRequired[str]
    """Client id that tokens must be issued for. Required for `oidc`."""
    subjects: NotRequired[list[str]]
    """Subjects (`sub`) that may take the role, in full, without wildcards. Required for `oidc`."""
    principal_arns: NotRequired[list[str]]
    """ARNs of users, of roles, or of an account's root, which hands the decision to that account. Required for
    `principals`."""
    mfa_elsewhere: NotRequired[bool]
    """For `principals` whose second factor AWS cannot see, such as roles of IAM Identity Center, which asks for it
    itself: the role then asks for none. Default false."""
    session_hours: NotRequired[int]
    """Longest session: administrator 1 to 4 (default 1), operator 1 to 12 (default 4), auditor 1 to 12 (default 8),
    emergency 1. A session that starts from another role's lasts an hour at most, whatever stands here."""


@dataclass(frozen=True)
class Trust:
    """Who may take a role."""

    kind: str
    provider_arn: str
    audience: str
    subjects: tuple[str, ...]
    principal_arns: tuple[str, ...]
    mfa: bool
    """Whether principals have to show a second factor to AWS."""


def plan_trust(inputs: Inputs, account_id: str) -> Trust:
    """Reads the trust of one role; notes what is missing, wrong or without effect."""
    kind = inputs.choice("trust", "", KINDS)
    trust = Trust(
        kind=kind,
        provider_arn=_provider(inputs, kind, account_id),
        audience=inputs.text("audience", _EXACT, "is not a client id"),
        subjects=_entries(inputs, "subjects", _EXACT, "is not an exact subject; a wildcard would let others in"),
        principal_arns=_entries(
            inputs, "principal_arns", _PRINCIPAL, "is not the ARN of a user, of a role or of an account's root"
        ),
        mfa=not inputs.flag("mfa_elsewhere", default=False),
    )
    if kind:
        _check_fields(inputs, kind)
    return trust


def _check_fields(inputs: Inputs, kind: str) -> None:
    for key in _NEEDS[kind]:
        inputs.offences.check(inputs.has(key), key, None, f"is missing; trust {kind} needs it")
    others = {key for keys in _TAKES.values() for key in keys} - set(_TAKES[kind])
    for key in sorted(others):
        inputs.offences.check(not inputs.has(key), key, "given", f"has no effect with trust {kind}; leave it out")


def _provider(inputs: Inputs, kind: str, account_id: str) -> str:
    pattern = _PROVIDERS.get(kind)
    if pattern is None:
        return ""
    provider = inputs.text("provider_arn", pattern, f"is not the ARN of an identity provider for {kind}")
    found = pattern.fullmatch(provider)
    own = found is None or found[1] == account_id
    inputs.offences.check(own, "provider_arn", provider, f"is not in account {account_id}, which has the roles")
    return provider


def _entries(inputs: Inputs, key: str, pattern: re.Pattern[str], rule: str) -> tuple[str, ...]:
    entries = inputs.entries(key, pattern, rule)
    inputs.offences.check(entries or not inputs.has(key), key, [], "is empty; nobody could take the role")
    return entries


def trust_statement(trust: Trust, region: str, mfa_seconds: int) -> Statement:
    """Returns the statement of a role's trust policy; a second factor counts for `mfa_seconds`."""
    if trust.kind == "saml":
        condition = {"StringEquals": {"SAML:aud": _SIGN_IN[partition(region)]}}
        return _statement({"Federated": trust.provider_arn}, "sts:AssumeRoleWithSAML", condition)
    if trust.kind == "oidc":
        issuer = trust.provider_arn.partition("oidc-provider/")[2]
        claims: dict[str, object] = {f"{issuer}:aud": trust.audience, f"{issuer}:sub": list(trust.subjects)}
        return _statement({"Federated": trust.provider_arn}, "sts:AssumeRoleWithWebIdentity", {"StringEquals": claims})
    second_factor = {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": str(mfa_seconds)},
    }
    return _statement({"AWS": list(trust.principal_arns)}, "sts:AssumeRole", second_factor if trust.mfa else None)


def _statement(principal: object, action: str, condition: Condition | None) -> Statement:
    statement: Statement = {"Effect": "Allow", "Principal": principal, "Action": action}
    return {**statement, "Condition": condition} if condition else statement
