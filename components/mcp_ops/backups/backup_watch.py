"""Who hears when a backup fails, or when somebody touches what keeps the backups."""

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from mcp_ops.backups.backup_policy_plan import BackupPolicyPlan
from mcp_ops.backups.vault import BACKUPS, VAULT

FAILED = {
    "Backup Job State Change": ("ABORTED", "EXPIRED", "FAILED", "PARTIAL"),
    "Copy Job State Change": ("FAILED", "PARTIAL"),
}
"""States of jobs that did not do what they should, by kind of event."""

PLAN_CALLS = ("DeleteBackupPlan", "DeleteBackupSelection", "UpdateBackupPlan")


def register_watch(plan: BackupPolicyPlan, topic_arn: pulumi.Input[str], child: pulumi.ResourceOptions) -> None:
    """Registers rules for events, and the topic as their target."""
    vault = plan.vault_arn(plan.region, plan.vault)
    jobs = {
        "source": ["aws.backup"],
        "detail-type": list(FAILED),
        "detail": {"state": sorted({state for states in FAILED.values() for state in states})},
    }
    # Only a trail brings calls to EventBridge. Job events carry the vault's ARN in varying places, so all of the
    # account's are told; calls name their vault, or their plan by an id.
    calls = {
        "source": ["aws.backup"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {
            "eventSource": ["backup.amazonaws.com"],
            "$or": [
                {
                    "eventName": sorted(action.removeprefix("backup:") for action in (*BACKUPS, *VAULT)),
                    "requestParameters": {"backupVaultName": [plan.vault, vault]},
                },
                {"eventName": list(PLAN_CALLS)},
            ],
        },
    }
    _tell(f"{plan.name}-backup-failed", "A backup or its copy failed", jobs, topic_arn, child)
    _tell(f"{plan.name}-backup-touched", "Somebody changed backups, their vault or its lock", calls, topic_arn, child)


def _tell(
    name: str,
    description: str,
    pattern: Mapping[str, object],
    topic_arn: pulumi.Input[str],
    child: pulumi.ResourceOptions,
) -> None:
    rule = aws.cloudwatch.EventRule(name, description=description, event_pattern=json.dumps(pattern), opts=child)
    aws.cloudwatch.EventTarget(f"{name}-target", rule=rule.name, arn=topic_arn, opts=child)
