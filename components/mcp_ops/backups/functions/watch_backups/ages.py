"""How old the newest backup, restorable moment and proved restore of a store are.

What has never happened counts from the day on which the restore testing plan was made: a new environment has a day for
its first backup and a week for its first proof.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_function_kit.clients import aws

_HOUR, _DAY = 3600, 86_400
_USABLE = ("AVAILABLE", "COMPLETED")
"""States of a recovery point that can be restored: a continuous one is available while it goes on."""


@dataclass(frozen=True)
class Ages:
    """Ages of one store."""

    backup_hours: float
    recovery_point_hours: float
    proof_days: float

    def as_metrics(self) -> dict[str, float]:
        """Returns the values by the name of their metric."""
        return {
            "BackupAgeHours": round(self.backup_hours, 3),
            "RecoveryPointAgeHours": round(self.recovery_point_hours, 3),
            "DaysSinceProvedRestore": round(self.proof_days, 3),
        }


def measured(store: Mapping[str, Any], plan: str, now: datetime) -> Ages:
    """Measures one store, as its parameter describes it; `plan` is the name of the restore testing plan."""
    backup = aws("backup")
    begun = backup.get_restore_testing_plan(RestoreTestingPlanName=plan)["RestoreTestingPlan"]["CreationTime"]
    backed_up = _newest_backup(backup, store["arn"]) or begun
    restorable = max(backed_up, _newest_moment(store) or backed_up)
    proved = _newest_proof(backup, store["arn"], plan) or begun
    return Ages(
        backup_hours=_since(backed_up, now) / _HOUR,
        recovery_point_hours=_since(restorable, now) / _HOUR,
        proof_days=_since(proved, now) / _DAY,
    )


def _since(moment: datetime, now: datetime) -> float:
    return max(0.0, (now - moment).total_seconds())


def _newest_backup(backup: Any, arn: str) -> datetime | None:
    """Returns when the newest usable snapshot was begun: what it holds is not younger."""
    pages = backup.get_paginator("list_recovery_points_by_resource").paginate(ResourceArn=arn)
    points = [point for page in pages for point in page["RecoveryPoints"] if point["Status"] in _USABLE]
    return max((point["CreationDate"] for point in points), default=None)


def _newest_moment(store: Mapping[str, Any]) -> datetime | None:
    """Returns the newest moment of a continuous backup, where AWS states one."""
    if store["kind"] == "table":
        reply = aws("dynamodb").describe_continuous_backups(TableName=store["name"])
        recovery = reply["ContinuousBackupsDescription"].get("PointInTimeRecoveryDescription", {})
        newest: datetime | None = recovery.get("LatestRestorableDateTime")
        return newest
    if store["kind"] == "database":
        clusters = aws("rds").describe_db_clusters(DBClusterIdentifier=store["name"])["DBClusters"]
        latest: datetime | None = clusters[0].get("LatestRestorableTime")
        return latest
    return None


def _newest_proof(backup: Any, arn: str, plan: str) -> datetime | None:
    """Returns when the newest copy was restored that a test of this plan found good."""
    pages = backup.get_paginator("list_restore_jobs_by_protected_resource").paginate(ResourceArn=arn)
    proofs = [
        job["CompletionDate"]
        for page in pages
        for job in page["RestoreJobs"]
        if job.get("ValidationStatus") == "SUCCESSFUL" and _of_plan(job, plan)
    ]
    return max(proofs, default=None)


def _of_plan(job: Mapping[str, Any], plan: str) -> bool:
    """Tells whether a test made the job: a plan's ARN ends with its name and an id."""
    made_by = str(job.get("CreatedBy", {}).get("RestoreTestingPlanArn", "")).rsplit(":", maxsplit=1)[-1]
    return made_by == plan or made_by.startswith(f"{plan}-")
