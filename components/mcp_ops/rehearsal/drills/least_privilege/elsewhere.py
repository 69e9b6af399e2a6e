"""Roles that other drills try: this table says which, and how each drill finds them."""

import contextlib
from collections.abc import Callable, Iterator, Mapping

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.deploy_role.drill import DRILL as DEPLOY_ROLE
from mcp_ops.rehearsal.drills.deploy_role.trust import trusted_roles
from mcp_ops.rehearsal.drills.drill import Drill, Failed, Stage
from mcp_ops.rehearsal.drills.restore.drill import DRILL as RESTORE
from mcp_ops.rehearsal.drills.roll_back.drill import DRILL as ROLL_BACK
from mcp_ops.rehearsal.drills.roll_back.stack import released

SELECTIONS = ("aws:backup/selection:Selection", "aws:backup/restoreTestingSelection:RestoreTestingSelection")


def _of_workflows(stage: Stage) -> Iterator[str]:
    for trusted in trusted_roles(stage.run):
        yield trusted.arn


def _of_backups(stage: Stage) -> Iterator[str]:
    """Yields the roles with which AWS Backup does what plans and restore tests select."""
    for item in stage.run.of_type(*SELECTIONS):
        yield str(wire.reveal(item.inputs).get("iamRoleArn"))


def _of_gates(stage: Stage) -> Iterator[str]:
    """Yields the role with which ECS asks the gate of the one server whose releases are played."""
    with contextlib.suppress(Failed):  # the drill itself says what is wrong
        for one in released(stage):
            if one.hook:
                yield one.hook.role_arn
            return


TRIED_BY: Mapping[Drill, Callable[[Stage], Iterator[str]]] = {
    RESTORE: _of_backups,
    DEPLOY_ROLE: _of_workflows,
    ROLL_BACK: _of_gates,
}
"""By drill: yields the ARNs of the roles under which it makes calls, or whose policies it asks, where it applies."""


def tried_elsewhere(stage: Stage) -> dict[str, set[str]]:
    """Returns the ARNs of the roles that each other drill tries in this stack, by its name; drills that apply only."""
    return {drill.name: set(roles(stage)) for drill, roles in TRIED_BY.items() if not drill.missing(stage)}
