"""AWS Backup. Simulated Backup keeps vaults, locks, plans and report plans; the rest is checked."""

from typing import Any

from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import nested, without

VAULT_ARN = "arn:{partition}:backup:{region}:{account}:backup-vault:"

LIFECYCLE = {"coldStorageAfter": "MoveToColdStorageAfterDays", "deleteAfter": "DeleteAfterDays"}


def _grouped(member: str, *outside: str) -> Any:
    """Returns a reshape that puts every input under one member, but for those named."""

    def reshape(inputs: dict[str, Any]) -> dict[str, Any]:
        return {**{name: inputs[name] for name in outside if name in inputs}, member: without(inputs, *outside)}

    return reshape


def _conditions(conditions: Any) -> dict[str, Any]:
    """A selection may hold several blocks of conditions; AWS has one list per kind."""
    merged: dict[str, Any] = {}
    for block in conditions if isinstance(conditions, list) else [conditions]:
        for kind, items in block.items():
            pairs = [{"ConditionKey": item["key"], "ConditionValue": item["value"]} for item in items]
            merged.setdefault(f"{kind[0].upper()}{kind[1:].removesuffix('s')}", []).extend(pairs)
    return {kind.replace("Equal", "Equals"): items for kind, items in merged.items()}


def _selection(inputs: dict[str, Any]) -> dict[str, Any]:
    changed = nested(inputs, "conditions", _conditions)
    kept = {"planId": inputs["planId"]} if "planId" in inputs else {}
    return {**kept, "BackupSelection": without(changed, "planId")}


SPECS: Specs = {
    "aws:backup/vault:Vault": Spec(
        create=Call(
            "backup.CreateBackupVault",
            rename={"name": "BackupVaultName", "kmsKeyArn": "EncryptionKeyArn", "tags": "BackupVaultTags"},
        ),
        id="{input.name}",
        outputs={"arn": "BackupVaultArn"},
        ignored={"forceDestroy": "whether the provider empties it first", "timeouts": "how long the provider waits"},
    ),
    "aws:backup/plan:Plan": Spec(
        create=Call(
            "backup.CreateBackupPlan",
            rename={
                "tags": "BackupPlanTags",
                "BackupPlan.name": "BackupPlanName",
                "BackupPlan.rules.targetVaultName": "TargetBackupVaultName",
                "BackupPlan.rules.schedule": "ScheduleExpression",
                "BackupPlan.rules.startWindow": "StartWindowMinutes",
                "BackupPlan.rules.completionWindow": "CompletionWindowMinutes",
                "BackupPlan.rules.copyActions.destinationVaultArn": "DestinationBackupVaultArn",
                **{f"BackupPlan.rules.lifecycle.{name}": member for name, member in LIFECYCLE.items()},
                **{f"BackupPlan.rules.copyActions.lifecycle.{name}": member for name, member in LIFECYCLE.items()},
            },
        ),
        id="{BackupPlanId}",
        reshape=_grouped("BackupPlan", "tags"),
        outputs={"arn": "BackupPlanArn", "version": "VersionId", "name": "input.BackupPlan.name"},
    ),
    "aws:backup/selection:Selection": Spec(
        create=Call(
            "backup.CreateBackupSelection",
            rename={
                "planId": "BackupPlanId",
                "BackupSelection.name": "SelectionName",
                "BackupSelection.selectionTags": "ListOfTags",
                "BackupSelection.selectionTags.key": "ConditionKey",
                "BackupSelection.selectionTags.type": "ConditionType",
                "BackupSelection.selectionTags.value": "ConditionValue",
            },
        ),
        id="{SelectionId}",
        reshape=_selection,
        outputs={"name": "input.BackupSelection.name"},
    ),
    "aws:backup/vaultPolicy:VaultPolicy": Spec(
        create=Call("backup.PutBackupVaultAccessPolicy"),
        id="{input.backupVaultName}",
        autoname="",
        outputs={"backupVaultArn": VAULT_ARN + "{input.backupVaultName}"},
    ),
    "aws:backup/vaultLockConfiguration:VaultLockConfiguration": Spec(
        create=Call(
            "backup.PutBackupVaultLockConfiguration",
            rename={"maxRetentionDays": "MaxRetentionDays", "minRetentionDays": "MinRetentionDays"},
        ),
        id="{input.backupVaultName}",
        autoname="",
        outputs={"backupVaultArn": VAULT_ARN + "{input.backupVaultName}"},
    ),
    "aws:backup/vaultNotifications:VaultNotifications": Spec(
        create=Call("backup.PutBackupVaultNotifications"),
        id="{input.backupVaultName}",
        autoname="",
        outputs={"backupVaultArn": VAULT_ARN + "{input.backupVaultName}"},
    ),
    "aws:backup/restoreTestingPlan:RestoreTestingPlan": Spec(
        create=Call("backup.CreateRestoreTestingPlan", rename={"RestoreTestingPlan.name": "RestoreTestingPlanName"}),
        id="input.RestoreTestingPlan.name",
        reshape=_grouped("RestoreTestingPlan", "tags"),
        outputs={
            "arn": "arn:{partition}:backup:{region}:{account}:restore-testing-plan:{input.RestoreTestingPlan.name}",
            "name": "input.RestoreTestingPlan.name",
        },
    ),
    "aws:backup/restoreTestingSelection:RestoreTestingSelection": Spec(
        create=Call(
            "backup.CreateRestoreTestingSelection",
            rename={"RestoreTestingSelection.name": "RestoreTestingSelectionName"},
        ),
        id="{input.RestoreTestingSelection.name}:{input.restoreTestingPlanName}",
        reshape=_grouped("RestoreTestingSelection", "restoreTestingPlanName"),
        outputs={"name": "input.RestoreTestingSelection.name"},
    ),
    "aws:backup/framework:Framework": Spec(
        create=Call(
            "backup.CreateFramework",
            rename={
                "controls": "FrameworkControls",
                "controls.name": "ControlName",
                "controls.inputParameters": "ControlInputParameters",
                "controls.inputParameters.name": "ParameterName",
                "controls.inputParameters.value": "ParameterValue",
                "controls.scope": "ControlScope",
                "description": "FrameworkDescription",
                "name": "FrameworkName",
                "tags": "FrameworkTags",
            },
        ),
        id="{input.name}",
        outputs={"arn": "FrameworkArn", "status": "'ACTIVE'", "deploymentStatus": "`COMPLETED`"},
        ignored={"timeouts": "how long the provider waits"},
    ),
    "aws:backup/reportPlan:ReportPlan": Spec(
        create=Call(
            "backup.CreateReportPlan",
            rename={"name": "ReportPlanName", "description": "ReportPlanDescription", "tags": "ReportPlanTags"},
        ),
        id="{input.name}",
        outputs={"arn": "ReportPlanArn", "deploymentStatus": "'COMPLETED'"},
    ),
    "aws:backup/regionSettings:RegionSettings": Spec(
        create=Call("backup.UpdateRegionSettings"), id="{region}", autoname=""
    ),
    "aws:backup/globalSettings:GlobalSettings": Spec(
        create=Call("backup.UpdateGlobalSettings"), id="{account}", autoname=""
    ),
    "aws:backup/logicallyAirGappedVault:LogicallyAirGappedVault": Spec(
        create=Call(
            "backup.CreateLogicallyAirGappedBackupVault", rename={"name": "BackupVaultName", "tags": "BackupVaultTags"}
        ),
        id="{input.name}",
        outputs={"arn": "BackupVaultArn"},
        ignored={"timeouts": "how long the provider waits"},
    ),
}
