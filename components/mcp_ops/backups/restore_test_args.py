"""The inputs of a restore test."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class RestoredStoreArgs(TypedDict):
    """One store whose backups are proved; most of it are outputs of its StateStore."""

    kind: str
    """`table`, `bucket`, `files` or `database`."""
    arn: pulumi.Input[str]
    """ARN of the store."""
    physical_name: pulumi.Input[str]
    """Name of the table or bucket, id of the file system, identifier of the cluster."""
    key_arn: pulumi.Input[str]
    """Key that encrypts it."""
    expectations: pulumi.Input[str]
    """What a restored copy must be like, JSON."""
    tolerance_percent: NotRequired[int]
    """How far the count of items or objects in a copy may be from the one noted before the backup, 0 to 100. Default
    20: stores change while they are backed up."""
    full_comparison: NotRequired[bool]
    """Whether copy and store are compared item by item, for stores that do not change. Default false."""


class RestoreTestArgs(TypedDict):
    """Inputs of a RestoreTest. A test costs what its copies cost for some hours, and about 0.02 USD a GB restored."""

    environment: str
    """Environment, the dimension `Environment` of the metrics."""
    account_id: str
    """Account of the stores, 12 digits."""
    region: str
    """Region of the stores."""
    backup_plan: str
    """Name of the BackupPolicy."""
    vault_arn: pulumi.Input[str]
    """Vault whose backups are restored."""
    stores: Mapping[str, RestoredStoreArgs]
    """Stores by name, 1 to 100."""
    alarm_topic_arn: pulumi.Input[str]
    """Topic that hears of backups and restores that are late or wrong."""
    store_key_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """Keys that encrypt stores and vault, which restoring has to write and read with. Default: those of the stores."""
    schedule: NotRequired[str]
    """When backups are restored, cron expression in UTC. Default `cron(0 6 ? * SUN *)`."""
    backup_hour: NotRequired[int]
    """Hour of the daily backup, UTC, 0 to 23, as the BackupPolicy has it; heartbeats are written half an hour before.
    Default 3."""
    selection_window_days: NotRequired[int]
    """A test restores the latest backup of these days, 1 to 365. Default 7."""
    start_window_hours: NotRequired[int]
    """Hours within which a test starts, 1 to 168. Default 1."""
    validation_window_hours: NotRequired[int]
    """Hours that restored copies are kept for validation, 1 to 168. Default 4."""
    recovery_minutes: NotRequired[int]
    """Minutes that a restore may take, 1 to 10080; longer raises an alarm. Default 30."""
    recovery_point_hours: NotRequired[int]
    """Age in hours of the newest moment that can be restored, 1 to 168; older for three hours raises an alarm.
    Default 24."""
    key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the functions' variables and dead letters. Default: AWS's own."""
    log_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the functions' logs. Default: AWS's own."""
    log_retention_days: NotRequired[int]
    """Days that the functions' logs are kept. Default 30."""
    log_group_prefix: NotRequired[str]
    """First part of the names of log groups and parameters. Default `/mcp-ops`."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Boundary of every role."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""
