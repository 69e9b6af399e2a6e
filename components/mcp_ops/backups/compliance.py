"""Backup Audit Manager: whether the backups are as promised, checked every day by AWS."""

import pulumi
import pulumi_aws as aws

from mcp_ops.backups.backup_policy_plan import BackupPolicyPlan
from mcp_ops.backups.stores import BACKUP_TAG

REPORTS = ("BACKUP_JOB_REPORT", "RESTORE_JOB_REPORT")
"""Templates of the daily reports; with a framework, CONTROL_COMPLIANCE_REPORT as well."""


def audit_name(name: str) -> str:
    """Returns a name for Backup Audit Manager, which knows no hyphens (API reference of CreateFramework)."""
    return name.replace("-", "_")


def register_framework(
    plan: BackupPolicyPlan, tags: dict[str, pulumi.Input[str]], child: pulumi.ResourceOptions
) -> aws.backup.Framework:
    """Registers the controls; they look at what carries the policy's tag, and at the vaults' backups."""
    kept = str(plan.rules[0].retention_days)
    daily = {"requiredFrequencyUnit": "days", "requiredFrequencyValue": "1", "requiredRetentionDays": kept}
    controls = [
        _control("BACKUP_RECOVERY_POINT_ENCRYPTED"),
        _control("BACKUP_RECOVERY_POINT_MANUAL_DELETION_DISABLED"),
        _control("BACKUP_RECOVERY_POINT_MINIMUM_RETENTION_CHECK", {"requiredRetentionDays": kept}),
        _control("BACKUP_PLAN_MIN_FREQUENCY_AND_MIN_RETENTION_CHECK", daily),
        _control("BACKUP_RESOURCES_PROTECTED_BY_BACKUP_PLAN", scope=_tagged(plan)),
        _control(
            "BACKUP_LAST_RECOVERY_POINT_CREATED",
            {"recoveryPointAgeUnit": "days", "recoveryPointAgeValue": "1"},
            scope=_tagged(plan),
        ),
    ]
    return aws.backup.Framework(
        f"{plan.name}-framework",
        name=audit_name(plan.name),
        description=f"Backups of {plan.name}: encrypted, daily, kept, not deletable",
        controls=controls,
        tags=tags,
        opts=child,
    )


def _tagged(plan: BackupPolicyPlan) -> aws.backup.FrameworkControlScopeArgs:
    return aws.backup.FrameworkControlScopeArgs(tags={BACKUP_TAG: plan.name})


def _control(
    name: str, parameters: dict[str, str] | None = None, scope: aws.backup.FrameworkControlScopeArgs | None = None
) -> aws.backup.FrameworkControlArgs:
    given = [
        aws.backup.FrameworkControlInputParameterArgs(name=key, value=value)
        for key, value in (parameters or {}).items()
    ]
    return aws.backup.FrameworkControlArgs(name=name, input_parameters=given or None, scope=scope)


def register_reports(
    plan: BackupPolicyPlan,
    bucket: pulumi.Input[str],
    framework: aws.backup.Framework | None,
    tags: dict[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> None:
    """Registers one report plan per template."""
    templates = [*REPORTS, *(["CONTROL_COMPLIANCE_REPORT"] if framework else [])]
    for template in templates:
        of_framework = template == "CONTROL_COMPLIANCE_REPORT"
        aws.backup.ReportPlan(
            f"{plan.name}-{template.lower().replace('_', '-')}",
            name=f"{audit_name(plan.name)}_{template.lower()}",
            report_delivery_channel=aws.backup.ReportPlanReportDeliveryChannelArgs(
                s3_bucket_name=bucket, s3_key_prefix=plan.name, formats=["CSV", "JSON"]
            ),
            report_setting=aws.backup.ReportPlanReportSettingArgs(
                report_template=template,
                framework_arns=[framework.arn] if framework and of_framework else None,
                number_of_frameworks=1 if of_framework else None,
            ),
            tags=tags,
            opts=child,
        )
