"""Operations on restore jobs. A job ends as it starts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mcp_ops.rehearsal.simulator.backup_jobs.kinds import kind
from mcp_ops.rehearsal.simulator.backup_jobs.state import Point, found, state_of
from mcp_ops.rehearsal.simulator.beyond_moto import Kept, Operation, refused
from mcp_ops.rehearsal.simulator.places import Place

Given = Mapping[str, Any]
Reply = dict[str, Any]


def begun(kept: Kept, given: Given, place: Place, plan_arn: str = "", failure: str = "") -> str:
    """Carries out a restore and returns the job's id; `failure`: why AWS Backup could not begin it."""
    state, started = state_of(kept), datetime.now(UTC)
    point: Point = found(state.points, given["RecoveryPointArn"], "Recovery point", "StartRestoreJob")
    identity = state.new_id(place)
    job = _job(identity, point, given, place, max(started, point.created))
    if plan_arn:
        job["CreatedBy"] = {"RestoreTestingPlanArn": plan_arn}
    state.restores[identity] = job
    if not failure:
        failure = _restored(job, point, given, place)
    if failure:
        job.update(Status="FAILED", StatusMessage=failure)
    job["CompletionDate"] = job["CreationDate"] + (datetime.now(UTC) - started)
    return identity


def _job(identity: str, point: Point, given: Given, place: Place, now: datetime) -> dict[str, Any]:
    return {
        "AccountId": place.account,
        "RestoreJobId": identity,
        "RecoveryPointArn": point.arn,
        "SourceResourceArn": point.told["ResourceArn"],
        "BackupVaultArn": point.told["BackupVaultArn"],
        "CreationDate": now,
        "Status": "RUNNING",
        "PercentDone": "0.00%",
        "BackupSizeInBytes": point.snapshot.size,
        "IamRoleArn": given.get("IamRoleArn", ""),
        "ResourceType": point.told["ResourceType"],
        "RecoveryPointCreationDate": point.created,
    }


def _restored(job: dict[str, Any], point: Point, given: Given, place: Place) -> str:
    """Makes the copy; returns why it could not be made."""
    name = f"awsbackup-restore-test-{job['RestoreJobId'][:8]}"
    try:
        arn = point.snapshot.restored(place, given["Metadata"], name)
    except Exception as error:  # noqa: BLE001 - whatever simulated AWS says against the copy ends the job
        return str(error)
    if given.get("CopySourceTagsToRestoredResource"):
        kind(job["ResourceType"]).tag(arn, point.tags, place)
    job.update(Status="COMPLETED", PercentDone="100.00%", CreatedResourceArn=arn)
    return ""


def _start(kept: Kept, given: Given, place: Place) -> Reply:
    state, token = state_of(kept), given.get("IdempotencyToken", "")
    if token in state.tokens:
        return {"RestoreJobId": state.tokens[token]}
    identity = begun(kept, given, place)
    if token:
        state.tokens[token] = identity
    return {"RestoreJobId": identity}


def _describe(kept: Kept, given: Given, _: Place) -> Reply:
    return dict(found(state_of(kept).restores, given["RestoreJobId"], "Restore job", "DescribeRestoreJob"))


def _list_by_resource(kept: Kept, given: Given, _: Place) -> Reply:
    jobs = state_of(kept).restores.values()
    return {"RestoreJobs": [dict(job) for job in jobs if job["SourceResourceArn"] == given["ResourceArn"]]}


def _put_validation(kept: Kept, given: Given, _: Place) -> Reply:
    operation = "PutRestoreValidationResult"
    job: dict[str, Any] = found(state_of(kept).restores, given["RestoreJobId"], "Restore job", operation)
    if "CreatedBy" not in job or job["Status"] != "COMPLETED":
        message = f"Restore job {given['RestoreJobId']} is not a completed job of a restore testing plan."
        raise refused("InvalidRequestException", message, operation)
    job.update({key: given[key] for key in ("ValidationStatus", "ValidationStatusMessage") if key in given})
    return {}


OPERATIONS: Mapping[str, Operation] = {
    "DescribeRestoreJob": _describe,
    "ListRestoreJobsByProtectedResource": _list_by_resource,
    "PutRestoreValidationResult": _put_validation,
    "StartRestoreJob": _start,
}
