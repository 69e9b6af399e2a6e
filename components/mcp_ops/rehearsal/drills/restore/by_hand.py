"""A restore by hand in the drill: to where the store was, or beside it, and validated before anybody uses it."""

import json
from typing import Any

from mcp_ops.rehearsal.drills.drill import Stage
from mcp_ops.rehearsal.drills.restore.setup import Setup
from mcp_ops.rehearsal.drills.restore.stores import Exercised

_NAMES = {"table": "targetTableName", "bucket": "DestinationBucketName"}
"""Restore metadata that name the new resource, by kind of store."""
_TYPES = {"table": "DynamoDB", "bucket": "S3"}


def restored_by_hand(stage: Stage, found: Setup, store: Exercised, point_arn: str, *, gone: bool) -> list[str]:
    """Restores a store, where it is gone under its own name; returns what is wrong.

    Role, key and network are those of the restore test.
    """
    entry, cloud = store.entry, stage.cloud
    backup, functions = cloud.client("backup", found.place), cloud.client("lambda", found.place)
    variables = functions.get_function_configuration(FunctionName=found.validate)["Environment"]["Variables"]
    name = entry.physical_name if gone else f"{variables['ENVIRONMENT']}-restored-drill-{entry.name}"
    selection = _selection(backup, found, _TYPES[entry.kind])
    job_id = backup.start_restore_job(
        RecoveryPointArn=point_arn,
        Metadata={**(selection.get("RestoreMetadataOverrides") or {}), _NAMES[entry.kind]: name},
        IamRoleArn=selection["IamRoleArn"],
        CopySourceTagsToRestoredResource=True,
    )["RestoreJobId"]
    job = backup.describe_restore_job(RestoreJobId=job_id)
    if job["Status"] != "COMPLETED":
        return [f"{entry.name}: the restore by hand failed: {job.get('StatusMessage')}"]
    payload = json.dumps({"restoreJobId": job_id}).encode()
    reply = functions.invoke(FunctionName=found.validate, Payload=payload)
    verdict = json.loads(reply["Payload"].read())
    if not gone:
        _remove(job, found)
    if verdict.get("valid") is True:
        return []
    return [f"{entry.name}: the copy that was restored by hand was refused: {json.dumps(verdict)}"]


def _selection(backup: Any, found: Setup, resource_type: str) -> dict[str, Any]:
    """Returns how the restore test restores a type."""
    listed = backup.list_restore_testing_selections(RestoreTestingPlanName=found.testing_plan)
    for item in listed["RestoreTestingSelections"]:
        if item["ProtectedResourceType"] == resource_type:
            name = item["RestoreTestingSelectionName"]
            told = backup.get_restore_testing_selection(
                RestoreTestingPlanName=found.testing_plan, RestoreTestingSelectionName=name
            )
            return dict(told["RestoreTestingSelection"])
    return {"IamRoleArn": ""}


def _remove(job: dict[str, Any], found: Setup) -> None:
    from mcp_ops.rehearsal.simulator.backup_jobs.kinds import kind  # loads moto's part of it

    kind(job["ResourceType"]).removed(job["CreatedResourceArn"], found.place)
