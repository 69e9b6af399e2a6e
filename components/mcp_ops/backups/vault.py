"""A vault: where backups lie, and what keeps them there."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import iam_arn
from mcp_ops.backups.backup_policy_plan import BackupPolicyPlan
from mcp_ops.policies import Statement, document

BACKUPS = ("backup:DeleteRecoveryPoint", "backup:DisassociateRecoveryPoint", "backup:UpdateRecoveryPointLifecycle")
"""Deletes or shortens backups."""
VAULT = (
    "backup:DeleteBackupVault",
    "backup:DeleteBackupVaultAccessPolicy",
    "backup:DeleteBackupVaultLockConfiguration",
    "backup:PutBackupVaultAccessPolicy",
    "backup:PutBackupVaultLockConfiguration",
)
"""Takes away what keeps backups from being deleted."""

SERVICE_ROLE = "role/aws-service-role/backup.amazonaws.com/AWSServiceRoleForBackup"
"""With which AWS Backup deletes what is past its retention; nobody can take it."""

EVENTS = ("COPY_JOB_FAILED", "RECOVERY_POINT_MODIFIED", "S3_BACKUP_OBJECT_FAILED", "CONTINUOUS_BACKUP_INTERRUPTED")
"""What a vault tells its topic: things that need somebody's attention."""


class Vault:
    """Registers a vault with its policy, its lock and its notifications."""

    def __init__(  # noqa: PLR0913, PLR0917 - both vaults of a policy, each in its region with its key
        self,
        name: str,
        plan: BackupPolicyPlan,
        region: str,
        key_arn: pulumi.Input[str],
        exempt: Sequence[pulumi.Input[str]],
        tags: dict[str, pulumi.Input[str]],
        child: pulumi.ResourceOptions,
    ) -> None:
        self._name, self._plan, self._region, self._child = name, plan, region, child
        self.vault = aws.backup.Vault(
            name,
            # People and alarms look it up.
            name=name,
            kms_key_arn=key_arn,
            force_destroy=not plan.protect,
            region=region,
            tags=tags,
            opts=pulumi.ResourceOptions.merge(
                child, pulumi.ResourceOptions(protect=plan.protect, retain_on_delete=plan.protect)
            ),
        )
        statement = keep(plan, exempt)
        self.policy = aws.backup.VaultPolicy(
            f"{name}-policy",
            backup_vault_name=self.vault.name,
            policy=document(statement),
            region=region,
            opts=child,
        )
        self._lock()

    def _lock(self) -> None:
        lock = self._plan.lock
        if lock is None:
            return
        if lock.cooling_off_days:
            pulumi.log.warn(
                f"{self._name}: compliance lock; from {lock.cooling_off_days} days after this deployment on nobody can "
                "lift it, shorten what it holds or delete the vault before the last backup has expired"
            )
        aws.backup.VaultLockConfiguration(
            f"{self._name}-lock",
            backup_vault_name=self.vault.name,
            min_retention_days=lock.min_days,
            max_retention_days=lock.max_days or None,
            changeable_for_days=lock.cooling_off_days or None,
            region=self._region,
            # Its policy forbids to change the lock.
            opts=pulumi.ResourceOptions.merge(
                self._child,
                pulumi.ResourceOptions(protect=self._plan.protect, retain_on_delete=self._plan.protect),
            ),
        )

    def notify(self, topic_arn: pulumi.Input[str]) -> None:
        """Registers that the vault tells `topic_arn` what needs attention."""
        aws.backup.VaultNotifications(
            f"{self._name}-notifications",
            backup_vault_name=self.vault.name,
            backup_vault_events=list(EVENTS),
            sns_topic_arn=topic_arn,
            region=self._region,
            opts=self._child,
        )


def keep(plan: BackupPolicyPlan, exempt: Sequence[pulumi.Input[str]]) -> Statement:
    """Denies to delete and to shorten backups to all but the exempt roles and AWS Backup itself.

    Of an unprotected environment the policy itself can be taken away, so that `pulumi destroy` leaves nothing.
    """
    spared = [iam_arn(plan.region, plan.account_id, SERVICE_ROLE), *exempt]
    actions = [*BACKUPS, *VAULT] if plan.protect else list(BACKUPS)
    # Recovery points of other services have ARNs of their own, so the resource is everything in this vault.
    return {
        "Sid": "BackupsStay",
        "Effect": "Deny",
        "Principal": "*",
        "Action": actions,
        "Resource": "*",
        "Condition": {"ArnNotEquals": {"aws:PrincipalArn": spared}},
    }
