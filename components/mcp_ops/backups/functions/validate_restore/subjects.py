"""What is validated: a restore job, and the store that it restored."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_function_kit.clients import aws


@dataclass(frozen=True)
class Job:
    """One restore job."""

    id: str
    status: str
    message: str
    source_arn: str
    copy_arn: str
    created: datetime
    completed: datetime | None
    point_created: datetime
    size: int
    """Bytes that were restored, as AWS Backup says."""
    plan: str
    """ARN of the restore testing plan that started it; empty for a restore by hand."""
    validation: str
    """Verdict that AWS Backup has already; empty for none."""

    @property
    def copy(self) -> str:
        """Name of the restored table or bucket, id of the file system, identifier of the cluster."""
        return _last(self.copy_arn)

    @property
    def restore_minutes(self) -> float | None:
        """Minutes from start to end; None for a restore that has not completed."""
        done = self.completed if self.status == "COMPLETED" else None
        return (done - self.created).total_seconds() / 60 if done else None

    @property
    def point_age_hours(self) -> float:
        """Age of the recovery point when its restore was started."""
        return max(0.0, (self.created - self.point_created).total_seconds() / 3600)


@dataclass(frozen=True)
class Store:
    """One store, as its parameter describes it."""

    name: str
    kind: str
    arn: str
    physical_name: str
    key_arn: str
    tolerance_percent: int
    full_comparison: bool
    expectations: Mapping[str, Any]


def job_of(job_id: str) -> Job:
    """Asks AWS Backup for a job: events carry less, and not under one name."""
    told = aws("backup").describe_restore_job(RestoreJobId=job_id)
    return Job(
        id=job_id,
        status=told["Status"],
        message=told.get("StatusMessage") or "",
        source_arn=told.get("SourceResourceArn") or "",
        copy_arn=told.get("CreatedResourceArn") or "",
        created=told["CreationDate"],
        completed=told.get("CompletionDate"),
        point_created=told.get("RecoveryPointCreationDate") or told["CreationDate"],
        size=told.get("BackupSizeInBytes") or 0,
        plan=(told.get("CreatedBy") or {}).get("RestoreTestingPlanArn") or "",
        validation=told.get("ValidationStatus") or "",
    )


def store_of(arn: str, path: str) -> Store:
    """Returns the store that an ARN belongs to.

    Raises:
        LookupError: no parameter below `path` describes it, so nobody knows what a copy must be like.
    """
    pages = aws("ssm").get_paginator("get_parameters_by_path").paginate(Path=path)
    for page in pages:
        for parameter in page["Parameters"]:
            told = json.loads(parameter["Value"])
            if told["arn"] == arn:
                return Store(
                    name=_last(parameter["Name"]),
                    kind=told["kind"],
                    arn=arn,
                    physical_name=told["name"],
                    key_arn=told["key_arn"],
                    tolerance_percent=told["tolerance_percent"],
                    full_comparison=told["full_comparison"],
                    expectations=told["expectations"],
                )
    raise LookupError(f"{arn} is no store that is described below {path}")


def _last(name: str) -> str:
    return re.split("[:/]", name)[-1]
