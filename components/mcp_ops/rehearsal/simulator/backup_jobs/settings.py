"""Operations on what people set: vault policies and notifications, selections, restore testing, region settings."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from mcp_ops.rehearsal.simulator.backup_jobs.state import found, state_of, vault_of
from mcp_ops.rehearsal.simulator.beyond_moto import Kept, Operation, refused
from mcp_ops.rehearsal.simulator.places import Place

Given = Mapping[str, Any]
Reply = dict[str, Any]


def _update_region(kept: Kept, given: Given, _: Place) -> Reply:
    state_of(kept).region.update(given)
    return {}


def _describe_region(kept: Kept, _given: Given, _: Place) -> Reply:
    return dict(state_of(kept).region)


def _put_policy(kept: Kept, given: Given, place: Place) -> Reply:
    vault_of(given["BackupVaultName"], place, "PutBackupVaultAccessPolicy")
    state_of(kept).policies[given["BackupVaultName"]] = given["Policy"]
    return {}


def _get_policy(kept: Kept, given: Given, place: Place) -> Reply:
    name, operation = given["BackupVaultName"], "GetBackupVaultAccessPolicy"
    vault = vault_of(name, place, operation)
    policy = found(state_of(kept).policies, name, "Access policy of backup vault", operation)
    return {"BackupVaultName": name, "BackupVaultArn": vault.backup_vault_arn, "Policy": policy}


def _delete_policy(kept: Kept, given: Given, place: Place) -> Reply:
    vault_of(given["BackupVaultName"], place, "DeleteBackupVaultAccessPolicy")
    state_of(kept).policies.pop(given["BackupVaultName"], None)
    return {}


def _put_notifications(kept: Kept, given: Given, place: Place) -> Reply:
    vault_of(given["BackupVaultName"], place, "PutBackupVaultNotifications")
    state_of(kept).notifications[given["BackupVaultName"]] = dict(given)
    return {}


def _get_notifications(kept: Kept, given: Given, place: Place) -> Reply:
    name, operation = given["BackupVaultName"], "GetBackupVaultNotifications"
    vault = vault_of(name, place, operation)
    told: dict[str, Any] = found(state_of(kept).notifications, name, "Notifications of backup vault", operation)
    return {**told, "BackupVaultArn": vault.backup_vault_arn}


def _create_selection(kept: Kept, given: Given, place: Place) -> Reply:
    from moto.backup.models import backup_backends  # loaded with the first selection only

    plan, state = given["BackupPlanId"], state_of(kept)
    found(backup_backends[place.account][place.region].plans, plan, "Backup plan", "CreateBackupSelection")
    identity, now = state.new_id(place), datetime.now(UTC)
    state.selections.setdefault(plan, {})[identity] = {
        "BackupPlanId": plan,
        "SelectionId": identity,
        "CreationDate": now,
        "BackupSelection": given["BackupSelection"],
    }
    return {"SelectionId": identity, "BackupPlanId": plan, "CreationDate": now}


def _get_selection(kept: Kept, given: Given, _: Place) -> Reply:
    selections = state_of(kept).selections.get(given["BackupPlanId"], {})
    return dict(found(selections, given["SelectionId"], "Backup selection", "GetBackupSelection"))


def _list_selections(kept: Kept, given: Given, _: Place) -> Reply:
    selections = state_of(kept).selections.get(given["BackupPlanId"], {}).values()
    members = ("SelectionName", "IamRoleArn")
    return {
        "BackupSelectionsList": [
            {key: item[key] for key in ("SelectionId", "BackupPlanId", "CreationDate")}
            | {key: item["BackupSelection"][key] for key in members}
            for item in selections
        ]
    }


def _delete_selection(kept: Kept, given: Given, _: Place) -> Reply:
    selections = state_of(kept).selections.get(given["BackupPlanId"], {})
    found(selections, given["SelectionId"], "Backup selection", "DeleteBackupSelection")
    del selections[given["SelectionId"]]
    return {}


def _create_testing_plan(kept: Kept, given: Given, place: Place) -> Reply:
    plan, state, now = given["RestoreTestingPlan"], state_of(kept), datetime.now(UTC)
    name = plan["RestoreTestingPlanName"]
    if name in state.testing_plans:
        message = f"Restore testing plan {name} already exists."
        raise refused("AlreadyExistsException", message, "CreateRestoreTestingPlan")
    identity = f"restore-testing-plan:{name}-{state.new_id(place)}"
    arn = f"arn:{place.partition}:backup:{place.region}:{place.account}:{identity}"
    state.testing_plans[name] = {**plan, "RestoreTestingPlanArn": arn, "CreationTime": now}
    return {"RestoreTestingPlanArn": arn, "RestoreTestingPlanName": name, "CreationTime": now}


def _get_testing_plan(kept: Kept, given: Given, _: Place) -> Reply:
    return {"RestoreTestingPlan": _testing_plan(kept, given, "GetRestoreTestingPlan")}


def _testing_plan(kept: Kept, given: Given, operation: str) -> dict[str, Any]:
    name = given["RestoreTestingPlanName"]
    return dict(found(state_of(kept).testing_plans, name, "Restore testing plan", operation))


def _create_testing_selection(kept: Kept, given: Given, _: Place) -> Reply:
    plan = _testing_plan(kept, given, "CreateRestoreTestingSelection")
    selection, now = given["RestoreTestingSelection"], datetime.now(UTC)
    name = plan["RestoreTestingPlanName"]
    selections = state_of(kept).testing_selections.setdefault(name, {})
    selections[selection["RestoreTestingSelectionName"]] = {
        **selection,
        "RestoreTestingPlanName": name,
        "CreationTime": now,
    }
    return {
        "RestoreTestingPlanArn": plan["RestoreTestingPlanArn"],
        "RestoreTestingPlanName": name,
        "RestoreTestingSelectionName": selection["RestoreTestingSelectionName"],
        "CreationTime": now,
    }


def _get_testing_selection(kept: Kept, given: Given, _: Place) -> Reply:
    selections = state_of(kept).testing_selections.get(given["RestoreTestingPlanName"], {})
    name = given["RestoreTestingSelectionName"]
    selection = found(selections, name, "Restore testing selection", "GetRestoreTestingSelection")
    return {"RestoreTestingSelection": dict(selection)}


def _list_testing_selections(kept: Kept, given: Given, _: Place) -> Reply:
    plan = _testing_plan(kept, given, "ListRestoreTestingSelections")
    selections = state_of(kept).testing_selections.get(plan["RestoreTestingPlanName"], {}).values()
    members = ("RestoreTestingPlanName", "RestoreTestingSelectionName", "ProtectedResourceType", "IamRoleArn",
               "CreationTime", "ValidationWindowHours")  # fmt: skip
    listed = [{key: item[key] for key in members if key in item} for item in selections]
    return {"RestoreTestingSelections": listed}


OPERATIONS: Mapping[str, Operation] = {
    "CreateBackupSelection": _create_selection,
    "CreateRestoreTestingPlan": _create_testing_plan,
    "CreateRestoreTestingSelection": _create_testing_selection,
    "DeleteBackupSelection": _delete_selection,
    "DeleteBackupVaultAccessPolicy": _delete_policy,
    "DescribeRegionSettings": _describe_region,
    "GetBackupSelection": _get_selection,
    "GetBackupVaultAccessPolicy": _get_policy,
    "GetBackupVaultNotifications": _get_notifications,
    "GetRestoreTestingPlan": _get_testing_plan,
    "GetRestoreTestingSelection": _get_testing_selection,
    "ListBackupSelections": _list_selections,
    "ListRestoreTestingSelections": _list_testing_selections,
    "PutBackupVaultAccessPolicy": _put_policy,
    "PutBackupVaultNotifications": _put_notifications,
    "UpdateRegionSettings": _update_region,
}
