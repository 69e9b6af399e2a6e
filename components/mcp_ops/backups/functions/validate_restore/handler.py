"""Runs when a restore has ended, and when somebody who restored by hand asks for it."""

import logging
import os
from collections.abc import Callable, Mapping
from typing import Any

from . import buckets, databases, file_systems, tables
from .findings import Findings
from .report import publish, tell_backup
from .subjects import Job, Store, job_of, store_of

LOG = logging.getLogger()

LOOKS: Mapping[str, Callable[[Store, Job], Findings]] = {
    "table": tables.validated,
    "bucket": buckets.validated,
    "files": file_systems.validated,
    "database": databases.validated,
}
"""How each kind of store is looked at."""


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Validates one restored copy and returns the verdict.

    The event is AWS Backup's `Restore Job State Change`, or `{"restoreJobId": ...}` for a restore by hand, which is
    neither reported to AWS Backup nor counted in metrics. Of AWS Backup's events only the own plan's count.

    Returns:
        `store`, `valid`, `checks`, `notes`, `content`, `restoreMinutes`, `recoveryPointAgeHours`; or `ignored` with
        the reason.

    Raises:
        LookupError: what was restored is no store that is described.
    """
    by_hand = "detail" not in event
    job = job_of(event["restoreJobId"] if by_hand else event["detail"]["restoreJobId"])
    reason = _not_ended(job) if by_hand else _not_ended(job) or _not_mine(job)
    if reason:
        LOG.info("A restore is not validated", extra={"job": job.id, "reason": reason})
        return {"ignored": reason}
    store = store_of(job.source_arn, os.environ["STORES_PATH"])
    findings = _findings(store, job)
    verdict = _verdict(store, job, findings)
    LOG.log(logging.INFO if findings.valid else logging.ERROR, "A restore was validated", extra=verdict)
    if not by_hand:
        publish(store.name, job, findings)
        if job.status == "COMPLETED":
            tell_backup(job, findings)
    return verdict


def _not_ended(job: Job) -> str:
    return f"the job is {job.status}" if job.status in {"PENDING", "RUNNING"} else ""


def _not_mine(job: Job) -> str:
    """Returns why an event's job is none to report: a plan's ARN ends with its name and an id."""
    plan = os.environ["RESTORE_TESTING_PLAN"]
    if not job.plan.rsplit(":", maxsplit=1)[-1].startswith(f"{plan}-"):
        return f"the job was not started by {plan}"
    # Events come at least once.
    return f"the job was validated before: {job.validation}" if job.validation in {"SUCCESSFUL", "FAILED"} else ""


def _findings(store: Store, job: Job) -> Findings:
    if job.status != "COMPLETED":
        findings = Findings()
        findings.check("restore", f"{job.status}: {job.message}", "COMPLETED", passed=False)
        return findings
    findings = LOOKS[store.kind](store, job)
    if job.message:
        findings.notes.append(f"AWS Backup says: {job.message}")  # "completed with issues"
    return findings


def _verdict(store: Store, job: Job, findings: Findings) -> dict[str, Any]:
    minutes = job.restore_minutes
    return {
        "store": store.name,
        "valid": findings.valid,
        "checks": [check.as_json() for check in findings.checks],
        "notes": findings.notes,
        "content": findings.content,
        "restoreMinutes": None if minutes is None else round(minutes, 3),
        "recoveryPointAgeHours": round(job.point_age_hours, 3),
    }
