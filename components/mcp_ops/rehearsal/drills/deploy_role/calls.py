"""The calls that a stack's resources are made of, as IAM sees them: action, resource, tags."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.trust_policies import trust_statements
from mcp_ops.rehearsal.findings import iam_data
from mcp_ops.rehearsal.findings.iam_data import Action
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.simulator.authorization.operations import PREFIXES, RENAMED
from mcp_ops.rehearsal.simulator.authorization.request import Value

TAG = "Environment"
"""Tag by which the stack's resources are told from others."""
SERVICES: Mapping[str, str] = {
    **PREFIXES,
    "accessanalyzer": "access-analyzer",
    "efs": "elasticfilesystem",
    "elbv2": "elasticloadbalancing",
    "stepfunctions": "states",
}
"""Prefix in IAM, by boto3's name, where they differ."""
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
RECORD = "aws:route53/record:Record"
KEY = "aws:kms/key:Key"
REPLICA_KEY = "aws:kms/replicaKey:ReplicaKey"
ACTIONS: Mapping[str, str] = {
    "budgets:CreateBudget": "budgets:ModifyBudget",
    "budgets:CreateNotification": "budgets:ModifyBudget",
    "s3:ListBuckets": "s3:ListAllMyBuckets",
}
"""Action of an operation, where its name says another (Service Authorization Reference)."""


@dataclass(frozen=True)
class Ask:
    """One permission that making a resource asks for."""

    item: Registration
    owner: Registration
    """The resource that the call is about: the item, or the tagged one that it is a part of."""
    action: Action
    resource: str
    """ARN; `*` where the action takes none."""
    requested: Mapping[str, Value]
    """Condition keys of a call that makes something: the tags that it gets."""
    existing: Mapping[str, Value]
    """Condition keys of a call about something that exists: the tags that it has."""

    @property
    def key_policy(self) -> str:
        """Policy of the key that the call is about, which must allow it, too; empty for anything else."""
        return str(wire.reveal(self.owner.outputs.get("policy") or "")) if self.owner.type == KEY else ""

    @property
    def bindable(self) -> bool:
        """Whether AWS lets a policy bind the action to anything."""
        return self.action.supports_resource_level or any("tag" in key for key in self.action.condition_keys)

    def contexts(self) -> list[Mapping[str, Value]]:
        """Returns the ways in which IAM may see the call: about something new, or about something that exists."""
        return [context for context in (self.requested, self.existing) if context] or [{}]

    def elsewhere(self, account: str, own: str) -> "Ask":
        """Returns the same call, were its resource in the account `own`."""
        return replace(self, resource=moved(self.resource, account, own))


def moved(arn: str, account: str, own: str) -> str:
    """Returns an ARN, were its resource in the account `own`."""
    return arn.replace(f":{account}:", f":{own}:")


class Estate:
    """What a run registered, found by id, name and ARN."""

    def __init__(self, run: Run) -> None:
        self._items = [item for item in run.resources() if item.type.startswith("aws:")]
        # What has tags comes last: a part often has the id of the whole.
        ordered = sorted(self._items, key=lambda item: bool(_tags(item)))
        self._known = {key: item for item in ordered for key in _identities(item)}

    def asks(self) -> Iterator[Ask]:
        """Yields every permission that making the resources asks for, once for each resource."""
        for item in self._items:
            for name in dict.fromkeys(call.name for call in item.operations):
                action = _action(name)
                if action is not None:
                    yield self._ask(item, action)

    def _ask(self, item: Registration, action: Action) -> Ask:
        owner = self._owner(item)
        tags, own = _tags(owner), _tags(item)
        known = action.condition_keys
        extra = self._extra(item, owner, action)
        requested = (
            {f"aws:RequestTag/{key}": value for key, value in own.items()} if "aws:requesttag/*" in known else {}
        )
        existing = (
            {f"aws:ResourceTag/{key}": value for key, value in tags.items()} if "aws:resourcetag/*" in known else {}
        )
        resource = _arn(owner) if action.supports_resource_level else "*"
        return Ask(
            item,
            owner,
            action,
            resource,
            {**requested, **extra} if requested else {},
            {**existing, **extra} if existing or not requested else {},
        )

    def _owner(self, item: Registration) -> Registration:
        """Returns the resource that a call is about: the one itself, or the tagged one that it is a part of."""
        primary = self._known.get(str(item.inputs.get("primaryKeyArn"))) if item.type == REPLICA_KEY else None
        if primary:  # which is what is asked to be replicated
            return primary
        if _tags(item) or item.type == DASHBOARD:
            return item
        service = item.type.split(":")[1].split("/")[0]
        named = [self._known[value] for value in _texts(item.inputs) if value in self._known]
        same = [other for other in named if other.type.split(":")[1].split("/")[0] == service]
        return next((other for other in (*same, *named) if _tags(other)), item)

    def _extra(self, item: Registration, owner: Registration, action: Action) -> Mapping[str, Value]:
        boundary = wire.reveal(item.inputs.get("permissionsBoundary") or owner.inputs.get("permissionsBoundary"))
        has = "iam:permissionsboundary" in action.condition_keys and isinstance(boundary, str)
        return {"iam:PermissionsBoundary": boundary} if has else {}

    def passed_roles(self) -> Iterator[tuple[Registration, str]]:
        """Yields the roles that services take, each with the service that it is passed to."""
        for item in self._items:
            if item.type != "aws:iam/role:Role":
                continue
            for statement in trust_statements(item):
                for service in statement.principals.get("Service", ()):
                    yield item, service


def _identities(item: Registration) -> Iterator[str]:
    outputs = wire.reveal(item.outputs)
    for value in (item.id, outputs.get("arn"), outputs.get("name"), outputs.get("bucket")):
        if isinstance(value, str) and value:
            yield value


def _action(operation: str) -> Action | None:
    service, _, name = operation.partition(".")
    prefix = SERVICES.get(service, service)
    name = RENAMED.get(service, {}).get(name, name)
    full = f"{prefix}:{name}"
    return iam_data.action(ACTIONS.get(full, full))


def _arn(item: Registration) -> str:
    outputs = wire.reveal(item.outputs)
    if isinstance(outputs.get("arn"), str):
        return str(outputs["arn"])
    if item.type == DASHBOARD:
        return f"arn:aws:cloudwatch::{item.account}:dashboard/{outputs.get('dashboardName')}"
    if item.type == RECORD:
        return f"arn:aws:route53:::hostedzone/{outputs.get('zoneId')}"
    bucket = outputs.get("bucket")
    return f"arn:aws:s3:::{bucket}" if isinstance(bucket, str) and item.type.startswith("aws:s3/") else "*"


def _tags(item: Registration) -> Mapping[str, str]:
    tags = wire.reveal(item.outputs.get("tagsAll") or item.outputs.get("tags") or {})
    return {key: value for key, value in tags.items() if isinstance(value, str)} if isinstance(tags, Mapping) else {}


def _texts(value: Any) -> Iterator[str]:
    value = wire.reveal(value)
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list):
        for each in value.values() if isinstance(value, Mapping) else value:
            yield from _texts(each)
