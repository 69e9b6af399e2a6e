"""What Amazon ECS remembers of a service's deployments; moto knows the service, not its history.

A deployment ends at once and well, unless a drill says otherwise (`played`). Digests are those of the task definition:
images are not pulled.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from mcp_ops.rehearsal.simulator.beyond_moto import Kept, Operation, refused
from mcp_ops.rehearsal.simulator.places import Place

SUCCESSFUL, IN_PROGRESS, ROLLED_BACK = "SUCCESSFUL", "IN_PROGRESS", "ROLLBACK_SUCCESSFUL"


def played(kept: Kept, place: Place, service_arn: str, status: str, reason: str = "") -> None:
    """Ends the newest deployment of a service differently; after a roll-back the last good revision runs again."""
    history = _history(kept, place, service_arn)
    history[-1] |= {"status": status, "statusReason": reason}
    if status == ROLLED_BACK:
        good = next((item for item in reversed(history) if item["status"] == SUCCESSFUL), None)
        if good:
            _service(place, service_arn).task_definition = good["taskDefinition"]


def _backend(place: Place) -> Any:
    from moto.ecs.models import ecs_backends  # costs time that a stack without services need not pay

    return ecs_backends[place.account][place.region]


def _service(place: Place, arn: str) -> Any:
    cluster, _, name = arn.partition(":service/")[2].partition("/")
    found = _backend(place).services.get(f"{cluster}:{name}")
    if found is None:
        raise refused("ServiceNotFoundException", "Service not found.", "ListServiceDeployments")
    return found


def _history(kept: Kept, place: Place, arn: str) -> list[dict[str, Any]]:
    """Returns the deployments of a service, oldest first, with what has become of it since the last look."""
    history: list[dict[str, Any]] = kept.setdefault("deployments", {}).setdefault(arn, [])
    current = _service(place, arn).task_definition
    definition = _backend(place).describe_task_definition(current)
    running = next((item for item in reversed(history) if item["status"] in {SUCCESSFUL, IN_PROGRESS}), None)
    if running is None or running["taskDefinition"] != definition.arn:
        history.append(_deployment(place, arn, definition, len(history) + 1))
    return history


def _deployment(place: Place, arn: str, definition: Any, number: int) -> dict[str, Any]:
    path = arn.partition(":service/")[2]
    prefix = f"arn:{place.partition}:ecs:{place.region}:{place.account}"
    images = [
        {"containerName": item["name"], "image": item["image"], "imageDigest": item["image"].partition("@")[2]}
        for item in definition.container_definitions
    ]
    return {
        "serviceDeploymentArn": f"{prefix}:service-deployment/{path}/{number:021d}",
        "serviceArn": arn,
        "clusterArn": f"{prefix}:cluster/{path.split('/')[0]}",
        "targetServiceRevisionArn": f"{prefix}:service-revision/{path}/{number:019d}",
        "status": SUCCESSFUL,
        # A second apart, so that their order is plain however fast they follow each other.
        "createdAt": datetime.now(UTC) + timedelta(seconds=number),
        "taskDefinition": definition.arn,
        "containerImages": [{key: value for key, value in image.items() if value} for image in images],
    }


_BRIEF = (
    "serviceDeploymentArn", "serviceArn", "clusterArn", "targetServiceRevisionArn", "status", "statusReason",
    "createdAt",
)  # fmt: skip
_REVISION = ("serviceArn", "clusterArn", "taskDefinition", "containerImages")


def _list(kept: Kept, given: Mapping[str, Any], place: Place) -> dict[str, Any]:
    arn = _arn(given, place)
    wanted = set(given.get("status") or ())
    found = [item for item in reversed(_history(kept, place, arn)) if not wanted or item["status"] in wanted]
    return {"serviceDeployments": [{key: item[key] for key in _BRIEF if item.get(key)} for item in found]}


def _arn(given: Mapping[str, Any], place: Place) -> str:
    service, cluster = given["service"], str(given.get("cluster", "default")).rsplit("/", 1)[-1]
    if service.startswith("arn:"):
        return str(service)
    return f"arn:{place.partition}:ecs:{place.region}:{place.account}:service/{cluster}/{service}"


def _all(kept: Kept) -> list[dict[str, Any]]:
    return [item for history in kept.get("deployments", {}).values() for item in history]


def _revisions(kept: Kept, given: Mapping[str, Any], _: Place) -> dict[str, Any]:
    by_arn = {item["targetServiceRevisionArn"]: item for item in _all(kept)}
    known = [arn for arn in given["serviceRevisionArns"] if arn in by_arn]
    return {
        "serviceRevisions": [
            {"serviceRevisionArn": arn, **{key: by_arn[arn][key] for key in _REVISION}} for arn in known
        ],
        "failures": [{"arn": arn, "reason": "MISSING"} for arn in given["serviceRevisionArns"] if arn not in by_arn],
    }


def _stop(kept: Kept, given: Mapping[str, Any], place: Place) -> dict[str, Any]:
    arn = given["serviceDeploymentArn"]
    found = next((item for item in _all(kept) if item["serviceDeploymentArn"] == arn), None)
    if found is None:
        raise refused("ServiceDeploymentNotFoundException", "Service deployment not found.", "StopServiceDeployment")
    if found["status"] != IN_PROGRESS:
        raise refused("ConflictException", f"The deployment is {found['status']}.", "StopServiceDeployment")
    played(kept, place, found["serviceArn"], ROLLED_BACK, "stopped by a user")
    return {"serviceDeploymentArn": arn}


OPERATIONS: Mapping[str, Operation] = {
    "DescribeServiceRevisions": _revisions,
    "ListServiceDeployments": _list,
    "StopServiceDeployment": _stop,
}
"""Operations of ECS, by name."""
