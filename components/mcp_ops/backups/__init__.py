"""What servers keep, how it is backed up, and the proof that it can be restored."""

from mcp_ops.backups.backup_policy import BackupPolicy
from mcp_ops.backups.backup_policy_args import BackupCopyArgs, BackupLockArgs, BackupPolicyArgs
from mcp_ops.backups.restore_test import RestoreTest
from mcp_ops.backups.restore_test_args import RestoredStoreArgs, RestoreTestArgs
from mcp_ops.backups.state_store import StateStore
from mcp_ops.backups.state_store_args import BucketArgs, DatabaseArgs, FilesArgs, StateStoreArgs, TableArgs

__all__ = [
    "BackupCopyArgs",
    "BackupLockArgs",
    "BackupPolicy",
    "BackupPolicyArgs",
    "BucketArgs",
    "DatabaseArgs",
    "FilesArgs",
    "RestoreTest",
    "RestoreTestArgs",
    "RestoredStoreArgs",
    "StateStore",
    "StateStoreArgs",
    "TableArgs",
]
