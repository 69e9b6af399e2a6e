"""After a rotation: which services are restarted, in simulated ECS, by the stack's own rule, queue and function."""

import datetime as dt
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.containers import TASK_DEFINITION
from mcp_ops.rehearsal.drills.drill import Stage
from mcp_ops.rehearsal.drills.rotate.secrets import Rotated
from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator.event_router import routed
from mcp_ops.rehearsal.simulator.places import Place

SERVICE = "aws:ecs/service:Service"
MAPPING = "aws:lambda/eventSourceMapping:EventSourceMapping"
MOST_LOOKS = 200
"""Looks of the function at one rotation; more than any stack has services."""
DELAY = dt.timedelta(minutes=10)
"""How long before now the rotation is said to have succeeded: as if queue and batching had taken their time."""
SETTLED = dt.timedelta(days=1)
_ARN_PARTS = 7


@dataclass
class Restarts:
    """What became of one rotation."""

    restarted: list[str] = field(default_factory=list)
    """Services, in order; one that is restarted twice stands here twice."""
    expected: list[str] = field(default_factory=list)
    """Services whose task definition names the secret."""
    problems: list[str] = field(default_factory=list)


def users(stage: Stage, secret_arn: str) -> list[Registration]:
    """Returns the registered services whose containers are given the secret."""
    definitions = {
        str(item.outputs.get("arn")) for item in stage.run.of_type(TASK_DEFINITION) if secret_arn in given_secrets(item)
    }
    services = stage.run.of_type(SERVICE)
    return [item for item in services if str(wire.reveal(item.inputs.get("taskDefinition"))) in definitions]


def given_secrets(definition: Registration) -> set[str]:
    """Returns the ARNs of the secrets that a task definition gives to its containers."""
    containers = json.loads(str(wire.reveal(definition.inputs.get("containerDefinitions")) or "[]"))
    sources = (item["valueFrom"] for container in containers for item in container.get("secrets") or ())
    return {":".join(source.split(":")[:_ARN_PARTS]) for source in sources}


def restarts_after(stage: Stage, secret: Rotated, event: Mapping[str, Any]) -> Restarts:
    """Hands the event of a rotation to the stack, plays ECS and the queue, and says who was restarted."""
    found = Restarts(expected=sorted(_arn(item) for item in users(stage, secret.arn)))
    clusters = [_Deployments(stage, item) for item in stage.run.of_type(SERVICE)]
    for deployments in clusters:
        deployments.settle()
    moment = dt.datetime.now(dt.UTC) - DELAY
    event = {**event, "time": moment.strftime("%Y-%m-%dT%H:%M:%SZ")}
    targets = routed(stage.cloud, secret.place, event)
    found.problems += [f"{target.rule} does not reach its target: {target.error}" for target in targets if target.error]
    before = {deployments.arn: deployments.id for deployments in clusters}
    for function in _consumers(stage, [target.target for target in targets]):
        _poll(stage, secret.place, function, event, clusters, before, found)
    # A rule may also lead to a function at once; what that has restarted is seen here.
    _note(clusters, before, found)
    if sorted(found.restarted) != found.expected:
        told = f"{', '.join(map(_short, sorted(found.restarted))) or 'none'}; {len(found.expected)} use it"
        found.problems.append(f"services that were restarted: {told}: {', '.join(map(_short, found.expected))}")
    return found


def _consumers(stage: Stage, queues: list[str]) -> Iterator[str]:
    """Yields the functions that read one of the queues."""
    for mapping in stage.run.of_type(MAPPING):
        inputs = wire.reveal(mapping.inputs)
        if inputs.get("eventSourceArn") in queues:
            yield str(inputs["functionName"])


def _poll(  # noqa: PLR0913, PLR0917 - one queue, its reader, and what it changes
    stage: Stage,
    place: Place,
    function: str,
    event: Mapping[str, Any],
    clusters: list["_Deployments"],
    before: dict[str, str],
    found: Restarts,
) -> None:
    """Hands the message to the function until it is done with it; each deployment ends between two looks."""
    record = {"messageId": "1", "body": json.dumps(event), "eventSource": "aws:sqs"}
    client = stage.cloud.client("lambda", place)
    for _ in range(MOST_LOOKS):
        answer = client.invoke(FunctionName=function, Payload=json.dumps({"Records": [record]}).encode())
        result = json.loads(answer["Payload"].read() or b"null") or {}
        if "FunctionError" in answer:
            found.problems.append(f"{function} fails: {result.get('errorMessage')}")
            return
        started = _note(clusters, before, found)
        if started > 1:
            found.problems.append(f"{started} services were restarted at the same time")
        for deployments in clusters:
            deployments.complete()
        if not result.get("batchItemFailures"):
            return
    found.problems.append(f"{function} is not done after {MOST_LOOKS} looks")


def _note(clusters: list["_Deployments"], before: dict[str, str], found: Restarts) -> int:
    """Adds services with a new deployment to what was restarted; returns how many there are."""
    new = [deployments for deployments in clusters if before[deployments.arn] != deployments.id]
    for deployments in new:
        before[deployments.arn] = deployments.id
        found.restarted.append(deployments.arn)
    return len(new)


class _Deployments:
    """The newest deployment of one service. Simulated ECS starts no tasks, so the drill says when it is complete."""

    def __init__(self, stage: Stage, service: Registration) -> None:
        from moto.ecs.models import ecs_backends  # 80 MB with EC2's models: only where there are services

        self.arn = _arn(service)
        backend = ecs_backends[service.account][service.region]
        cluster, name = self.arn.split("/")[-2:]
        self._newest = backend.services[f"{cluster}:{name}"].deployments[0]
        self._stage = stage

    @property
    def id(self) -> str:
        """Id of the deployment."""
        return str(self._newest["id"])

    def complete(self) -> None:
        """Every task runs."""
        self._newest["rolloutState"] = "COMPLETED"

    def settle(self) -> None:
        """The deployment has been complete for long."""
        self.complete()
        self._newest["createdAt"] -= SETTLED


def _arn(service: Registration) -> str:
    return str(service.outputs.get("arn") or service.id)


def _short(arn: str) -> str:
    return arn.rsplit("/", 1)[-1]
