"""Whether every store is backed up, and when that was last proved."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_ops.backups.backup_alarms import BACKUP_AGE_HOURS, RESTORE_TEST_DAYS
from mcp_ops.backups.operations.inventory import Environment, Store, pages, stores_of

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


@dataclass(frozen=True)
class Proof:
    """A restore that was validated."""

    at: datetime
    minutes: float
    """How long it took: the measured recovery time."""
    point_hours: float
    """How old the restored backup was: the measured loss."""


@dataclass(frozen=True)
class StoreStatus:
    """How one store stands."""

    store: Store
    backup_hours: float | None
    """Age of the newest backup; None for none."""
    proof: Proof | None
    """The newest restore that was found good."""
    problems: tuple[str, ...]
    """What is missing or too old; empty for none."""

    def as_json(self) -> dict[str, Any]:
        """Returns it for a JSON document."""
        proof = self.proof
        return {
            "store": self.store.name,
            "type": self.store.resource_type,
            "arn": self.store.arn,
            "exists": self.store.exists,
            "backups": len(self.store.points),
            "lastBackup": self.store.points[0].created.isoformat() if self.store.points else None,
            "backupAgeHours": _rounded(self.backup_hours),
            "lastProvedRestore": proof.at.isoformat() if proof else None,
            "recoveryMinutes": _rounded(proof.minutes) if proof else None,
            "recoveryPointHours": _rounded(proof.point_hours) if proof else None,
            "problems": list(self.problems),
        }


def status_of(environment: Environment, now: datetime) -> list[StoreStatus]:
    """Returns how every store of the environment stands, sorted by name."""
    return [_status(environment, store, now) for store in stores_of(environment).values()]


def _status(environment: Environment, store: Store, now: datetime) -> StoreStatus:
    age = (now - store.points[0].created).total_seconds() / _HOUR if store.points else None
    proof = _proof(environment, store)
    return StoreStatus(store, age, proof, tuple(_problems(store, age, proof, now)))


def _problems(store: Store, age: float | None, proof: Proof | None, now: datetime) -> list[str]:
    problems = []
    if not store.exists:
        problems.append("is gone; restore it")
    if age is None:
        problems.append("has no backup")
    elif age > BACKUP_AGE_HOURS and store.exists:
        problems.append(f"has no backup of the last {BACKUP_AGE_HOURS} h")
    if proof is None:
        problems.append("was never restored to prove its backups")
    elif (now - proof.at).total_seconds() > RESTORE_TEST_DAYS * _DAY:
        problems.append(f"was not proved in the last {RESTORE_TEST_DAYS} days")
    return problems


def _proof(environment: Environment, store: Store) -> Proof | None:
    jobs = [
        job
        for job in pages(
            environment.client("backup"),
            "list_restore_jobs_by_protected_resource",
            "RestoreJobs",
            ResourceArn=store.arn,
        )
        if job.get("ValidationStatus") == "SUCCESSFUL"
    ]
    if not jobs:
        return None
    return _proof_of(max(jobs, key=lambda job: job["CompletionDate"]))


def _proof_of(job: Mapping[str, Any]) -> Proof:
    begun, ended = job["CreationDate"], job["CompletionDate"]
    made = job.get("RecoveryPointCreationDate", begun)
    return Proof(ended, (ended - begun).total_seconds() / _MINUTE, (begun - made).total_seconds() / _HOUR)


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
