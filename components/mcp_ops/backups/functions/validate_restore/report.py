"""Tells AWS Backup and CloudWatch what validation found."""

import os
from typing import Any

from mcp_function_kit.clients import aws

from .findings import Findings
from .subjects import Job

MESSAGE = 1000
"""Characters of the message that AWS Backup shows with a verdict; the rest stands in the log."""


def tell_backup(job: Job, findings: Findings) -> None:
    """Says whether the copy is good. AWS Backup then deletes it."""
    aws("backup").put_restore_validation_result(
        RestoreJobId=job.id,
        ValidationStatus="SUCCESSFUL" if findings.valid else "FAILED",
        ValidationStatusMessage=findings.summary()[:MESSAGE],
    )


def publish(store: str, job: Job, findings: Findings) -> None:
    """Publishes how long the restore took, how old its recovery point was, and whether the copy was refused."""
    data = [_metric(store, "ValidationFailures", 0 if findings.valid else 1, "Count")]
    if job.restore_minutes is not None:
        data.append(_metric(store, "RestoreMinutes", job.restore_minutes, "None"))
        data.append(_metric(store, "RecoveryPointAgeHours", job.point_age_hours, "None"))
    aws("cloudwatch").put_metric_data(Namespace=os.environ["METRIC_NAMESPACE"], MetricData=data)


def _metric(store: str, name: str, value: float, unit: str) -> dict[str, Any]:
    dimensions = [{"Name": "Environment", "Value": os.environ["ENVIRONMENT"]}, {"Name": "Store", "Value": store}]
    return {"MetricName": name, "Dimensions": dimensions, "Value": round(value, 3), "Unit": unit}
