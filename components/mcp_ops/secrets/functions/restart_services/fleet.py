"""The services of a cluster: which secrets their tasks read, and how their newest deployment stands."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_function_kit.clients import aws

AT_ONCE = 10
"""Services that DescribeServices takes (API reference)."""

_ARN_PARTS = 7
"""Parts of a secret's own ARN; what follows names a key inside it."""


@dataclass(frozen=True)
class Deployment:
    """One deployment of a service."""

    started: datetime
    state: str
    """`IN_PROGRESS`, `COMPLETED` or `FAILED`."""


@dataclass(frozen=True)
class Service:
    """One service."""

    arn: str
    secrets: frozenset[str]
    """ARNs of the secrets that its containers are given."""
    newest: Deployment
    """What runs, or is to run."""
    others: tuple[Deployment, ...] = ()
    """What it replaces; one that failed stands here beside the one that rolls it back."""


def services(cluster: str) -> list[Service]:
    """Returns the services of a cluster, by ARN."""
    ecs = aws("ecs")
    pages = ecs.get_paginator("list_services").paginate(cluster=cluster)
    arns = sorted(arn for page in pages for arn in page["serviceArns"])
    found = []
    for start in range(0, len(arns), AT_ONCE):
        described = ecs.describe_services(cluster=cluster, services=arns[start : start + AT_ONCE])["services"]
        found += [_service(ecs, item) for item in described if item["deployments"]]
    return found


def _service(ecs: Any, described: Any) -> Service:
    newest = next(item for item in described["deployments"] if item["status"] == "PRIMARY")
    others = tuple(_deployment(item) for item in described["deployments"] if item is not newest)
    definition = ecs.describe_task_definition(taskDefinition=newest["taskDefinition"])["taskDefinition"]
    return Service(described["serviceArn"], frozenset(_secrets(definition)), _deployment(newest), others)


def _deployment(described: Any) -> Deployment:
    return Deployment(described["createdAt"], described.get("rolloutState", "COMPLETED"))


def _secrets(definition: Any) -> Iterator[str]:
    for container in definition["containerDefinitions"]:
        for secret in container.get("secrets", []):
            yield ":".join(secret["valueFrom"].split(":")[:_ARN_PARTS])
