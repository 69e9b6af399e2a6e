"""Operations on recovery points."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from mcp_ops.rehearsal.simulator.backup_jobs.state import Point, State, found, state_of, vault_of
from mcp_ops.rehearsal.simulator.beyond_moto import Kept, Operation, refused
from mcp_ops.rehearsal.simulator.places import Place

Given = Mapping[str, Any]
Reply = dict[str, Any]


def _point(state: State, given: Given, operation: str) -> Point:
    """Returns a recovery point of the vault that a call names."""
    point: Point = found(state.points, given["RecoveryPointArn"], "Recovery point", operation)
    if point.told["BackupVaultName"] != given["BackupVaultName"]:
        message = f"Recovery point {point.arn} is not in backup vault {given['BackupVaultName']}."
        raise refused("ResourceNotFoundException", message, operation)
    return point


def _list_by_vault(kept: Kept, given: Given, place: Place) -> Reply:
    vault_of(given["BackupVaultName"], place, "ListRecoveryPointsByBackupVault")
    filters = {"BackupVaultName": "BackupVaultName", "ByResourceArn": "ResourceArn", "ByResourceType": "ResourceType"}
    wanted = {member: given[name] for name, member in filters.items() if name in given}
    return {"RecoveryPoints": _where(kept, wanted)}


def _list_by_resource(kept: Kept, given: Given, _: Place) -> Reply:
    return {"RecoveryPoints": _where(kept, {"ResourceArn": given["ResourceArn"]})}


def _where(kept: Kept, wanted: Given) -> list[dict[str, Any]]:
    points = state_of(kept).points.values()
    return [dict(point.told) for point in points if all(point.told[key] == value for key, value in wanted.items())]


def _describe(kept: Kept, given: Given, _: Place) -> Reply:
    return dict(_point(state_of(kept), given, "DescribeRecoveryPoint").told)


def _delete(kept: Kept, given: Given, place: Place) -> Reply:
    operation, state = "DeleteRecoveryPoint", state_of(kept)
    point = _point(state, given, operation)
    if vault_of(given["BackupVaultName"], place, operation).locked:
        message = "Recovery point cannot be deleted: its backup vault is locked."
        raise refused("InvalidRequestException", message, operation)
    del state.points[point.arn]
    return {}


def _update_lifecycle(kept: Kept, given: Given, place: Place) -> Reply:
    operation = "UpdateRecoveryPointLifecycle"
    point = _point(state_of(kept), given, operation)
    days = (given.get("Lifecycle") or {}).get("DeleteAfterDays", 0)
    least = vault_of(given["BackupVaultName"], place, operation).min_retention_days
    if least and 0 < days < least:
        message = f"Retention of {days} days is less than the {least} days of the backup vault's lock."
        raise refused("InvalidRequestException", message, operation)
    point.told.update(lifecycle(point, days))
    return {member: point.told.get(member) for member in ("RecoveryPointArn", "Lifecycle", "CalculatedLifecycle")}


def lifecycle(point: Point, days: int) -> dict[str, Any]:
    """Returns how a recovery point describes that it is kept for so many days; 0: for ever."""
    if not days:
        return {"Lifecycle": {}, "CalculatedLifecycle": {}}
    deleted = point.created + timedelta(days=days)
    return {"Lifecycle": {"DeleteAfterDays": days}, "CalculatedLifecycle": {"DeleteAt": deleted}}


def _restore_metadata(kept: Kept, given: Given, _: Place) -> Reply:
    point = _point(state_of(kept), given, "GetRecoveryPointRestoreMetadata")
    told = {key: point.told[key] for key in ("BackupVaultArn", "RecoveryPointArn", "ResourceType")}
    return {**told, "RestoreMetadata": dict(getattr(point.snapshot, "metadata", {}))}


OPERATIONS: Mapping[str, Operation] = {
    "DeleteRecoveryPoint": _delete,
    "DescribeRecoveryPoint": _describe,
    "GetRecoveryPointRestoreMetadata": _restore_metadata,
    "ListRecoveryPointsByBackupVault": _list_by_vault,
    "ListRecoveryPointsByResource": _list_by_resource,
    "UpdateRecoveryPointLifecycle": _update_lifecycle,
}
