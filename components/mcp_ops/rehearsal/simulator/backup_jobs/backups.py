"""Backups by plan: what AWS Backup does when the time of a rule has come."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from mcp_ops.rehearsal.simulator.backup_jobs.events import backup_ended
from mcp_ops.rehearsal.simulator.backup_jobs.kinds import kind
from mcp_ops.rehearsal.simulator.backup_jobs.matching import selected
from mcp_ops.rehearsal.simulator.backup_jobs.points import lifecycle
from mcp_ops.rehearsal.simulator.backup_jobs.service_role import refusal
from mcp_ops.rehearsal.simulator.backup_jobs.state import Point, Snapshot, State, state_of, vault_of
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.event_router import Routed, routed
from mcp_ops.rehearsal.simulator.places import Place


@dataclass(frozen=True)
class Backup:
    """One backup job that has ended."""

    resource_arn: str
    point_arn: str
    """Empty for a job that failed."""
    failure: str
    """Why it failed; empty for a job that completed."""
    delivered: tuple[Routed, ...]
    """Whom its event reached."""


@dataclass(frozen=True)
class _Job:
    """What a backup job is told."""

    cloud: Cloud
    place: Place
    state: State
    plan: Mapping[str, Any]
    rule: Mapping[str, Any]
    role_arn: str
    now: datetime


def run_plan(cloud: Cloud, place: Place, plan_id: str, rule_name: str, moment: datetime | None = None) -> list[Backup]:
    """Carries out a rule of a backup plan, as if its time had come; `moment`: what time it is, now if not said.

    Raises:
        LookupError: the plan has no such rule.
        NotImplementedError: it selects in a way, or a type, that is not modelled.
    """
    state = state_of(cloud.beyond.kept("backup", place))
    plan = cloud.client("backup", place).get_backup_plan(BackupPlanId=plan_id)
    rules = {rule["RuleName"]: rule for rule in plan["BackupPlan"]["Rules"]}
    if rule_name not in rules:
        raise LookupError(f"backup plan {plan_id} has no rule {rule_name}; it has {', '.join(rules)}")
    done = []
    for item in list(state.selections.get(plan_id, {}).values()):
        selection = item["BackupSelection"]
        job = _Job(cloud, place, state, plan, rules[rule_name], selection["IamRoleArn"], moment or datetime.now(UTC))
        done += [_backed_up(job, *resource) for resource in list(selected(selection, state, place))]
    return done


def _backed_up(job: _Job, resource_type: str, arn: str, tags: Mapping[str, str]) -> Backup:
    point, failure = None, ""
    try:
        point = _point(job, resource_type, arn, tags)
    except Exception as error:  # noqa: BLE001 - whatever simulated AWS says against the backup ends the job
        failure = str(error)
    told = {
        "backupJobId": job.state.new_id(job.place),
        "backupVaultArn": _vault_arn(job.place, job.rule["TargetBackupVaultName"]),
        "creationDate": job.now,
        "iamRoleArn": job.role_arn,
        "resourceArn": arn,
        "resourceType": resource_type,
        "state": "FAILED" if failure else "COMPLETED",
        **({"statusMessage": failure} if failure else {}),
        **({"recoveryPointArn": point.arn} if point else {}),
    }
    delivered = routed(job.cloud, job.place, backup_ended(told))
    return Backup(arn, point.arn if point else "", failure, delivered)


def _point(job: _Job, resource_type: str, arn: str, tags: Mapping[str, str]) -> Point:
    vault_name = job.rule["TargetBackupVaultName"]
    vault = vault_of(vault_name, job.place, "StartBackupJob")
    days = (job.rule.get("Lifecycle") or {}).get("DeleteAfterDays", 0)
    if vault.min_retention_days and 0 < days < vault.min_retention_days:
        raise ValueError(
            f"Retention of {days} days is less than the {vault.min_retention_days} days of the vault's lock"
        )
    snapshot = kind(resource_type).taken(arn, job.place)
    keys = {key for key in (snapshot.key_arn, vault.encryption_key_arn) if key}
    refused = refusal(job.cloud, job.role_arn, keys, job.place.region)
    if refused:
        raise PermissionError(refused)
    point = _kept(job, job.place, vault_name, vault.encryption_key_arn, snapshot, (resource_type, arn, tags))
    for copy in job.rule.get("CopyActions") or ():
        _copied(job, copy, point)
    return point


def _kept(
    job: _Job, place: Place, vault: str, key: str, snapshot: Snapshot, resource: tuple[str, str, Mapping[str, str]]
) -> Point:
    """Puts a recovery point into a vault."""
    resource_type, arn, tags = resource
    state = state_of(job.cloud.beyond.kept("backup", place))
    told = {
        "RecoveryPointArn": _point_arn(state, place, resource_type),
        "BackupVaultName": vault,
        "BackupVaultArn": _vault_arn(place, vault),
        "ResourceArn": arn,
        "ResourceType": resource_type,
        "CreatedBy": {"BackupPlanId": job.plan["BackupPlanId"], "BackupRuleName": job.rule["RuleName"]},
        "IamRoleArn": job.role_arn,
        "Status": "COMPLETED",
        "CreationDate": job.now,
        "CompletionDate": job.now,
        "BackupSizeInBytes": snapshot.size,
        "EncryptionKeyArn": key,
        "IsEncrypted": True,
    }
    point = Point(told, snapshot, dict(tags))
    told.update(lifecycle(point, (job.rule.get("Lifecycle") or {}).get("DeleteAfterDays", 0)))
    state.points[point.arn] = point
    job.cloud.client("backup", place).tag_resource(ResourceArn=point.arn, Tags=dict(tags))
    return point


def _copied(job: _Job, copy: Mapping[str, Any], point: Point) -> None:
    """Puts a copy of a recovery point into another vault.

    Raises:
        ClientError: there is no such vault.
    """
    _, _, _, region, account, _, name = copy["DestinationBackupVaultArn"].split(":")
    place = Place(account, region)
    vault = vault_of(name, place, "StartCopyJob")
    resource = (point.told["ResourceType"], point.told["ResourceArn"], point.tags)
    copied = _kept(job, place, name, vault.encryption_key_arn, point.snapshot, resource)
    copied.told["SourceBackupVaultArn"] = point.told["BackupVaultArn"]
    copied.told.update(lifecycle(copied, (copy.get("Lifecycle") or {}).get("DeleteAfterDays", 0)))


def _vault_arn(place: Place, name: str) -> str:
    return f"arn:{place.partition}:backup:{place.region}:{place.account}:backup-vault:{name}"


def _point_arn(state: State, place: Place, resource_type: str) -> str:
    """Returns an ARN of AWS Backup's own; clusters are backed up as snapshots of their service."""
    identity = state.new_id(place)
    kind_of = (
        ("rds", f"cluster-snapshot:awsbackup:job-{identity}")
        if resource_type == "Aurora"
        else ("backup", f"recovery-point:{identity}")
    )
    return f"arn:{place.partition}:{kind_of[0]}:{place.region}:{place.account}:{kind_of[1]}"
