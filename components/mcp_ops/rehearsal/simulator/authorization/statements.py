"""Finds the statements of a policy that apply to a request."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from mcp_ops.rehearsal.findings.document import Statement
from mcp_ops.rehearsal.findings.patterns import matches
from mcp_ops.rehearsal.simulator.authorization.conditions import conditions_hold, text_of
from mcp_ops.rehearsal.simulator.authorization.policy import Policy
from mcp_ops.rehearsal.simulator.authorization.principals import Reach, reach_of
from mcp_ops.rehearsal.simulator.authorization.request import CannotDecide, Request
from mcp_ops.rehearsal.simulator.authorization.variables import arn_matches, expanded


@dataclass
class Applying:
    """What one set of policies says of a request."""

    denies: list[Statement] = field(default_factory=list)
    allows: dict[Reach, list[Statement]] = field(default_factory=dict)
    """By how they mean the principal; `DIRECT` throughout for policies without principals."""
    unsure_denies: list[str] = field(default_factory=list)
    """Why it cannot be told whether a Deny applies."""
    unsure_allows: list[str] = field(default_factory=list)


def applying(
    policies: Sequence[Policy], request: Request, *, has_principals: bool = False, bounded: bool = False
) -> Applying:
    """Sorts the statements that apply to a request; `bounded`: the principal has a permissions boundary."""
    found = Applying()
    for policy in policies:
        for statement in policy.statements:
            _sort(statement, policy, request, found, bounded=bounded if has_principals else None)
    return found


def _sort(statement: Statement, policy: Policy, request: Request, found: Applying, *, bounded: bool | None) -> None:
    try:
        reach = Reach.DIRECT if bounded is None else reach_of(statement, request.principal, bounded=bounded)
        if not reach or not _applies(statement, policy, request):
            return
    except CannotDecide as error:
        (found.unsure_allows if statement.allows else found.unsure_denies).append(str(error))
        return
    if statement.allows:
        found.allows.setdefault(reach, []).append(statement)
    else:
        found.denies.append(statement)


def _applies(statement: Statement, policy: Policy, request: Request) -> bool:
    return (
        _action_applies(statement, request.action)
        and _resource_applies(statement, policy, request)
        and conditions_hold(statement, request, has_variables=policy.has_variables)
    )


def _action_applies(statement: Statement, action: str) -> bool:
    if statement.not_actions:
        return not any(_action_matches(pattern, action) for pattern in statement.not_actions)
    return any(_action_matches(pattern, action) for pattern in statement.actions)


def _action_matches(pattern: str, action: str) -> bool:
    if not pattern.strip("*"):
        return True
    service, colon, _ = pattern.partition(":")
    if not colon or ("*" in service and service != "*"):
        raise CannotDecide(f"{pattern} is no action")
    return matches(pattern.lower(), action.lower())


def _resource_applies(statement: Statement, policy: Policy, request: Request) -> bool:
    if statement.not_resources:
        return not any(_resource_matches(item, policy, request, inverted=True) for item in statement.not_resources)
    # Trust policies have no resources; those of repositories and file systems may leave them out.
    return not statement.resources or any(_resource_matches(item, policy, request) for item in statement.resources)


def _resource_matches(item: str, policy: Policy, request: Request, *, inverted: bool = False) -> bool:
    filled = expanded(item, lambda key: text_of(request, key)) if policy.has_variables else item
    if filled is None:
        if inverted:
            raise CannotDecide(f"NotResource {item} has no value in this request")
        return False
    found = arn_matches(filled, request.resource)
    if found is None:
        raise CannotDecide(f"resource {item} is no ARN")
    return found
