"""What a message gains by looking around. A look that fails is said and stops nothing: the alarm goes out."""

import logging
from collections.abc import Iterator, Mapping
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError

from mcp_function_kit.clients import aws

SERVER_TAG = "mcp-server"
BATCH = 10
"""Services that one call describes (API reference of DescribeServices)."""

_log = logging.getLogger()


def last_deployment(cluster: str, server: str) -> str:
    """Returns when the server was last deployed, and which revision."""
    if not cluster or not server:
        return ""
    try:
        deployments = [item for service in _services(cluster, server) for item in service.get("deployments", [])]
    except (BotoCoreError, ClientError) as error:
        _log.warning("no look at deployments", extra={"error": type(error).__name__})
        return "unknown"
    if not deployments:
        return "none"
    newest = max(deployments, key=lambda item: item["createdAt"])
    revision = newest.get("taskDefinition", "").rpartition("/")[2]
    state = newest.get("rolloutState", "").lower().replace("_", " ")
    return " ".join(filter(None, (f"{newest['createdAt']:%Y-%m-%d %H:%M} UTC", revision, state)))


def still_ringing(prefix: str, deduplication: str, name: str) -> tuple[str, ...]:
    """Returns the alarms of the same incident that are still in alarm, besides `name`."""
    try:
        pages = (
            aws("cloudwatch")
            .get_paginator("describe_alarms")
            .paginate(AlarmNamePrefix=prefix, StateValue="ALARM", AlarmTypes=["MetricAlarm", "CompositeAlarm"])
        )
        alarms = [
            alarm for page in pages for kind in ("MetricAlarms", "CompositeAlarms") for alarm in page.get(kind, [])
        ]
    except (BotoCoreError, ClientError) as error:
        _log.warning("no look at other alarms", extra={"error": type(error).__name__})
        return ()
    wanted = f"Deduplication: {deduplication}"
    acting = (alarm for alarm in alarms if alarm.get("AlarmActions") and alarm["StateValue"] == "ALARM")
    same = (alarm["AlarmName"] for alarm in acting if wanted in alarm.get("AlarmDescription", "").splitlines())
    return tuple(sorted(each for each in same if each != name))


def _services(cluster: str, server: str) -> Iterator[Mapping[str, Any]]:
    client = aws("ecs")
    arns = [
        arn for page in client.get_paginator("list_services").paginate(cluster=cluster) for arn in page["serviceArns"]
    ]
    for start in range(0, len(arns), BATCH):
        found = client.describe_services(cluster=cluster, services=arns[start : start + BATCH], include=["TAGS"])
        for service in found["services"]:
            if {"key": SERVER_TAG, "value": server} in service.get("tags", []):
                yield service
