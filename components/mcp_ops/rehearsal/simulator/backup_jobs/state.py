"""What simulated AWS Backup keeps in one account and region."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from mcp_ops.rehearsal.simulator.beyond_moto import Kept, refused
from mcp_ops.rehearsal.simulator.places import Place

NAMESPACE = uuid.UUID("0c2b8f0e-58a4-4c13-9e6b-5b7e4f9a1d20")
"""The same backups get the same ids in every rehearsal."""


class Snapshot(Protocol):
    """The data of one backup."""

    size: int
    """Bytes."""
    key_arn: str
    """Key that encrypts the source; empty for AWS's own."""

    def restored(self, place: Place, metadata: Mapping[str, str], name: str) -> str:
        """Makes a new resource of it, named as the metadata say or else `name`, and returns its ARN.

        Raises:
            Exception: simulated AWS's own, when the resource cannot be made.
        """


@dataclass
class Point:
    """One recovery point."""

    told: dict[str, Any]
    """As the API describes it."""
    snapshot: Snapshot
    tags: Mapping[str, str]
    """Of the resource when it was backed up: a backup carries them."""

    @property
    def arn(self) -> str:
        """Its ARN."""
        return str(self.told["RecoveryPointArn"])

    @property
    def created(self) -> datetime:
        """When it was begun."""
        made: datetime = self.told["CreationDate"]
        return made


@dataclass
class State:
    """Everything beyond moto."""

    region: dict[str, Any] = field(default_factory=dict)
    policies: dict[str, str] = field(default_factory=dict)
    """By vault."""
    notifications: dict[str, dict[str, Any]] = field(default_factory=dict)
    """By vault."""
    selections: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """By plan, by id."""
    testing_plans: dict[str, dict[str, Any]] = field(default_factory=dict)
    testing_selections: dict[str, dict[str, dict[str, Any]]] = field(default_factory=dict)
    """By testing plan, by name."""
    points: dict[str, Point] = field(default_factory=dict)
    """By ARN."""
    restores: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Restore jobs by id, as the API describes them."""
    tokens: dict[str, str] = field(default_factory=dict)
    """Ids of restore jobs by idempotency token."""
    made: int = 0

    def new_id(self, place: Place) -> str:
        """Returns an id that no other thing of the place has."""
        self.made += 1
        return str(uuid.uuid5(NAMESPACE, f"{place.account} {place.region} {self.made}"))


def state_of(kept: Kept) -> State:
    """Returns what is kept."""
    state: State = kept.setdefault("state", State())
    return state


def found(items: Mapping[str, Any], name: str, what: str, operation: str) -> Any:
    """Returns an item by name. Raises AWS's error when there is none."""
    if name not in items:
        raise refused("ResourceNotFoundException", f"{what} {name} does not exist.", operation)
    return items[name]


def vault_of(name: str, place: Place, operation: str) -> Any:
    """Returns moto's vault. Raises AWS's error when there is none."""
    from moto.backup.models import backup_backends  # loaded with the first vault only

    vaults: Mapping[str, Any] = backup_backends[place.account][place.region].vaults
    return found(vaults, name, "Backup vault", operation)
