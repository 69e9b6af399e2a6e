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
    return [*own, *_passed_roles(call), *key_uses(call, own)]


def _by_name(call: Call) -> list[Target]:
    prefix = PREFIXES.get(call.service, call.service)
    name = RENAMED.get(call.service, {}).get(call.operation, call.operation)
    action = iam_data.action(f"{prefix}:{name}")
    if action is None:
        raise CannotDecide(f"{call.service}:{call.operation}: AWS lists no action of this name")
    if not action.supports_resource_level or (call.service, call.operation) in WITHOUT_RESOURCE:
        return [Target(action.full_name)]
    found = resources(call, RESOLVERS[call.service])
    if not found:
        raise CannotDecide(f"{call.service}:{call.operation}: the resource that it is about is not known")
    return [Target(action.full_name, arn) for arn in found]


def _passed_roles(call: Call) -> Iterator[Target]:
    parameters, receiver = PASSES_ROLE.get((call.service, call.operation), ((), ""))
    for parameter in parameters:
        if call.parameters.get(parameter):
            yield Target("iam:PassRole", str(call.parameters[parameter]), passed_to=receiver)
