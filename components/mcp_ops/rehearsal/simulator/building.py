"""Building blocks that specifications of several services share."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, step

PROVIDER_ONLY: Mapping[str, str] = {
    "forceDelete": "steers deletion",
    "forceDestroy": "steers deletion",
    "retainOnDelete": "steers deletion",
    "skipDestroy": "steers deletion",
    "timeouts": "how long the provider waits",
}
"""Inputs that mean the same in every type that has them."""


def only(*names: str) -> dict[str, str]:
    """Returns the entries of `PROVIDER_ONLY` that a type has."""
    return {name: PROVIDER_ONLY[name] for name in names}


def one_by_one(operation: str, id_member: str, attributes: Mapping[str, str], *, checked: str = "") -> tuple[Call, ...]:
    """Returns a call for each attribute, as EC2's `Modify...Attribute` operations take them.

    `attributes` maps an input to its member (`EnableDns64.Value`); a call is made only for an input that is given.
    """
    return tuple(
        Call(
            operation,
            inputs=(name,),
            rename={name: member},
            constant={id_member: "{id}"},
            when=(name,),
            checked=checked,
        )
        for name, member in attributes.items()
    )


def arn(service: str, resource: str) -> str:
    """Returns the template of a regional ARN: `arn("ec2", "vpc/{id}")`."""
    return f"arn:{{partition}}:{service}:{{region}}:{{account}}:{resource}"


@step("tags")
def tag_afterwards(context: Context) -> None:
    """Tags something of EC2's that exists already, for types that adopt what AWS made."""
    tags = context.take("tags") or {}
    if tags:
        context.call(
            "ec2.CreateTags",
            {"Resources": [context.id], "Tags": [{"Key": key, "Value": value} for key, value in tags.items()]},
        )


def renamed(inputs: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """Returns inputs under other names."""
    return {names.get(key, key): value for key, value in inputs.items()}
