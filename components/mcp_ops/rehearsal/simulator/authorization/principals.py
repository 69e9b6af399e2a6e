"""Tells whether a statement of a resource or trust policy means a principal, and how directly.

IAM User Guide, "Principal" and "NotPrincipal".
"""

import enum
import re
from collections.abc import Iterator, Mapping

from mcp_ops.rehearsal.findings.document import Statement
from mcp_ops.rehearsal.simulator.authorization.request import IDENTITIES, CannotDecide, Principal

_ACCOUNT = re.compile(r"(?:arn:aws(?:-[a-z]+)*:iam::)?(\d{12})(?::root)?")


class Reach(enum.IntEnum):
    """How a resource policy means a principal; a higher one includes what the lower ones give."""

    ACCOUNT = 1
    """Its account: the account's own policies decide."""
    ROLE = 2
    """The role behind a session: within the account boundary and session policies limit, identity policies do not."""
    DIRECT = 3
    """The user, session or service itself, or everybody: nothing but an explicit deny limits within the account."""


def reach_of(statement: Statement, principal: Principal, *, bounded: bool) -> Reach | None:
    """Returns how a statement means a principal; None when it does not. `bounded`: it has a permissions boundary.

    Raises:
        CannotDecide: AWS would not store such a principal, or does not document what it means.
    """
    if statement.not_principals:
        return Reach.DIRECT if _is_meant(statement, principal, bounded=bounded) else None
    found = [reach for reach in _reaches(statement.principals, principal) if reach]
    return max(found, default=None)


def _is_meant(statement: Statement, principal: Principal, *, bounded: bool) -> bool:
    """Tells whether a statement with `NotPrincipal` is for a principal.

    A Deny spares who is listed with the role and the account behind it, and never who has a boundary. An Allow is
    for those of whom nothing is listed.
    """
    listed = {value for values in statement.not_principals.values() for value in values}
    if "*" in listed:
        return False
    mentioned = [_is_listed(form, listed) for form in _forms(principal)]
    if statement.allows:
        return not any(mentioned)
    return not all(mentioned) or (bounded and principal.kind in IDENTITIES)


def _is_listed(form: str, listed: set[str]) -> bool:
    return form in listed or (_account(form) or None) in {_account(value) for value in listed}


def _forms(principal: Principal) -> Iterator[str]:
    yield principal.name
    if principal.role_arn:
        yield principal.role_arn
    if principal.account:
        partition = principal.name.split(":")[1]
        yield f"arn:{partition}:iam::{principal.account}:root"


def _account(value: str) -> str:
    match = _ACCOUNT.fullmatch(value)
    return match.group(1) if match else ""


def _reaches(principals: Mapping[str, tuple[str, ...]], principal: Principal) -> Iterator[Reach | None]:
    for kind, values in principals.items():
        for value in values:
            if kind == "AWS":
                yield _aws_reach(value, principal)
            elif kind in {"Service", "Federated"}:
                yield Reach.DIRECT if value == principal.name and principal.kind in _KINDS[kind] else None
            else:
                raise CannotDecide(f"principal {kind} {value}: who that is cannot be told")


_KINDS = {"Service": {"service"}, "Federated": {"oidc", "saml"}}


def _aws_reach(value: str, principal: Principal) -> Reach | None:
    if value == "*":
        # "Permissions boundaries and session policies do not limit permissions granted using the aws:PrincipalArn
        # condition key with a wildcard(*) in the Principal element" (IAM User Guide, "How AWS enforcement code logic
        # evaluates requests", IAM role); a wildcard without that condition grants no less.
        if principal.kind in {"oidc", "saml"}:
            raise CannotDecide(f"AWS does not document whether principal * means a caller of {principal.name}")
        return Reach.DIRECT
    if "*" in value or "?" in value:
        raise CannotDecide(f"principal {value}: AWS takes no wildcard in a principal")
    if value == principal.name and principal.kind != "account":
        return Reach.DIRECT
    if value == principal.role_arn:
        return Reach.ROLE
    return Reach.ACCOUNT if principal.account and _account(value) == principal.account else None
