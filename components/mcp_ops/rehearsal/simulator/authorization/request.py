"""What is asked of IAM: who calls which action on which resource, under which circumstances."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from mcp_ops.rehearsal.findings.patterns import matches

Value = str | tuple[str, ...]
"""Value of a condition key. A tuple is a multivalued key; an empty one counts as absent."""

Kind = Literal["user", "role", "account", "service", "oidc", "saml", "anonymous"]

IDENTITIES = frozenset({"user", "role"})
"""Kinds of principals that have identity policies, a boundary and service control policies."""


class CannotDecide(Exception):
    """AWS's answer cannot be told from what is known. It is neither an allow nor a deny.

    The message says what is missing.
    """


@dataclass(frozen=True)
class Principal:
    """Who calls. Build one by the functions below."""

    kind: Kind
    name: str
    """ARN of a user, role session, account (`:root`) or identity provider; host name of a service or provider."""
    account: str = ""
    """12 digits; empty for services, identity providers and anonymous callers."""
    role_arn: str = ""
    """The role behind a session, with its path."""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Tags of the role or user and, over them, of the session: `aws:PrincipalTag/<key>`."""

    @property
    def session_name(self) -> str:
        """Last part of the name."""
        return self.name.rsplit("/", 1)[-1]


def user(arn: str, tags: Mapping[str, str] | None = None) -> Principal:
    """Returns an IAM user."""
    return Principal("user", arn, account_of(arn), tags=tags or {})


def role_session(role_arn: str, session_name: str, tags: Mapping[str, str] | None = None) -> Principal:
    """Returns a session of a role, named as STS names it: without the role's path."""
    partition, account, role = role_arn.split(":")[1], account_of(role_arn), role_arn.rsplit("/", 1)[-1]
    arn = f"arn:{partition}:sts::{account}:assumed-role/{role}/{session_name}"
    return Principal("role", arn, account, role_arn, tags or {})


def account(account_id: str, partition: str = "aws") -> Principal:
    """Returns an account as a whole: some identity of it that its own administrator lets call."""
    return Principal("account", f"arn:{partition}:iam::{account_id}:root", account_id)


def service(name: str) -> Principal:
    """Returns an AWS service: `ecs-tasks.amazonaws.com`."""
    return Principal("service", name)


def oidc(provider: str) -> Principal:
    """Returns a caller with a token of an OIDC provider: its ARN, or the host of a built-in one."""
    return Principal("oidc", provider)


def saml(provider_arn: str) -> Principal:
    """Returns a caller with an assertion of a SAML provider."""
    return Principal("saml", provider_arn)


ANONYMOUS = Principal("anonymous", "*")
"""A caller without credentials."""


_TYPES = {"user": "User", "role": "AssumedRole", "account": "Account", "anonymous": "Anonymous"}


def keys_of(principal: Principal) -> dict[str, Value]:
    """Returns the condition keys that follow from who calls."""
    found: dict[str, Value] = {"aws:PrincipalIsAWSService": "true" if principal.kind == "service" else "false"}
    if principal.kind == "service":
        found["aws:PrincipalServiceName"] = principal.name
    if principal.kind in _TYPES:
        found["aws:PrincipalType"] = _TYPES[principal.kind]
    if principal.kind in IDENTITIES:
        found["aws:PrincipalArn"] = principal.role_arn or principal.name
    if principal.kind == "user":
        found["aws:username"] = principal.session_name
    if principal.account:
        found["aws:PrincipalAccount"] = principal.account
    return {**found, **{f"aws:PrincipalTag/{key}": value for key, value in principal.tags.items()}}


def account_of(arn: str) -> str:
    """Returns the account in an ARN, or nothing."""
    parts = arn.split(":", 5)
    return parts[4] if len(parts) == 6 else ""  # noqa: PLR2004 - the parts of an ARN


@dataclass(frozen=True)
class Request:
    """One call, as IAM sees it."""

    principal: Principal
    action: str
    """`s3:GetObject`; letter case does not count."""
    resource: str
    """ARN, or `*` for an action without resource-level permissions."""
    context: Mapping[str, Value] = field(default_factory=dict)
    """Condition keys and their values. Letter case of keys does not count."""
    absent: frozenset[str] = frozenset()
    """Keys that the call certainly does not carry, in lower case; `*` for the variable part, or for all others.

    A key that is neither here nor in `context` is unknown: a condition on it cannot be decided.
    """

    def value_of(self, key: str) -> Value | None:
        """Returns the value of a condition key, None when the call does not carry it.

        Raises:
            CannotDecide: nobody said whether it does.
        """
        wanted = key.lower()
        for name, value in self.context.items():
            if name.lower() == wanted:
                return value or None if isinstance(value, tuple) else value
        if any(matches(pattern, wanted) for pattern in self.absent):
            return None
        raise CannotDecide(f"{self.action}: the value of condition key {key} is not known")
