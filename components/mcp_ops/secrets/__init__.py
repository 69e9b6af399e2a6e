"""Secrets: stores that rotate them, who may read them, and restarts of the servers that use them."""

from mcp_ops.secrets.rotation_restart import RotationRestart, RotationRestartArgs
from mcp_ops.secrets.secret_access import SecretAccess, SecretAccessArgs
from mcp_ops.secrets.secret_plan import SecretArgs
from mcp_ops.secrets.secret_store import SecretStore
from mcp_ops.secrets.store_plan import SecretStoreArgs

__all__ = [
    "RotationRestart",
    "RotationRestartArgs",
    "SecretAccess",
    "SecretAccessArgs",
    "SecretArgs",
    "SecretStore",
    "SecretStoreArgs",
]
