"""The settings of state and its backups: what servers keep, how often it is backed up, and where it cannot be lost."""

from typing import Annotated, Literal

from pydantic import Field

from mcp_ops.backups.backup_policy_plan import COOLING_OFF_DAYS, DAYS
from mcp_ops.backups.state_store_plan import ATTRIBUTE
from mcp_ops.backups.stores import STORE_NAME, STORE_NAME_RULE
from settings_server import EnvName, ServerName
from settings_types import Group, Pattern

StoreName = Annotated[str, Pattern(STORE_NAME.pattern, STORE_NAME_RULE)]
Attribute = Annotated[str, Pattern(ATTRIBUTE.pattern, "is not the name of an attribute: letters, digits, _ . and -")]
VaultArn = Annotated[
    str,
    Pattern(r"arn:aws:backup:[a-z0-9-]+:\d{12}:backup-vault:[A-Za-z0-9_-]{2,50}", "is not the ARN of a backup vault"),
]
BucketName = Annotated[str, Pattern(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", "is not the name of a bucket")]
Cron = Annotated[str, Pattern(r"cron\([^()]{9,200}\)", "is not a schedule such as cron(0 6 ? * SUN *)")]
Days = Annotated[int, Field(ge=DAYS[0], le=DAYS[1])]


class TableStore(Group):
    """A DynamoDB table with point-in-time recovery; charged by use."""

    partition_key: Attribute = "pk"
    """Attribute of type string."""
    sort_key: Attribute | None = None
    """Attribute; with one, a heartbeat is kept for each day."""
    sort_key_type: Literal["S", "N"] = "S"
    """S: string. N: number."""
    ttl_attribute: Attribute | None = None
    """Attribute with the epoch second after which an item goes."""


class BucketStore(Group):
    """An S3 bucket with versions."""

    noncurrent_days: Annotated[int, Field(ge=1, le=3650)] = 35
    """Days that a version is kept after it was overwritten or deleted."""


class FilesStore(Group):
    """An EFS file system, mounted at `/mnt/<store>`; each server sees a directory of its own."""


class DatabaseStore(Group):
    """An Aurora PostgreSQL cluster, Serverless v2; from about 43 USD a month."""

    database: Annotated[str, Pattern(r"[a-z][a-z0-9_]{0,62}", "is not the name of a database")] = "app"
    """Name of the database."""
    min_capacity: Annotated[float, Field(ge=0, le=256, multiple_of=0.5)] = 0.5
    """Fewest capacity units; 0 lets an idle cluster sleep."""
    max_capacity: Annotated[float, Field(ge=1, le=256, multiple_of=0.5)] = 4.0
    """Most capacity units."""
    multi_az: bool = False
    """A second instance stands by in another zone; it costs the same again."""


class Store(Group):
    """What servers keep: exactly one of table, bucket, files and database. Always backed up and restore-tested."""

    servers: Annotated[dict[ServerName, EnvName], Field(min_length=1)]
    """Servers that use it -> environment variable that tells them where it is: name of the table or bucket, directory,
    or `host:port/database`. Nobody else may use it."""
    table: TableStore | None = None
    """A DynamoDB table."""
    bucket: BucketStore | None = None
    """An S3 bucket."""
    files: FilesStore | None = None
    """An EFS file system."""
    database: DatabaseStore | None = None
    """A database; `<variable>_SECRET_ARN` tells where user and password are. RDS rotates it, so read it to connect."""
    replicated: bool = False
    """A table or bucket is replicated to regions.replica within seconds; storage and writes cost twice."""
    tolerance_percent: Annotated[int, Field(ge=0, le=100)] = 20
    """How far the number of items in a restored copy may be from that noted half an hour before the backup."""
    full_comparison: bool = False
    """Copy and store are compared item by item: for stores that do not change."""


class BackupCopies(Group):
    """A second copy of every backup; storage costs again, and the transfer about 0.02 USD a GB."""

    replica: bool = True
    """In a vault of this stack in regions.replica."""
    vault_arns: tuple[VaultArn, ...] = ()
    """In existing vaults, such as one of another account."""
    retention_days: Days | None = None
    """Days that a copy is kept. Default: as long as a daily backup."""


class BackupLock(Group):
    """How firmly the vaults hold what they hold."""

    mode: Literal["none", "governance", "compliance"]
    """none: the vaults' policy alone. governance: can be lifted by whoever administers the vault. compliance: by nobody
    once coolingOffDays are over; needs acceptIrrevocableLock."""
    min_retention_days: Days | None = None
    """Backups to be kept for less are refused. Default 7."""
    max_retention_days: Days | None = None
    """Backups to be kept for longer are refused. Default: no limit."""
    cooling_off_days: Annotated[int, Field(ge=COOLING_OFF_DAYS[0], le=COOLING_OFF_DAYS[1])] | None = None
    """Days in which a compliance lock can still be lifted. Default 30."""
    accept_irrevocable_lock: bool | None = None
    """Says that a lock which nobody can lift is wanted."""


class Backups(Group):
    """How what servers keep is backed up, and how its backups are proved."""

    hour: Annotated[int, Field(ge=0, le=23)] = 3
    """Hour of the day, UTC, of the daily backup."""
    start_window_minutes: Annotated[int, Field(ge=60, le=1440)] = 60
    """Minutes after which a backup that has not started is given up."""
    completion_window_minutes: Annotated[int, Field(ge=1, le=10080)] = 480
    """Minutes after which a backup that has not ended is given up, from when it was due."""
    retention_days: Days = 35
    """Days that a daily backup is kept; about 0.05 to 0.10 USD a GB and month."""
    weekly_retention_days: Days | None = None
    """Days that the backup of each Sunday is kept."""
    monthly_retention_days: Days | None = None
    """Days that the backup of each first of the month is kept."""
    cold_storage_after_days: Days | None = None
    """Days after which weekly and monthly backups go to cold storage, where they stay for 90 days at least."""
    copies: BackupCopies | None = None
    """A second copy; prod needs one, and {} takes regions.replica."""
    lock: BackupLock | None = None
    """Lock of the vaults. Default: governance in staging and prod, none in dev, where destroying leaves nothing."""
    framework: bool = False
    """Backup Audit Manager checks the backups; needs AWS Config, which the program does not manage."""
    report_bucket: BucketName | None = None
    """Existing bucket for daily reports."""
    region_settings: bool = True
    """AWS Backup is switched on for the kinds of stores; once per account and region, so a second stack says false."""
    restore_schedule: Cron = "cron(0 6 ? * SUN *)"
    """When the latest backup of every store is restored and validated, UTC."""
    recovery_minutes: Annotated[int, Field(ge=1, le=10080)] = 30
    """Minutes that a restore may take; longer raises an alarm."""
    recovery_point_hours: Annotated[int, Field(ge=1, le=168)] = 24
    """Age of the newest moment that can be restored; older raises an alarm."""
