"""Warns of statements that allow more than anybody can want to grant."""

from collections.abc import Sequence

from mcp_ops.rehearsal.findings.actions import ALL_ACTIONS, Named
from mcp_ops.rehearsal.findings.conditions import conditions_of
from mcp_ops.rehearsal.findings.document import Scope, Statement
from mcp_ops.rehearsal.findings.finding import Notes, listed
from mcp_ops.rehearsal.findings.iam_data import Action
from mcp_ops.rehearsal.findings.patterns import STAR, arn_parts, arns_meet
from mcp_ops.rehearsal.findings.principals import is_own_account

_PASS_ROLE = "iam:PassRole"  # noqa: S105 - an action, not a password
_ANY_ROLE = "arn:aws:iam::000000000000:role/\1"
"""A role that no policy names: a resource that matches it matches every role."""
_TAG_KEYS = ("resourcetag/",)
_CONTAINER_KEYS = ("ecs:cluster",)
"""Keys that pin the resource as an ARN would."""

_CALLED_ON_STAR = frozenset({"cloudwatch:PutMetricData"})
"""Actions whose usual call names no resource, though the reference lists an optional type.

Amazon CloudWatch User Guide, "Using condition keys to limit access to CloudWatch namespaces": Resource is `*`.
"""


def check_breadth(
    statement: Statement, scope: Scope, named: Sequence[Named], resources: Sequence[str], notes: Notes
) -> None:
    """Notes wildcards in an Allow. Boundaries and endpoint policies grant nothing themselves, so they may be wide."""
    if not statement.allows or scope.kind in {"boundary", "trust"} or scope.service == "vpce":
        return
    for element, entries in (("NotAction", statement.not_actions), ("NotResource", statement.not_resources)):
        if entries:
            message = f"Allow with {element} grants everything else, also what AWS adds later; list what is needed"
            notes.warning(f"allow-with-{_kebab(element)}", f"{statement.where}.{element}", message, list(entries))
    # A policy that hands its resource to the own account grants nothing: IAM policies of that account do.
    if not is_own_account(statement, scope.account):
        _actions(statement, named, notes)
    if scope.kind == "identity" and statement.actions:
        _resources(statement, named, resources, notes)


def _kebab(element: str) -> str:
    return element.replace("Not", "not-").lower()


def _actions(statement: Statement, named: Sequence[Named], notes: Notes) -> None:
    where = f"{statement.where}.Action"
    for entry in statement.actions:
        if entry in ALL_ACTIONS:
            notes.warning("star-action", where, "allows every action of every service; list what is needed", entry)
    for item in named:
        writes = [action.name for action in item.actions if action.writes]
        if item.is_pattern and writes and item.pattern in statement.actions:
            message = f"includes {len(writes)} actions that change something ({listed(writes)}); list what is needed"
            notes.warning("wildcard-write-action", where, message, item.pattern)


def _resources(statement: Statement, named: Sequence[Named], resources: Sequence[str], notes: Notes) -> None:
    actions = [action for item in named for action in item.actions]
    where = f"{statement.where}.Resource"
    if _passes_any_role(actions, resources):
        message = "lets the holder pass any role to a service and act under it; name the roles"
        notes.warning("pass-role-with-star-in-resource", where, message, list(resources))
    if not any(is_everything(item) for item in resources) or _is_pinned(statement):
        return
    wide = [action.full_name for action in actions if _could_be_narrower(action)]
    if wide:
        message = f"is open for {listed(wide)}, which can be restricted to resources"
        notes.warning("star-resource-on-write", where, message, list(resources))


def _passes_any_role(actions: Sequence[Action], resources: Sequence[str]) -> bool:
    if not any(action.full_name == _PASS_ROLE for action in actions):
        return False
    return any(not item.strip(STAR) or arns_meet(item, _ANY_ROLE) for item in resources)


def _could_be_narrower(action: Action) -> bool:
    elsewhere = action.full_name == _PASS_ROLE or action.full_name in _CALLED_ON_STAR
    return action.writes and action.supports_resource_level and not elsewhere


def is_everything(resource: str) -> bool:
    """Tells whether a resource is `*`, or an ARN that names nothing narrower than a service."""
    if not resource.strip(STAR):
        return True
    parts = arn_parts(resource)
    return parts is not None and all(not part.strip(STAR) for part in parts[3:])


def _is_pinned(statement: Statement) -> bool:
    return any(
        condition.operator.demands
        and STAR not in condition.values
        and (any(tag in condition.key.lower() for tag in _TAG_KEYS) or condition.key.lower() in _CONTAINER_KEYS)
        for condition in conditions_of(statement)
    )
