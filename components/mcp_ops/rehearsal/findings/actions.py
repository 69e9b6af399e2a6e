"""Which actions a statement names, and whether its resources are of the kinds that they take."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mcp_ops.rehearsal.findings import iam_data
from mcp_ops.rehearsal.findings.document import Scope, Statement
from mcp_ops.rehearsal.findings.finding import Notes, excerpt, listed, nearest
from mcp_ops.rehearsal.findings.iam_data import Action
from mcp_ops.rehearsal.findings.patterns import ONE, STAR, arn_parts, arns_meet, without_variables

ALL_ACTIONS = (STAR, "*:*")
_TRUST_SERVICES = {"sts"}
_PARTITION = re.compile(r"aws(-[a-z]+)*|\*")
_SERVICE = re.compile(r"[a-z0-9-]+|\*")
_REGION = re.compile(r"[a-z0-9*?-]*")
_ACCOUNT = re.compile(r"\d{12}|[0-9*?]*[*?][0-9*?]*|aws|cloudfront|aws-managed|third-party|")

_WHOLE_KIND = re.compile(r"[A-Za-z-]*[/:]?\*+")


@dataclass(frozen=True)
class Named:
    """One entry of a statement's `Action`, and the actions that it means."""

    pattern: str
    actions: tuple[Action, ...]

    @property
    def is_pattern(self) -> bool:
        """Whether it contains wildcards."""
        return STAR in self.pattern or ONE in self.pattern


def named_actions(statement: Statement, scope: Scope, notes: Notes) -> list[Named]:
    """Returns what the entries of `Action` and `NotAction` mean, without `*`; notes the entries that mean nothing."""
    found = []
    for element, entries in (("Action", statement.actions), ("NotAction", statement.not_actions)):
        for entry in entries:
            if entry in ALL_ACTIONS:
                continue
            named = Named(entry, _resolved(entry, f"{statement.where}.{element}", notes))
            if named.actions:
                found.append(named)
                _in_scope(named, scope, f"{statement.where}.{element}", notes)
    return found


def _resolved(entry: str, where: str, notes: Notes) -> tuple[Action, ...]:
    service, colon, verb = entry.partition(":")
    if not colon or not verb:
        notes.error("invalid-action", where, "is no action; write <service>:<action>", entry)
        return ()
    if service.lower() not in iam_data.services():
        hint = nearest(service, iam_data.services())
        notes.error("invalid-service-in-action", where, f"{service} is no service prefix of IAM{hint}", entry)
        return ()
    actions = iam_data.actions_matching(entry)
    if actions:
        return actions
    if STAR in verb or ONE in verb:
        notes.error("invalid-action", where, f"matches no action of {service}", entry)
    else:
        hint = nearest(verb, [item.name for item in iam_data.actions_of(service.lower()).values()])
        notes.error("invalid-action", where, f"{service} has no such action{hint}", entry)
    return ()


def _in_scope(named: Named, scope: Scope, where: str, notes: Notes) -> None:
    service = named.actions[0].service
    if scope.kind == "trust" and service not in _TRUST_SERVICES:
        notes.error(
            "unsupported-action-in-policy", where, "is no action of STS; a trust policy has no other", named.pattern
        )
    elif scope.kind == "resource" and scope.service not in {"", "vpce", service}:
        message = f"is no action of {scope.service}, whose resource carries the policy"
        notes.error("unsupported-action-in-policy", where, message, named.pattern)


def check_resources(statement: Statement, notes: Notes) -> list[str]:
    """Returns the resources that are `*` or a well-formed ARN, with policy variables as wildcards; notes the others."""
    good = []
    for element, entries in (("Resource", statement.resources), ("NotResource", statement.not_resources)):
        for entry in entries:
            plain = without_variables(entry)
            problem = "" if _is_star(plain) else arn_problem(plain)
            if problem:
                notes.error("invalid-arn", f"{statement.where}.{element}", problem, entry)
            elif element == "Resource":
                good.append(plain)
    return good


def _is_star(text: str) -> bool:
    return bool(text) and not text.strip(STAR)


def arn_problem(arn: str) -> str:
    """Returns what is wrong with an ARN pattern, or nothing."""
    parts = arn_parts(arn)
    if not arn.startswith("arn:") or parts is None:
        return 'is neither "*" nor an ARN (arn:partition:service:region:account:resource)'
    _, partition, service, region, account, resource = parts
    checks = (
        (_PARTITION, partition, "partition"),
        (_SERVICE, service, "service"),
        (_REGION, region, "region"),
        (_ACCOUNT, account, "account"),
    )
    wrong = [f"{value!r} is no {name}" for pattern, value, name in checks if not pattern.fullmatch(value)]
    return "; ".join(wrong) or ("" if resource else "names no resource")


def check_reach(statement: Statement, named: Sequence[Named], resources: Sequence[str], notes: Notes) -> None:
    """Notes the actions that none of the statement's resources can be meant for."""
    if not statement.actions or not resources or any(_is_star(item) for item in resources):
        return
    for entry in named:
        if not any(fits(item, resources) for item in entry.actions):
            _note_unreached(entry, resources, f"{statement.where}.Action", notes)


def _note_unreached(entry: Named, resources: Sequence[str], where: str, notes: Notes) -> None:
    if any(item.supports_resource_level for item in entry.actions):
        message = f"applies to {_shown(_formats(entry.actions))}; the statement names {_shown(resources)}"
        known = all(_is_known(resource, entry.actions[0].service) for resource in resources)
        # A kind of resource that the data does not know is misspelt, or newer than the data.
        note = notes.error if known else notes.warning
        note("action-resource-mismatch", where, message, entry.pattern)
    elif not any(_is_whole_kind(resource) for resource in resources):
        message = f'supports no resource-level permissions; its Resource must be "*", not {_shown(resources)}'
        notes.error("missing-star-resource", where, message, entry.pattern)


def fits(item: Action, resources: Sequence[str]) -> bool:
    """Tells whether some resource of an action's kinds is among a statement's resources (variables as wildcards)."""
    patterns = iam_data.resource_patterns(item)
    return any(arns_meet(resource, pattern) for resource in resources for pattern in patterns)


def _is_whole_kind(resource: str) -> bool:
    # IAM sends a list call with the bare kind (`role/`, `log-group::log-stream:`), which `role/*` does match.
    parts = arn_parts(resource)
    return parts is not None and _WHOLE_KIND.fullmatch(parts[-1]) is not None


def _is_known(resource: str, service: str) -> bool:
    parts = arn_parts(resource)
    types = [*iam_data.resource_types(service).values(), *iam_data.resource_types(parts[2] if parts else "").values()]
    return any(arns_meet(resource, item.pattern) for item in types)


def _formats(actions: Sequence[Action]) -> Iterator[str]:
    for item in actions:
        types = iam_data.resource_types(item.service)
        yield from (types[name].arn for name in item.resource_types if name in types)


def _shown(items: Sequence[str] | Iterator[str]) -> str:
    return listed([excerpt(item) for item in items], most=2)
