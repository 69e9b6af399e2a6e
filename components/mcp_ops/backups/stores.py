"""What every part of the room knows about stores: kinds, names, tags, and how AWS Backup calls each. Pure."""

import re
from typing import NamedTuple

BACKUP_TAG = "Backup"
"""Tag that selects a resource into the backup plan and the restore test; its value is the plan's name."""
CONTINUOUS_TAG = "ContinuousBackup"
"""Tag that selects a resource into continuous backup; its value is the plan's name."""
STORE_TAG = "Store"
"""Tag that names the store."""

STORE_NAME = re.compile(r"[a-z]([a-z0-9-]{0,22}[a-z0-9])?")
"""Lower case, digits and hyphens, at most 24 characters: what is left of an S3 bucket's 63 with `-replica`, auto-naming
and the name of an environment."""
STORE_NAME_RULE = "is not the name of a store; use lower case, digits and hyphens, first a letter, at most 24"

PLAN_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,37}")
"""Name of a BackupPolicy: 50 characters of a vault's name (CreateBackupVault) less what the parts of one append."""
PLAN_NAME_RULE = "is not the name of a backup policy; use letters, digits, _ and -, at most 38"

HEARTBEAT_KEY = "mcp-ops#heartbeat"
"""Partition key of heartbeats in a table."""
HEARTBEAT_PREFIX = ".mcp-ops/"
"""What heartbeats in a bucket begin with."""


class Kind(NamedTuple):
    """One kind of store."""

    resource_type: str
    """As AWS Backup calls it in restore tests."""
    continuous: bool
    """Whether AWS Backup keeps continuous backups of it. A table has its own point-in-time recovery."""


KINDS = {
    "table": Kind("DynamoDB", continuous=False),
    "bucket": Kind("S3", continuous=True),
    "files": Kind("EFS", continuous=False),
    "database": Kind("Aurora", continuous=True),
}
"""Kinds of stores."""


def store_tags(name: str, kind: str, plan: str) -> dict[str, str]:
    """Returns the tags by which backups and restore tests find a store."""
    continuous = {CONTINUOUS_TAG: plan} if KINDS[kind].continuous else {}
    return {BACKUP_TAG: plan, STORE_TAG: name, **continuous}
