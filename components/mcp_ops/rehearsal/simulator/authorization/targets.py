"""The permissions that a call needs: actions and the resources they are about."""

from collections.abc import Iterator

from mcp_ops.rehearsal.findings import iam_data
from mcp_ops.rehearsal.simulator.authorization.arns import RESOLVERS, resources
from mcp_ops.rehearsal.simulator.authorization.call import Call, Target
from mcp_ops.rehearsal.simulator.authorization.key_uses import key_uses
from mcp_ops.rehearsal.simulator.authorization.operations import (
    PASSES_ROLE,
    PREFIXES,
    RENAMED,
    SPECIAL,
    TAGS_BY,
    UNSUPPORTED,
    WITHOUT_RESOURCE,
)
from mcp_ops.rehearsal.simulator.authorization.request import CannotDecide


def targets(call: Call) -> list[Target]:
    """Returns every permission that a call needs; none for a call that needs none.

    Raises:
        CannotDecide: the service or operation is not supported.
    """
    operation = (call.service, call.operation)
    if call.service not in RESOLVERS or operation in UNSUPPORTED:
        raise CannotDecide(f"{call.service}:{call.operation}: the actions that it needs are not known")
    special = SPECIAL.get(operation)
    own = list(special(call)) if special else _by_name(call)
    return [*own, *_tagging(call, own), *_passed_roles(call), *key_uses(call, own)]


def _by_name(call: Call) -> list[Target]:
    prefix = PREFIXES.get(call.service, call.service)
    name = RENAMED.get(call.service, {}).get(call.operation, call.operation)
    action = iam_data.action(f"{prefix}:{name}")
    if action is None:
        raise CannotDecide(f"{call.service}:{call.operation}: AWS lists no action of this name")
    if not action.supports_resource_level or (call.service, call.operation) in WITHOUT_RESOURCE:
        return [Target(action.full_name)]
    if len(action.required_types) > 1:
        raise CannotDecide(f"{call.service}:{call.operation}: it is about several resources, which are not known")
    found = resources(call, RESOLVERS[call.service])
    if not found:
        raise CannotDecide(f"{call.service}:{call.operation}: the resource that it is about is not known")
    return [Target(action.full_name, arn) for arn in found]


def _tagging(call: Call, own: list[Target]) -> Iterator[Target]:
    tags = call.parameters.get("Tags") or call.parameters.get("tags")
    # STS has its action for session tags among its own; what tags or untags has no other.
    if not isinstance(tags, list | dict) or not tags or call.service == "sts" or "Tag" in call.operation:
        return
    if call.service not in TAGS_BY:
        raise CannotDecide(f"{call.service}:{call.operation}: the action that its tags need is not known")
    for resource in dict.fromkeys(item.resource for item in own):
        yield Target(f"{call.service}:{TAGS_BY[call.service]}", resource)


def _passed_roles(call: Call) -> Iterator[Target]:
    parameters, receiver = PASSES_ROLE.get((call.service, call.operation), ((), ""))
    for given in (call.parameters, *call.parameters.get("Targets", ())) if parameters else ():
        for parameter in parameters:
            if given.get(parameter):
                yield Target("iam:PassRole", str(given[parameter]), passed_to=receiver)
