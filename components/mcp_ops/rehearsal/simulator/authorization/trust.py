"""Tells who may take a role.

IAM User Guide, "Creating a role", "Pass session tags in AWS STS" and "Monitor and control actions taken with assumed
roles" (source identity).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mcp_ops.rehearsal.simulator.authorization.decision import Decision, decide
from mcp_ops.rehearsal.simulator.authorization.policy import Policies, Policy
from mcp_ops.rehearsal.simulator.authorization.request import Principal, Request, Value, account_of, keys_of

_ACTIONS = {"oidc": "sts:AssumeRoleWithWebIdentity", "saml": "sts:AssumeRoleWithSAML"}
_DEFAULT_ACTION = "sts:AssumeRole"


@dataclass(frozen=True)
class Attempt:
    """How a role is to be taken."""

    principal: Principal
    """Who takes it. For an account as a whole, its own administrators are taken to permit it."""
    context: Mapping[str, Value] = field(default_factory=dict)
    """Condition keys of the call: `sts:ExternalId`, `aws:MultiFactorAuthPresent`, claims of a token as
    `<host>:<claim>`, attributes of an assertion as `saml:<attribute>`."""
    absent: frozenset[str] = frozenset({"*"})
    """Keys that the call certainly does not carry; by default all others."""
    source_identity: str = ""
    tags: Mapping[str, str] = field(default_factory=dict)
    """Session tags."""


def may_assume(role_arn: str, trust: Policy, attempt: Attempt, identity: Policies | None = None) -> Decision:
    """Returns whether a role may be taken: by its trust policy and, for users and roles, by their own policies.

    Session tags need `sts:TagSession` and a source identity `sts:SetSourceIdentity` as well.

    Raises:
        CannotDecide: it depends on something that is not known.
    """
    mine = identity or Policies("")
    policies = Policies(
        account_of(role_arn), mine.identity, mine.boundary, mine.session, trust, service_control=mine.service_control
    )
    decisions = [
        decide(Request(attempt.principal, action, role_arn, _context(attempt), attempt.absent), policies)
        for action in _actions(attempt)
    ]
    return next((item for item in decisions if not item.allowed), decisions[0])


def action_of(principal: Principal) -> str:
    """Returns the action by which a principal takes a role."""
    return _ACTIONS.get(principal.kind, _DEFAULT_ACTION)


def _actions(attempt: Attempt) -> list[str]:
    also = {"sts:TagSession": bool(attempt.tags), "sts:SetSourceIdentity": bool(attempt.source_identity)}
    return [action_of(attempt.principal), *(name for name, needed in also.items() if needed)]


def _context(attempt: Attempt) -> dict[str, Value]:
    found: dict[str, Value] = {f"aws:RequestTag/{key}": value for key, value in attempt.tags.items()}
    if attempt.tags:
        found["aws:TagKeys"] = tuple(attempt.tags)
    if attempt.source_identity:
        found["sts:SourceIdentity"] = attempt.source_identity
    return {**keys_of(attempt.principal), **found, **attempt.context}
