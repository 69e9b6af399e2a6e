"""The kinds of resources that simulated AWS Backup copies, by AWS Backup's name of their type."""

import importlib
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Protocol

from mcp_ops.rehearsal.simulator.backup_jobs.state import Snapshot
from mcp_ops.rehearsal.simulator.places import Place

_MODULES = {"DynamoDB": "tables", "S3": "buckets", "EFS": "file_systems", "Aurora": "clusters"}
_BACKENDS = {"DynamoDB": "moto.dynamodb", "S3": "moto.s3", "EFS": "moto.efs", "Aurora": "moto.rds"}


class Kind(Protocol):
    """How resources of one type are found, copied and removed; a module of this package."""

    def tagged(self, place: Place) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yields the ARN and the tags of each resource."""

    def taken(self, arn: str, place: Place) -> Snapshot:
        """Returns a copy of a resource's data. Raises simulated AWS's error when it is not there."""

    def tag(self, arn: str, tags: Mapping[str, str], place: Place) -> None:
        """Gives a restored resource tags."""

    def removed(self, arn: str, place: Place) -> None:
        """Deletes a restored resource, unless it is gone already."""


def kind(resource_type: str) -> Kind:
    """Returns the module for a type.

    Raises:
        NotImplementedError: simulated AWS Backup does not copy it.
    """
    if resource_type not in _MODULES:
        raise NotImplementedError(f"simulated AWS Backup copies {', '.join(_MODULES)}, not {resource_type}")
    module: Any = importlib.import_module(f"{__name__}.{_MODULES[resource_type]}")
    found: Kind = module
    return found


def in_use() -> list[str]:
    """Returns the types of which there may be resources: moto loads a service when it is first used."""
    return [name for name, module in _BACKENDS.items() if module in sys.modules]


def chosen(metadata: Mapping[str, str], *names: str) -> str:
    """Returns the first of some restore metadata, whose case differs between restores and restore tests."""
    by_name = {key.lower(): value for key, value in metadata.items()}
    return next((by_name[name.lower()] for name in names if by_name.get(name.lower())), "")
