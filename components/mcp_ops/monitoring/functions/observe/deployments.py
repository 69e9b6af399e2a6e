"""Measures deployments: how often, how long, from which commit on, and how many fail."""

import logging
import os
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from botocore.exceptions import ClientError

from mcp_function_kit.clients import aws

from .metrics import Value, emit
from .times import environment_name, parsed

NAMESPACE = "McpOps/Deployments"
SERVER_TAG = "mcp-server"
"""Tag of a service that names its server."""
COMMIT_TIME_TAG = "commit-time"
"""Tag of a task definition: when the change was committed, RFC 3339. The pipeline sets it."""

_COUNTS = {
    "SERVICE_DEPLOYMENT_IN_PROGRESS": "DeploymentsStarted",
    "SERVICE_DEPLOYMENT_COMPLETED": "DeploymentsSucceeded",
    "SERVICE_DEPLOYMENT_FAILED": "DeploymentsFailed",
}

_log = logging.getLogger()
_log.setLevel(logging.INFO)


def record(event: Mapping[str, Any]) -> dict[str, Any]:
    """Records one state change of a deployment; one that is no start or end is left alone."""
    detail = event["detail"]
    count = _COUNTS.get(detail["eventName"])
    service_arn = next(iter(event.get("resources", [])), "")
    if count is None or f":service/{os.environ['CLUSTER']}/" not in service_arn:
        return {"recorded": {}}
    service = _service(service_arn)
    tags = _tags(service)
    server = tags.get(SERVER_TAG, "")
    if not server:
        return {"recorded": {}}
    values: dict[str, Value] = {count: (1, "Count")}
    if count != "DeploymentsStarted":
        values.update(_durations(service, detail, succeeded=count == "DeploymentsSucceeded"))
    emit(NAMESPACE, {"Environment": environment_name(), "Server": server}, values, deployment=detail["deploymentId"])
    return {"recorded": {name: value for name, (value, _) in values.items()}}


def _durations(service: Mapping[str, Any], detail: Mapping[str, Any], *, succeeded: bool) -> dict[str, Value]:
    ended = parsed(detail["updatedAt"])
    held = [item for item in service.get("deployments", []) if item.get("id") == detail["deploymentId"]]
    values: dict[str, Value] = {}
    if held:
        values["DeploymentSeconds"] = (round((ended - held[0]["createdAt"]).total_seconds(), 1), "Seconds")
    committed = _commit_time(held[0]["taskDefinition"]) if held and succeeded else None
    if committed:
        values["LeadTimeSeconds"] = (round((ended - committed).total_seconds(), 1), "Seconds")
    return values


def _service(service_arn: str) -> Mapping[str, Any]:
    cluster = service_arn.split("/")[1]
    found = aws("ecs").describe_services(cluster=cluster, services=[service_arn], include=["TAGS"])
    return next(iter(found["services"]), {})


def _commit_time(task_definition: str) -> datetime | None:
    try:
        found = aws("ecs").describe_task_definition(taskDefinition=task_definition, include=["TAGS"])
    except ClientError as error:
        _log.warning("no commit time", extra={"code": error.response["Error"]["Code"]})
        return None
    stamp = _tags(found).get(COMMIT_TIME_TAG, "")
    return parsed(stamp) if stamp else None


def _tags(holder: Mapping[str, Any]) -> dict[str, str]:
    return {tag["key"]: tag["value"] for tag in holder.get("tags", [])}
