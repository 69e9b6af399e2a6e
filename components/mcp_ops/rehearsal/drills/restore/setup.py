"""What the restore drill finds in a stack: stores, plans, functions and roles."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.drill import Failed, Stage
from mcp_ops.rehearsal.simulator.places import Place

OUTPUT = "backups"
"""Name of the stack output that says where backups lie and what proves them."""
MEMBERS = (
    "exemptRoles",
    "heartbeatFunction",
    "restoreTestingPlan",
    "stores",
    "validateFunction",
    "vault",
    "watchFunction",
)
PLAN = "aws:backup/plan:Plan"
TESTING_PLAN = "aws:backup/restoreTestingPlan:RestoreTestingPlan"
SCHEDULE = "aws:scheduler/schedule:Schedule"
TASKS = "aws:ecs/taskDefinition:TaskDefinition"
ROLE = "aws:iam/role:Role"


@dataclass(frozen=True)
class StoreEntry:
    """One store as the output describes it."""

    name: str
    kind: str
    arn: str
    physical_name: str
    writer: str
    """ARN of a role of tasks that are told the store's name; empty for none."""


@dataclass(frozen=True)
class Setup:
    """Everything that the drill needs to know of a stack."""

    place: Place
    stores: tuple[StoreEntry, ...]
    rules: tuple[tuple[str, str], ...]
    """Id of each backup plan, with the name of its first rule: the daily one."""
    testing_plan: str
    vault: str
    exempt: tuple[str, ...]
    """ARNs of the roles that may delete backups."""
    heartbeat: str
    """Names of the functions."""
    validate: str
    watch: str


def setup(stage: Stage) -> Setup:
    """Reads what the stack registered.

    Raises:
        Failed: its output `backups` is missing or lacks something.
    """
    output = wire.reveal(stage.run.outputs.get(OUTPUT))
    missing = [name for name in MEMBERS if not isinstance(output, Mapping) or name not in output]
    if missing:
        raise Failed(f"the stack has a restore testing plan, but its output {OUTPUT} lacks {', '.join(missing)}")
    testing = stage.run.of_type(TESTING_PLAN)[0]
    rules = tuple((plan.id, plan.inputs["rules"][0]["ruleName"]) for plan in stage.run.of_type(PLAN))
    stores = output["stores"]
    return Setup(
        place=Place(testing.account, testing.region),
        stores=tuple(_entry(stage, name, stores[name]) for name in sorted(stores)),
        rules=rules,
        testing_plan=output["restoreTestingPlan"],
        vault=output["vault"],
        exempt=tuple(output["exemptRoles"]),
        heartbeat=output["heartbeatFunction"],
        validate=output["validateFunction"],
        watch=output["watchFunction"],
    )


def schedule_of(stage: Stage, function: str) -> str:
    """Returns the name of the schedule that runs a function.

    Raises:
        Failed: nothing runs it.
    """
    for item in stage.run.of_type(SCHEDULE):
        target = wire.reveal(item.inputs).get("target", {})
        if str(target.get("arn", "")).endswith(f":function:{function}"):
            return str(item.outputs.get("name") or item.inputs["name"])
    raise Failed(f"no schedule of the stack runs the function {function}")


def _entry(stage: Stage, name: str, entry: Mapping[str, Any]) -> StoreEntry:
    return StoreEntry(name, entry["kind"], entry["arn"], entry["name"], _writer(stage, entry["name"]))


def _writer(stage: Stage, physical_name: str) -> str:
    for task in stage.run.of_type(TASKS):
        inputs = wire.reveal(task.inputs)
        for container in json.loads(inputs["containerDefinitions"]):
            values = [item.get("value") for item in container.get("environment") or ()]
            if physical_name in values and inputs.get("taskRoleArn"):
                return str(inputs["taskRoleArn"])
    return ""
