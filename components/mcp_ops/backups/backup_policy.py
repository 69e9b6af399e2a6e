"""Daily backups of everything that servers keep, in a vault that lets nobody delete them.

Not managed here: AWS Config, on which the framework relies; vaults of other accounts; deletion of backups past their
retention, which AWS Backup does.
"""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import iam_arn
from mcp_ops.backups.backup_policy_args import BackupPolicyArgs
from mcp_ops.backups.backup_policy_plan import BackupPolicyPlan, Rule, plan_backup_policy
from mcp_ops.backups.backup_role import register_role
from mcp_ops.backups.backup_watch import register_watch
from mcp_ops.backups.compliance import register_framework, register_reports
from mcp_ops.backups.stores import BACKUP_TAG, CONTINUOUS_TAG, KINDS
from mcp_ops.backups.vault import Vault
from mcp_ops.policies import account_decides, document
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:BackupPolicy"  # noqa: S105 - a resource type, not a password


class BackupPolicy(pulumi.ComponentResource):
    """A vault, a plan that backs up every store of the environment each day, and what keeps the backups."""

    vault_name: pulumi.Output[str]
    """Name of the vault."""
    vault_arn: pulumi.Output[str]
    """ARN of the vault."""
    copy_vault_arn: pulumi.Output[str | None]
    """ARN of the vault in the other region, if there is one."""
    plan_id: pulumi.Output[str]
    """Id of the plan."""
    role_arn: pulumi.Output[str]
    """Role under which AWS Backup backs up."""

    def __init__(self, name: str, args: BackupPolicyArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_backup_policy(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = merge_tags({}, args.get("tags"))
        role = register_role(name, "backup", plan.region, args, tags, child)
        # What is past its retention is deleted under the role that made it.
        exempt = [role.arn, *(args.get("exempt_role_arns") or ())]
        vault = Vault(plan.vault, plan, plan.region, args["key_arn"], exempt, tags, child)
        copy = _copy_vault(plan, exempt, tags, child)
        copies = [*([copy.vault.arn] if copy else []), *(args.get("copy") or {}).get("vault_arns", ())]
        settings = _region_settings(plan, child)
        after = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=settings))
        daily = _plan(name, BACKUP_TAG, plan.rules, plan, copies, role, tags, vault, after)
        if plan.continuous:
            own = f"{name}-continuous"
            _plan(own, CONTINUOUS_TAG, (plan.continuous,), plan, [], role, tags, vault, after)
        topic_arn = args.get("alarm_topic_arn")
        if topic_arn is not None:
            vault.notify(topic_arn)
            register_watch(plan, topic_arn, child)
        framework = register_framework(plan, tags, child) if plan.framework else None
        if args.get("report_bucket") is not None:
            register_reports(plan, args["report_bucket"], framework, tags, child)
        self.vault_name = vault.vault.name
        self.vault_arn = vault.vault.arn
        self.copy_vault_arn = pulumi.Output.from_input(copy.vault.arn if copy else None)
        self.plan_id = daily.id
        self.role_arn = role.arn
        self.register_outputs({key: getattr(self, key) for key in BackupPolicy.__annotations__})


def _copy_vault(
    plan: BackupPolicyPlan,
    exempt: Sequence[pulumi.Input[str]],
    tags: dict[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> Vault | None:
    if not plan.copy or not plan.copy.region:
        return None
    region = plan.copy.region
    key = aws.kms.Key(
        f"{plan.copy_vault}-key",
        description=f"{plan.name}: copies of backups",
        enable_key_rotation=True,
        deletion_window_in_days=plan.key_deletion_window_days,
        policy=document(account_decides(iam_arn(region, plan.account_id, "root"))),
        region=region,
        tags=tags,
        opts=pulumi.ResourceOptions.merge(
            child, pulumi.ResourceOptions(protect=plan.protect, retain_on_delete=plan.protect)
        ),
    )
    return Vault(plan.copy_vault, plan, region, key.arn, exempt, tags, child)


def _region_settings(plan: BackupPolicyPlan, child: pulumi.ResourceOptions) -> list[pulumi.Resource]:
    if not plan.region_settings:
        return []
    kinds = {kind.resource_type: True for kind in KINDS.values()}
    settings = aws.backup.RegionSettings(
        f"{plan.name}-region",
        resource_type_opt_in_preference=kinds,
        # AWS Backup's own backups of tables and file systems: with tags, copies, cold storage and their own key.
        resource_type_management_preference={"DynamoDB": True, "EFS": True},
        opts=child,
    )
    return [settings]


def _plan(  # noqa: PLR0913, PLR0917 - both plans, which differ in all of it
    name: str,
    tag: str,
    rules: Sequence[Rule],
    plan: BackupPolicyPlan,
    copies: Sequence[pulumi.Input[str]],
    role: aws.iam.Role,
    tags: dict[str, pulumi.Input[str]],
    vault: Vault,
    child: pulumi.ResourceOptions,
) -> aws.backup.Plan:
    made = aws.backup.Plan(
        name,
        name=name,
        rules=[_rule(rule, plan, copies, vault, continuous=tag == CONTINUOUS_TAG) for rule in rules],
        tags=tags,
        opts=child,
    )
    aws.backup.Selection(
        f"{name}-tagged",
        name=f"{name}-tagged",
        plan_id=made.id,
        iam_role_arn=role.arn,
        selection_tags=[aws.backup.SelectionSelectionTagArgs(type="STRINGEQUALS", key=tag, value=plan.name)],
        opts=child,
    )
    return made


def _rule(
    rule: Rule, plan: BackupPolicyPlan, copies: Sequence[pulumi.Input[str]], vault: Vault, *, continuous: bool
) -> aws.backup.PlanRuleArgs:
    copy_days = plan.copy.retention_days if plan.copy else 0
    return aws.backup.PlanRuleArgs(
        rule_name=rule.name,
        target_vault_name=vault.vault.name,
        schedule=rule.schedule,
        schedule_expression_timezone="Etc/UTC",
        start_window=plan.start_window_minutes,
        completion_window=plan.completion_window_minutes,
        enable_continuous_backup=True if continuous else None,
        lifecycle=aws.backup.PlanRuleLifecycleArgs(
            delete_after=rule.retention_days, cold_storage_after=rule.cold_after_days or None
        ),
        copy_actions=[
            aws.backup.PlanRuleCopyActionArgs(
                destination_vault_arn=vault_arn,
                lifecycle=aws.backup.PlanRuleCopyActionLifecycleArgs(delete_after=copy_days),
            )
            for vault_arn in copies
        ]
        or None,
    )
