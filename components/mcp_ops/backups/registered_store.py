"""What the kinds of stores hand back when they are registered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pulumi

from mcp_ops.backups.state_store_args import StateStoreArgs
from mcp_ops.backups.state_store_plan import StateStorePlan
from mcp_ops.policies import Statement, allow
from mcp_ops.tags import merge_tags


@dataclass(frozen=True)
class RegisteredStore:
    """One store."""

    arn: pulumi.Output[str]
    physical_name: pulumi.Output[str]
    address: pulumi.Output[str]
    statements: tuple[Statement, ...]
    """What a server needs that uses it."""
    expectations: Mapping[str, object]
    """What a restored copy must be like; may hold outputs."""
    secret_arn: pulumi.Output[str] | None = None
    security_group_id: pulumi.Output[str] | None = None
    access_point_ids: Mapping[str, pulumi.Output[str]] = field(default_factory=dict)


def tags_of(args: StateStoreArgs, plan: StateStorePlan) -> dict[str, pulumi.Input[str]]:
    """Returns the tags of the resource that holds the state: the user's, and those that select it into the backups.

    Nobody may tag a store out of its backups, so here the component wins.
    """
    return merge_tags(args.get("tags") or {}, plan.tags)


def stateful(
    plan: StateStorePlan, child: pulumi.ResourceOptions, ignored: Sequence[str] = ()
) -> pulumi.ResourceOptions:
    """Returns the options of the resource that holds the state; changes of the inputs `ignored` are AWS's."""
    protection = pulumi.ResourceOptions(
        protect=plan.protect, retain_on_delete=plan.protect, ignore_changes=list(ignored)
    )
    return pulumi.ResourceOptions.merge(child, protection)


def use_key(args: StateStoreArgs, plan: StateStorePlan, service: str, actions: Sequence[str]) -> Statement:
    """Lets a server use the store's key, through the service that holds the store alone."""
    via = {"StringEquals": {"kms:ViaService": f"{service}.{plan.region}.amazonaws.com"}}
    return allow(f"Key{service.capitalize()}", actions, args["key_arn"], via)
