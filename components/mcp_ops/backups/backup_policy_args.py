"""The inputs of a backup policy."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class BackupLockArgs(TypedDict):
    """How firmly the vault holds what it holds."""

    mode: str
    """`governance`: whoever may change the vault can lift the lock. `compliance`: nobody can once `cooling_off_days`
    are over, AWS included; needs `accept_irrevocable_lock`."""
    min_retention_days: NotRequired[int]
    """A backup that is to be kept for less is refused, 1 to 36500. Default 7."""
    max_retention_days: NotRequired[int]
    """A backup that is to be kept for longer is refused, 1 to 36500. Default: no limit."""
    cooling_off_days: NotRequired[int]
    """Days after the deployment in which a compliance lock can still be lifted, 3 to 36500. Default 30."""
    accept_irrevocable_lock: NotRequired[bool]
    """Says that a lock which nobody can lift is wanted. Default false."""


class BackupCopyArgs(TypedDict):
    """A second copy of every backup. Storage costs again, and the transfer about 0.02 USD a GB."""

    region: NotRequired[str]
    """Another region; the policy makes a vault there, with a key of its own (1 USD a month)."""
    vault_arns: NotRequired[list[pulumi.Input[str]]]
    """Existing vaults, such as one in another account; their policy must let this account copy into them."""
    retention_days: NotRequired[int]
    """Days that a copy is kept, 1 to 36500. Default: as long as a daily backup."""


class BackupPolicyArgs(TypedDict):
    """Inputs of a BackupPolicy."""

    account_id: str
    """Account of the backups, 12 digits."""
    region: str
    """Region of the stores and of the vault."""
    key_arn: pulumi.Input[str]
    """Key that encrypts the vault."""
    store_key_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """Keys that encrypt the stores, which backing up has to read with. Default: AWS's own."""
    hour: NotRequired[int]
    """Hour of the day, UTC, at which the daily backup is due, 0 to 23. Default 3."""
    start_window_minutes: NotRequired[int]
    """Minutes after which a backup that has not started is given up, 60 to 1440. Default 60."""
    completion_window_minutes: NotRequired[int]
    """Minutes after which a backup that has not ended is given up, counted from when it was due, up to 10080. Default
    480."""
    retention_days: NotRequired[int]
    """Days that a daily backup is kept, 1 to 36500. Default 35. About 0.05 to 0.10 USD a GB and month."""
    weekly_retention_days: NotRequired[int]
    """Days that the backup of each Sunday is kept, 7 to 36500. Default: no longer than the others."""
    monthly_retention_days: NotRequired[int]
    """Days that the backup of each first of the month is kept, 31 to 36500. Default: no longer than the others."""
    cold_storage_after_days: NotRequired[int]
    """Days after which weekly and monthly backups that can be, go to cold storage, at a quarter of the price, 1 to
    36500. They must be kept there for 90 days. Default: never."""
    continuous: NotRequired[bool]
    """Whether buckets and databases are also backed up continuously, over 35 days. Default true."""
    copy: NotRequired[BackupCopyArgs]
    """A second copy. Default: none."""
    lock: NotRequired[BackupLockArgs]
    """Lock of the vaults. Default: none, only the vaults' policy."""
    exempt_role_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """Roles that the policy of the vaults lets delete and shorten backups, such as the emergency role. Default:
    nobody."""
    alarm_topic_arn: NotRequired[pulumi.Input[str]]
    """Topic that hears of backups that failed and of changes of vault, lock or backups. Its policy must let
    `events.amazonaws.com` and `backup.amazonaws.com` publish. Default: nobody hears."""
    region_settings: NotRequired[bool]
    """Whether this policy switches AWS Backup on for the kinds of stores, once per account and region; the stacks of
    the other environments in the account set false. Default true."""
    framework: NotRequired[bool]
    """Whether Backup Audit Manager checks the backups every day. Needs AWS Config recording, which is not managed here;
    about 1.25 USD a control and month. Default false."""
    report_bucket: NotRequired[pulumi.Input[str]]
    """Name of an existing bucket for daily reports on backups and restores; its policy must admit AWS Backup's
    reports. Default: no reports."""
    key_deletion_window_days: NotRequired[int]
    """Days in which the deleted key of a copy can still be saved, 7 to 30. Default 30."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Boundary of the role that backs up."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete vaults, and their policy keeps even an administrator from changing it. Without
    it, deleting takes the backups along. Default true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""
