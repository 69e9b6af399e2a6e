"""The outputs of a created resource: from its specification, its inputs, and what AWS replied."""

from collections.abc import Iterator, Mapping
from typing import Any

from mcp_ops.rehearsal.simulator import sdk
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Spec


def outputs_from(spec: Spec, context: Context) -> dict[str, Any]:
    """Returns every output of the type that is known.

    In this order: what the specification says, the input of the same name, a member of the newest reply with the same
    name, or with the type's name in front (`QueueUrl` is the `url` of a `Queue`).
    """
    found = {name: context.find(expression) for name, expression in spec.outputs.items()}
    replies = list(_structures(context.roots))
    type_name = context.subject.type.rsplit(":", 1)[-1].lower()
    for name in sdk.outputs_of(context.subject.type):
        if found.get(name) is None:
            found[name] = (
                context.subject.given[name]
                if name in context.subject.given
                else _member(replies, name.lower(), type_name)
            )
    # A reply may name another region, of a replica.
    found["region"] = context.place.region
    return {name: value for name, value in found.items() if value is not None}


def _structures(roots: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yields the parts of the replies that can hold outputs.

    Each structure or list of one at the top, then the top itself.
    """
    own = {"input", "request", "id", "account", "region", "partition"}
    replies = {name: value for name, value in roots.items() if name not in own}
    for value in reversed(replies.values()):
        item = value[0] if isinstance(value, list) and len(value) == 1 else value
        if isinstance(item, Mapping):
            yield item
    yield replies


def _member(replies: list[Mapping[str, Any]], name: str, type_name: str) -> Any:
    for reply in replies:
        members = {key.lower(): value for key, value in reply.items()}
        for candidate in (name, f"{type_name}{name}"):
            value = members.get(candidate)
            if isinstance(value, str | int | float | bool):
                return value
    return None
