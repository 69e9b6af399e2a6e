"""AWS Backup's events, in the shapes of its developer guide, "Monitoring AWS Backup events using EventBridge"."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

_RESTORE = {
    "RestoreJobId": "restoreJobId",
    "BackupSizeInBytes": "backupSizeInBytes",
    "CreationDate": "creationDate",
    "IamRoleArn": "iamRoleArn",
    "ResourceType": "resourceType",
    "Status": "status",
    "StatusMessage": "statusMessage",
    "CreatedResourceArn": "createdResourceArn",
    "CompletionDate": "completionDate",
    "BackupVaultArn": "backupVaultArn",
    "RecoveryPointArn": "recoveryPointArn",
    "SourceResourceArn": "sourceResourceArn",
}


def restore_ended(job: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the event of a restore job: it says `status`."""
    detail: dict[str, Any] = {name: _text(job[member]) for member, name in _RESTORE.items() if member in job}
    detail["percentDone"] = 0
    if "CreatedBy" in job:
        detail["restoreTestingPlanArn"] = job["CreatedBy"]["RestoreTestingPlanArn"]
    return _event("Restore Job State Change", job["RecoveryPointArn"], detail)


def backup_ended(job: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the event of a backup job: it says `state`."""
    return _event("Backup Job State Change", job["resourceArn"], {key: _text(value) for key, value in job.items()})


def _event(kind: str, resource: str, detail: dict[str, Any]) -> dict[str, Any]:
    return {"source": "aws.backup", "detail-type": kind, "resources": [resource], "detail": detail}


def _text(value: Any) -> str:
    return value.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z" if isinstance(value, datetime) else str(value)
