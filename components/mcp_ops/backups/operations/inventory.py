"""Which stores an environment has, and what lies in its vault; found by tags, also of stores that are lost."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_ops.backups.stores import BACKUP_TAG, STORE_TAG
from mcp_ops.errors import InputError, Offence

Client = Callable[[str], Any]
"""Gives a boto3 client of the environment's account and region, by the name of the service."""

USABLE = ("AVAILABLE", "COMPLETED")
"""States of a recovery point that can be restored."""

_TYPES = {"dynamodb": "DynamoDB", "s3": "S3", "elasticfilesystem": "EFS", "rds": "Aurora"}
"""AWS Backup's name of a resource type, by the service in an ARN."""


@dataclass(frozen=True)
class RecoveryPoint:
    """One backup in the vault."""

    arn: str
    created: datetime
    resource_arn: str
    resource_type: str


@dataclass(frozen=True)
class Store:
    """One store."""

    name: str
    arn: str
    """Of the resource that is there now; of the newest that was backed up when there is none."""
    exists: bool
    points: tuple[RecoveryPoint, ...]
    """Backups that can be restored, the newest first; also of resources that bore the name before."""

    @property
    def resource_type(self) -> str:
        """AWS Backup's name of the type: `DynamoDB`, `S3`, `EFS` or `Aurora`."""
        return _TYPES.get(self.arn.split(":")[2], self.arn.split(":")[2])


@dataclass(frozen=True)
class Environment:
    """One environment, and the way to it."""

    name: str
    plan: str
    """Name of its BackupPolicy: the value of the tag `Backup`, and the name of its vault."""
    client: Client

    @property
    def testing_plan(self) -> str:
        """Name of its restore testing plan."""
        return f"{self.plan}_restores".replace("-", "_")


def stores_of(environment: Environment) -> dict[str, Store]:
    """Returns the stores of an environment by name, sorted: those that exist, and those of which backups are left."""
    live = _live(environment)
    names = {arn: name for name, arn in live.items()}
    points: dict[str, list[RecoveryPoint]] = {name: [] for name in live}
    for point in _points(environment):
        if point.resource_arn not in names:
            names[point.resource_arn] = _name_of(environment, point)
        points.setdefault(names[point.resource_arn], []).append(point)
    found = {}
    for name, backups in sorted(points.items()):
        newest_first = tuple(sorted(backups, key=lambda point: point.created, reverse=True))
        arn = live.get(name) or newest_first[0].resource_arn
        found[name] = Store(name, arn, name in live, newest_first)
    return found


def store_named(stores: Mapping[str, Store], name: str) -> Store:
    """Returns one of the stores. Raises `InputError` when there is none of the name."""
    if name in stores:
        return stores[name]
    near = difflib.get_close_matches(name, stores, 1)
    hint = f"did you mean {near[0]}?" if near else f"known: {', '.join(stores) or 'none'}"
    raise InputError(Offence("STORE", name, f"is no store of this environment; {hint}"))


def pages(client: Any, operation: str, member: str, **parameters: Any) -> Iterable[Mapping[str, Any]]:
    """Yields what all pages of a list hold."""
    token: dict[str, Any] = {}
    while True:
        reply = getattr(client, operation)(**parameters, **token)
        yield from reply.get(member, ())
        if not reply.get("NextToken"):
            return
        token = {"NextToken": reply["NextToken"]}


def _live(environment: Environment) -> dict[str, str]:
    """Returns the ARN of each store that exists, by name."""
    filters = [{"Key": BACKUP_TAG, "Values": [environment.plan]}]
    tagging = environment.client("resourcegroupstaggingapi")
    found = tagging.get_paginator("get_resources").paginate(TagFilters=filters)
    tagged = [item for page in found for item in page["ResourceTagMappingList"]]
    stores = {}
    for item in tagged:
        tags = {tag["Key"]: tag["Value"] for tag in item["Tags"]}
        if STORE_TAG in tags:
            stores[tags[STORE_TAG]] = item["ResourceARN"]
    return stores


def _points(environment: Environment) -> Iterable[RecoveryPoint]:
    backup = environment.client("backup")
    for item in pages(
        backup, "list_recovery_points_by_backup_vault", "RecoveryPoints", BackupVaultName=environment.plan
    ):
        if item["Status"] in USABLE:
            yield RecoveryPoint(
                item["RecoveryPointArn"], item["CreationDate"], item["ResourceArn"], item["ResourceType"]
            )


def _name_of(environment: Environment, point: RecoveryPoint) -> str:
    """Returns the name of a store that is gone: its backups carry its tags."""
    tags = environment.client("backup").list_tags(ResourceArn=point.arn).get("Tags", {})
    return str(tags.get(STORE_TAG) or point.resource_arn.rsplit(":", maxsplit=1)[-1].rsplit("/", maxsplit=1)[-1])
