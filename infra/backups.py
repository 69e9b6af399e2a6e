"""Backups of what the servers keep, and the proof that they can be restored."""

from typing import Any

import pulumi

from access import emergency_role_arn
from environment import LOG_GROUPS, shared_name
from mcp_ops import (
    BackupPolicy,
    BackupPolicyArgs,
    EncryptionKeys,
    PermissionsBoundary,
    RestoreTest,
    RestoreTestArgs,
    StateStore,
)
from settings import Settings
from settings_backups import BackupLock
from state import KINDS, Stores

_OWN = ("copies", "lock", "restore_schedule", "recovery_minutes", "recovery_point_hours")
"""Settings that do not go to the policy as they are."""


def policy_args(settings: Settings, key_arn: pulumi.Input[str], state_key_arn: pulumi.Input[str]) -> BackupPolicyArgs:
    """Returns the inputs of the backup policy."""
    chosen = settings.backups.model_dump(exclude_unset=True, exclude_none=True, exclude=set(_OWN))
    emergency = emergency_role_arn(settings)
    args: Any = {
        **chosen,
        "account_id": settings.account,
        "region": settings.regions.primary,
        "key_arn": key_arn,
        "store_key_arns": [state_key_arn, key_arn],
        "continuous": any(store.bucket or store.database for store in settings.stores.values()),
        "exempt_role_arns": [emergency] if emergency else [],
        "key_deletion_window_days": settings.retention.key_deletion_days,
        "protect": settings.retention.protect,
    }
    copy = _copy(settings)
    if copy:
        args["copy"] = copy
    lock = _lock(settings)
    if lock:
        args["lock"] = lock
    checked: BackupPolicyArgs = args
    return checked


def _copy(settings: Settings) -> dict[str, Any]:
    copies = settings.backups.copies
    if copies is None:
        return {}
    copy: dict[str, Any] = {"region": settings.regions.replica} if copies.replica else {}
    if copies.vault_arns:
        copy["vault_arns"] = list(copies.vault_arns)
    if copies.retention_days:
        copy["retention_days"] = copies.retention_days
    return copy


def _lock(settings: Settings) -> dict[str, Any]:
    # nosemgrep: no-branch-on-environment-name - a default that leaves nothing in dev; the setting decides
    default = BackupLock(mode="none" if settings.environment == "dev" else "governance")
    chosen = (settings.backups.lock or default).model_dump(exclude_none=True)
    return {} if chosen["mode"] == "none" else chosen


def backup_policy(
    settings: Settings,
    keys: EncryptionKeys,
    boundary: PermissionsBoundary,
    topic_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> BackupPolicy | None:
    """Registers the backups, if the servers keep anything."""
    if not settings.stores:
        return None
    args = policy_args(settings, keys.key_arn("backups"), keys.key_arn("state"))
    args["alarm_topic_arn"] = topic_arn
    args["permissions_boundary_arn"] = boundary.policy_arn
    return BackupPolicy(shared_name(settings), args, opts)


def restore_args(
    settings: Settings, stores: Stores | None, topic_arn: pulumi.Input[str], vault_arn: pulumi.Input[str]
) -> RestoreTestArgs:
    """Returns the inputs of the restore test. Without stores their parts are left open: only a plan can be made."""
    backups = settings.backups
    return {
        "environment": settings.environment,
        "account_id": settings.account,
        "region": settings.regions.primary,
        "backup_plan": shared_name(settings),
        "vault_arn": vault_arn,
        "stores": {name: _restored(settings, name, stores[name] if stores else None) for name in settings.stores},
        "alarm_topic_arn": topic_arn,
        "schedule": backups.restore_schedule,
        "backup_hour": backups.hour,
        "recovery_minutes": backups.recovery_minutes,
        "recovery_point_hours": backups.recovery_point_hours,
        "log_retention_days": settings.retention.logs_days,
        "log_group_prefix": LOG_GROUPS,
    }


def _restored(settings: Settings, name: str, store: StateStore | None) -> Any:
    chosen = settings.stores[name]
    return {
        "kind": next((kind for kind in KINDS if getattr(chosen, kind) is not None), KINDS[0]),
        "arn": store.arn if store else "",
        "physical_name": store.physical_name if store else "",
        "key_arn": store.key_arn if store else "",
        "expectations": store.expectations if store else "{}",
        "tolerance_percent": chosen.tolerance_percent,
        "full_comparison": chosen.full_comparison,
    }


def restore_test(  # noqa: PLR0913, PLR0917 - what is tested, and what it is tested with
    settings: Settings,
    policy: BackupPolicy | None,
    stores: Stores,
    keys: EncryptionKeys,
    boundary: PermissionsBoundary,
    topic_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> RestoreTest | None:
    """Registers the proof, if there are backups."""
    if policy is None:
        return None
    args = restore_args(settings, stores, topic_arn, policy.vault_arn)
    args["store_key_arns"] = [keys.key_arn("state"), keys.key_arn("backups")]
    args["log_key_arn"] = keys.key_arn("logs")
    args["permissions_boundary_arn"] = boundary.policy_arn
    return RestoreTest(shared_name(settings), args, opts)


def export_backups(settings: Settings, policy: BackupPolicy | None, test: RestoreTest | None, stores: Stores) -> None:
    """Exports where backups lie and what proves them, for people and for rehearsals."""
    if policy is None or test is None:
        return
    emergency = emergency_role_arn(settings)
    pulumi.export(
        "backups",
        {
            "vault": policy.vault_name,
            "copyVaultArn": policy.copy_vault_arn,
            "planId": policy.plan_id,
            "selectionTag": {"Backup": shared_name(settings)},
            "backupRole": policy.role_arn,
            "restoreRole": test.restore_role_arn,
            "exemptRoles": [emergency] if emergency else [],
            "restoreTestingPlan": test.testing_plan_name,
            "storesPath": test.stores_path,
            "heartbeatFunction": test.heartbeat_function_name,
            "validateFunction": test.validate_function_name,
            "watchFunction": test.watch_function_name,
            "stores": {
                name: {
                    "kind": store.kind,
                    "arn": store.arn,
                    "name": store.physical_name,
                    "servers": sorted(settings.stores[name].servers),
                }
                for name, store in stores.items()
            },
        },
    )
