"""Going back by hand: the releases stand in the service's history, and the last good digest has to run again."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_ops.errors import InputError
from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.drill import Stage
from mcp_ops.rehearsal.drills.roll_back.stack import Released
from mcp_ops.rehearsal.simulator.service_deployments import ROLLED_BACK, played
from mcp_ops.releases import Service, history_of, roll_back

ROLE = "aws:iam/role:Role"
_TAKEN = (
    "family", "taskRoleArn", "executionRoleArn", "networkMode", "containerDefinitions", "volumes", "cpu", "memory",
    "requiresCompatibilities", "runtimePlatform",
)  # fmt: skip


@dataclass
class WentBack:
    """What going back led to."""

    summary: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)


def went_back(stage: Stage, one: Released, releases: Mapping[str, str]) -> WentBack:
    """Deploys the releases in simulated ECS, the first one well, and goes back from the last, which got through."""
    found = WentBack()
    ecs = stage.cloud.client("ecs", one.place)
    kept = stage.cloud.beyond.kept("ecs", one.place)
    cluster = str(wire.reveal(one.service.inputs.get("cluster")))
    digests = {name: f"sha256:{hashlib.sha256(f'{one.name} {name}'.encode()).hexdigest()}" for name in releases}
    first, *_, last = releases
    service = Service(one.name, cluster, one.arn)
    for name, defect in releases.items():
        definition = _registered(ecs, one, digests[name])
        ecs.update_service(cluster=cluster, service=one.arn, taskDefinition=definition)
        ecs.list_service_deployments(cluster=cluster, service=one.arn)
        if name not in {first, last}:
            played(kept, one.place, one.arn, ROLLED_BACK, defect)
    role = _role(stage, one)
    client = stage.cloud.as_role(role).client("ecs", one.place.region) if role else ecs
    try:
        history = history_of(client, service)
        target = roll_back(client, history)
    except (InputError, client.exceptions.ClientError) as error:
        found.problems.append(f"{one.name}: release rollback: {error}")
        return found
    after = history_of(ecs, service).good
    runs = after.digest if after else ""
    if digests[first] not in {target.digest, runs} or target.digest != runs:
        found.problems.append(f"{one.name}: release rollback led to {runs}; the last good release is {digests[first]}")
    who = f"role {role.rsplit('/', 1)[-1]}" if role else "somebody who may do anything: the stack has no role for it"
    found.summary.append(
        f"release rollback as {who}: from {digests[last][:19]}... to {runs[:19]}..., past {len(releases) - 2} bad ones"
    )
    found.facts = {"left": digests[last], "wentBackTo": runs, "role": role or None}
    return found


def _registered(ecs: Any, one: Released, digest: str) -> str:
    """Registers a revision of the server's own task definition with another digest and returns its ARN."""
    given = wire.reveal(one.service.inputs["taskDefinition"])
    own = ecs.describe_task_definition(taskDefinition=given)["taskDefinition"]
    wanted = {key: own[key] for key in _TAKEN if own.get(key)}
    image = str(wanted["containerDefinitions"][0]["image"]).partition("@")[0]
    name, colon, tag = image.rpartition(":")
    repository = name if colon and "/" not in tag else image
    wanted["containerDefinitions"][0]["image"] = f"{repository}@{digest}"
    return str(ecs.register_task_definition(**wanted)["taskDefinition"]["taskDefinitionArn"])


def _role(stage: Stage, one: Released) -> str:
    """Returns the ARN of the stack's role for going back in the server's account; empty where there is none."""
    for role in stage.run.of_type(ROLE):
        if role.name.endswith("-rollback") and role.account == one.place.account:
            return str(role.outputs.get("arn") or "")
    return ""
