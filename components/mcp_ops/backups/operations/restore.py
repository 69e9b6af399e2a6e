"""A restore to a new resource: planned, started, followed and validated. Nothing that exists is ever overwritten.

The copy is made as the weekly restore test makes it: the same role, the same key, the same network.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_ops.backups.function_statements import restored_prefix
from mcp_ops.backups.operations.inventory import Environment, RecoveryPoint, Store, pages
from mcp_ops.errors import InputError, Offence, Offences

ENDED = ("ABORTED", "COMPLETED", "FAILED")
"""States in which a restore job stays."""

NAMES = {
    "DynamoDB": re.compile(r"[A-Za-z0-9_.-]{3,255}"),
    "S3": re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]"),
    "EFS": re.compile(r"[A-Za-z0-9_.-]{1,64}"),
    "Aurora": re.compile(r"[a-z][a-z0-9-]{0,61}[a-z0-9]"),
}
"""What AWS takes as the name of a table, a bucket or a cluster, and as the creation token of a file system."""


@dataclass(frozen=True)
class RestorePlan:
    """What will be restored, and how."""

    store: Store
    point: RecoveryPoint
    to: str
    role_arn: str
    metadata: Mapping[str, str]


@dataclass(frozen=True)
class Verdict:
    """What the validation function found."""

    valid: bool
    checks: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...]
    """What was not looked at, and why."""


def plan_restore(environment: Environment, store: Store, to: str, at: datetime | None) -> RestorePlan:
    """Decides on a restore. Raises `InputError` with every offence; starts nothing."""
    offences = Offences()
    _check_name(environment, store, to, offences)
    points = _points(store, at, offences)
    offences.refuse()
    point = points[0]
    role_arn, overrides = _as_tested(environment, store)
    metadata = {**overrides, **_metadata(environment, store, point, to)}
    return RestorePlan(store, point, to, role_arn, metadata)


def _check_name(environment: Environment, store: Store, to: str, offences: Offences) -> None:
    prefix = restored_prefix(environment.name)
    named = to.startswith(prefix) and len(to) > len(prefix)
    rule = f"does not start with {prefix}; copies are named so, and validation may read nothing else"
    offences.check(named, "--to", to, rule)
    pattern = NAMES.get(store.resource_type)
    if pattern is None:
        offences.add("STORE", store.name, f"is a {store.resource_type}, which this command does not restore")
    elif named:
        fits = pattern.fullmatch(to)
        offences.check(fits, "--to", to, f"is no name that AWS takes for {store.resource_type}: {pattern.pattern}")
        taken = fits and _exists(environment, store.resource_type, to)
        offences.check(not taken, "--to", to, "exists already; nothing is ever restored over what exists")


def _points(store: Store, at: datetime | None, offences: Offences) -> list[RecoveryPoint]:
    """Returns the backups that were made until `at`, the newest first; notes the offence when there is none."""
    points = [point for point in store.points if at is None or point.created <= at]
    if not store.points:
        offences.add("STORE", store.name, "has no backup that could be restored")
    elif not points:
        first = store.points[-1].created.isoformat()
        offences.add("--at", at.isoformat() if at else None, f"is before the first backup of {store.name}, {first}")
    return points


def _exists(environment: Environment, resource_type: str, name: str) -> bool:
    """Whether something of that name is there; a table in deletion counts."""
    looks: dict[str, Callable[[], Any]] = {
        "DynamoDB": lambda: environment.client("dynamodb").describe_table(TableName=name),
        "S3": lambda: environment.client("s3").head_bucket(Bucket=name),
        "EFS": lambda: environment.client("efs").describe_file_systems(CreationToken=name)["FileSystems"][0],
        "Aurora": lambda: environment.client("rds").describe_db_clusters(DBClusterIdentifier=name)["DBClusters"][0],
    }
    try:
        looks[resource_type]()
    except IndexError:
        return False
    except Exception as error:  # errors of botocore, which this room does not import; what is not known goes on
        code = getattr(error, "response", {}).get("Error", {}).get("Code", "")
        if code in {"404", "DBClusterNotFoundFault", "FileSystemNotFound", "NoSuchBucket", "ResourceNotFoundException"}:
            return False
        if code in {"403", "AccessDenied"} and resource_type == "S3":
            return True  # names of buckets are the world's: somebody else has it
        raise
    return True


def _as_tested(environment: Environment, store: Store) -> tuple[str, dict[str, str]]:
    """Returns the role and the metadata with which the restore test restores stores of this type."""
    backup, plan = environment.client("backup"), environment.testing_plan
    selections = pages(
        backup, "list_restore_testing_selections", "RestoreTestingSelections", RestoreTestingPlanName=plan
    )
    for item in selections:
        if item["ProtectedResourceType"] == store.resource_type:
            selection = backup.get_restore_testing_selection(
                RestoreTestingPlanName=plan, RestoreTestingSelectionName=item["RestoreTestingSelectionName"]
            )["RestoreTestingSelection"]
            return selection["IamRoleArn"], dict(selection.get("RestoreMetadataOverrides") or {})
    rule = f"is a {store.resource_type}, which no restore test of {plan} covers; its role and key are not known"
    raise InputError(Offence("STORE", store.name, rule))


def _metadata(environment: Environment, store: Store, point: RecoveryPoint, to: str) -> dict[str, str]:
    """Returns what the new resource is; names of the keys: AWS Backup developer guide, restoring by resource type."""
    match store.resource_type:
        case "DynamoDB":
            return {"targetTableName": to}
        case "S3":
            return {"DestinationBucketName": to, "NewBucket": "true", "Encrypted": "true", "CreationToken": to}
        case "EFS":
            source = store.arn.rsplit("/", maxsplit=1)[-1]
            new = {"newFileSystem": "true", "Encrypted": "true", "PerformanceMode": "generalPurpose"}
            return {**new, "file-system-id": source, "CreationToken": to}
        case _:
            known = environment.client("backup").get_recovery_point_restore_metadata(
                BackupVaultName=environment.plan, RecoveryPointArn=point.arn
            )["RestoreMetadata"]
            network = ("DBSubnetGroupName", "VpcSecurityGroupIds")
            kept = {key: value for key, value in known.items() if key not in network}
            return {**kept, "DBClusterIdentifier": to}


def start(environment: Environment, plan: RestorePlan) -> str:
    """Starts the restore and returns the job's id; started twice, it is one job."""
    reply = environment.client("backup").start_restore_job(
        RecoveryPointArn=plan.point.arn,
        Metadata=dict(plan.metadata),
        IamRoleArn=plan.role_arn,
        IdempotencyToken=plan.to,
        ResourceType=plan.store.resource_type,
    )
    return str(reply["RestoreJobId"])


def follow(
    environment: Environment, job_id: str, told: Callable[[float], None], wait: Callable[[], None]
) -> Mapping[str, Any]:
    """Returns the job when it has ended; tells the percentage done meanwhile, and waits between looks."""
    while True:
        job: Mapping[str, Any] = environment.client("backup").describe_restore_job(RestoreJobId=job_id)
        if job["Status"] in ENDED:
            return job
        told(float(str(job.get("PercentDone") or "0").rstrip("%")))
        wait()


def validate(environment: Environment, job_id: str) -> Verdict:
    """Has the environment's validation function look at the copy.

    Raises:
        InputError: the environment has no such function, or it failed.
    """
    functions = environment.client("lambda")
    prefix = f"{environment.plan}-validate-restore-"
    found = functions.get_paginator("list_functions").paginate()
    names = [one["FunctionName"] for page in found for one in page["Functions"]]
    mine = [name for name in names if name.startswith(prefix)]
    if not mine:
        raise InputError(Offence("validation", prefix, "starts the name of no function; look at the copy yourself"))
    reply = functions.invoke(FunctionName=mine[0], Payload=json.dumps({"restoreJobId": job_id}).encode())
    result = json.loads(reply["Payload"].read() or b"{}")
    if reply.get("FunctionError") or "valid" not in result:
        raise InputError(Offence("validation", mine[0], f"gave no verdict: {json.dumps(result)}"))
    return Verdict(bool(result["valid"]), tuple(result.get("checks", ())), tuple(result.get("notes", ())))
