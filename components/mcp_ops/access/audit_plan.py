"""What an audit trail is: how long it is kept, how firmly it is locked, and which detectors run beside it. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from mcp_ops import naming
from mcp_ops.access.security_events import EVENTS
from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE, arn
from mcp_ops.inputs import Inputs

LOCKS = ("governance", "compliance")
"""Object lock modes: the first can be lifted by an administrator, the second by nobody, AWS included."""

TRAIL_NAME = re.compile(r"[A-Za-z0-9](?!.*[._-]{2})[A-Za-z0-9._-]{1,126}[A-Za-z0-9]")
"""A trail's name (API reference of CreateTrail)."""
_TRAIL_ARN = re.compile(r"arn:aws[a-z-]*:cloudtrail:[a-z0-9-]+:\d{12}:trail/[A-Za-z0-9._-]{3,128}")

DAYS = (1, 3653)
"""Days that the archive can be kept and locked: ten years at most."""

OWN_ONLY = (
    "object_lock",
    "accept_irrevocable_lock",
    "lock_days",
    "retention_days",
    "log_retention_days",
    "alarm_topic_arn",
    "guard_duty",
    "runtime_monitoring",
    "security_hub",
    "access_analyzer",
    "key_deletion_window_days",
    "permissions_boundary_arn",
)
"""Inputs that mean nothing beside an existing trail."""


class AuditTrailArgs(TypedDict):
    """Inputs of an AuditTrail."""

    account_id: str
    """Account that is recorded, 12 digits."""
    region: str
    """Home region of the trail; it records every region."""
    existing_trail_arn: NotRequired[str]
    """A trail that somebody else owns, such as the stack of another environment in the account. Nothing of the account
    is then registered: no trail, archive, alarm or detector."""
    alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """Topic that hears of security events. Required unless `existing_trail_arn`. Its policy must let
    `cloudwatch.amazonaws.com` and, for findings, `events.amazonaws.com` publish."""
    retention_days: NotRequired[int]
    """Days that the archive is kept, 1 to 3653. Default 400. Storage costs about 0.023 USD a GB and month."""
    lock_days: NotRequired[int]
    """Days in which nobody can delete a file of the archive, at most `retention_days`. Default the same."""
    object_lock: NotRequired[str]
    """`governance`: an administrator can lift the lock. `compliance`: nobody can before the time is up, not even by
    closing the bucket; needs `accept_irrevocable_lock`. Default `governance`."""
    accept_irrevocable_lock: NotRequired[bool]
    """Says that a lock which nobody can lift is wanted. Default false."""
    log_retention_days: NotRequired[int]
    """Days that the trail can be searched in CloudWatch Logs. Default 90. Ingestion costs about 0.50 USD a GB."""
    guard_duty: NotRequired[bool]
    """Whether GuardDuty watches the account in this region; it must not be on yet. Default true. Charged per event; a
    few USD a month in a small account."""
    runtime_monitoring: NotRequired[bool]
    """Whether GuardDuty also watches containers on Fargate from inside, by an agent beside each task. The tasks'
    execution roles must be allowed to pull the agent's image, which those of McpServer are not. Default false. About
    1.50 USD a vCPU and month."""
    security_hub: NotRequired[bool]
    """Whether Security Hub checks the account; most of its checks need AWS Config, which is not managed here. Default
    false. About 0.001 USD a check."""
    access_analyzer: NotRequired[bool]
    """Whether IAM Access Analyzer reports what outsiders can reach. Default true. Free."""
    server_log_groups: NotRequired[Sequence[pulumi.Input[str]]]
    """Log groups of MCP servers, for the saved queries on tool calls. Default none, and no queries."""
    key_deletion_window_days: NotRequired[int]
    """Days in which the trail's deleted key can still be saved, 7 to 30. Default 30."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Boundary of the role that delivers the trail to CloudWatch Logs."""
    log_group_prefix: NotRequired[str]
    """First part of the log group's name. Default `/mcp-ops`."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete trail, key and archive, and keeps them when the program drops them. Without it,
    deleting takes the files along, unless the lock is `compliance`. Default true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


@dataclass(frozen=True)
class Archive:
    """The bucket that keeps the trail."""

    retention_days: int
    lock_days: int
    lock_mode: str
    """`GOVERNANCE` or `COMPLIANCE`."""


@dataclass(frozen=True)
class Detectors:
    """What watches the account beside the trail."""

    guard_duty: bool
    runtime_monitoring: bool
    security_hub: bool
    access_analyzer: bool


@dataclass(frozen=True)
class AuditTrailPlan:
    """What an AuditTrail registers."""

    account_id: str
    region: str
    existing_trail_arn: str
    """Empty for a trail of its own."""
    trail_name: str
    log_group: str
    log_retention_days: int
    archive: Archive
    detectors: Detectors
    key_deletion_window_days: int
    protect: bool

    @property
    def trail_arn(self) -> str:
        """ARN of the trail; known beforehand, because key, bucket and role name it in their policies."""
        return arn("cloudtrail", self.region, self.account_id, f"trail/{self.trail_name}")

    @property
    def log_group_arn(self) -> str:
        """ARN of the log group."""
        return arn("logs", self.region, self.account_id, f"log-group:{self.log_group}")


def plan_audit_trail(name: str, args: AuditTrailArgs) -> AuditTrailPlan:
    """Decides on the trail. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, AuditTrailArgs)
    existing = inputs.text("existing_trail_arn", _TRAIL_ARN, "is not the ARN of a trail")
    _check_owner(inputs)
    _check_names(inputs, name)
    plan = AuditTrailPlan(
        account_id=inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE),
        region=inputs.text("region", REGION, REGION_RULE),
        existing_trail_arn=existing,
        trail_name=f"{name}-trail",
        log_group=naming.log_group(inputs.log_group_prefix(), name, "audit"),
        log_retention_days=inputs.retention("log_retention_days", 90),
        archive=_archive(inputs),
        detectors=_detectors(inputs),
        key_deletion_window_days=inputs.integer("key_deletion_window_days", 30, 7, 30),
        protect=inputs.flag("protect", default=True),
    )
    inputs.offences.refuse()
    return plan


def _check_owner(inputs: Inputs) -> None:
    if not inputs.has("existing_trail_arn"):
        rule = "is missing; security events need a topic, or give existing_trail_arn"
        inputs.offences.check(inputs.has("alarm_topic_arn"), "alarm_topic_arn", None, rule)
        return
    for key in OWN_ONLY:
        rule = "has no effect beside existing_trail_arn; leave one of them out"
        inputs.offences.check(not inputs.has(key), key, "given", rule)


def _check_names(inputs: Inputs, name: str) -> None:
    trail, longest = f"{name}-trail", max(EVENTS, key=len)
    rule = "cannot start a trail's name; use letters, digits and single . _ - between them"
    inputs.offences.check(TRAIL_NAME.fullmatch(trail), "name", name, rule)
    naming.check_length(inputs.offences, "name", "trail", trail)
    naming.check_length(inputs.offences, "name", "alarm", f"{name}-audit-{longest}")


def _archive(inputs: Inputs) -> Archive:
    retention = inputs.integer("retention_days", 400, *DAYS)
    lock = inputs.integer("lock_days", retention, *DAYS)
    rule = f"exceeds retention_days {retention}; files that are to go would still be locked"
    inputs.offences.check(lock <= retention, "lock_days", lock, rule)
    mode = inputs.choice("object_lock", LOCKS[0], LOCKS)
    accepted = inputs.flag("accept_irrevocable_lock", default=False)
    rule = "can be lifted by nobody for lock_days; say so with accept_irrevocable_lock: true, or use governance"
    inputs.offences.check(accepted or mode != LOCKS[1], "object_lock", mode, rule)
    rule = "has no effect with object_lock governance; leave it out, or use compliance"
    inputs.offences.check(not accepted or mode == LOCKS[1], "accept_irrevocable_lock", accepted, rule)
    return Archive(retention, lock, mode.upper())


def _detectors(inputs: Inputs) -> Detectors:
    guard_duty = inputs.flag("guard_duty", default=True)
    runtime = inputs.flag("runtime_monitoring", default=False)
    rule = "is part of GuardDuty, which is off; set guard_duty, or leave it out"
    inputs.offences.check(guard_duty or not runtime, "runtime_monitoring", runtime, rule)
    return Detectors(
        guard_duty,
        runtime,
        inputs.flag("security_hub", default=False),
        inputs.flag("access_analyzer", default=True),
    )
