"""The proof that backups can be restored: every week, by looking at the restored data.

Not managed here: deleting restored copies, which AWS Backup does when validation has ended.
"""

import json

import pulumi
import pulumi_aws as aws

from mcp_ops.backups.backup_alarms import register_alarms, thresholds
from mcp_ops.backups.backup_role import register_role
from mcp_ops.backups.restore_functions import RestoreFunctions
from mcp_ops.backups.restore_test_args import RestoredStoreArgs, RestoreTestArgs
from mcp_ops.backups.restore_test_plan import RestoreTestPlan, plan_restore_test, restore_test_name
from mcp_ops.backups.stores import BACKUP_TAG, KINDS
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:RestoreTest"  # noqa: S105 - a resource type, not a password


class RestoreTest(pulumi.ComponentResource):
    """Restores the latest backup of every store, validates what was restored, and raises alarms on what is late."""

    testing_plan_name: pulumi.Output[str]
    """Name of the restore testing plan."""
    restore_role_arn: pulumi.Output[str]
    """Role under which AWS Backup restores; people who restore by hand must be allowed to pass it."""
    heartbeat_function_name: pulumi.Output[str]
    """Writes a heartbeat into each store before the backup."""
    validate_function_name: pulumi.Output[str]
    """Looks at restored data."""
    watch_function_name: pulumi.Output[str]
    """Measures each hour how old backups and proofs are."""
    stores_path: pulumi.Output[str]
    """Path of the parameters that tell the functions what to look for."""

    def __init__(self, name: str, args: RestoreTestArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_restore_test(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = merge_tags({}, args.get("tags"))
        role = register_role(name, "restore", plan.region, _with_keys(args), tags, child)
        testing = _testing_plan(plan, args, role, tags, child)
        parameters = [_parameter(plan, store, args["stores"][store], tags, child) for store in plan.stores]
        functions = RestoreFunctions(plan, args, pulumi.ResourceOptions(parent=self, depends_on=parameters))
        # Whoever watches functions finds them here.
        self.functions = {
            "heartbeat": functions.heartbeat,
            "validate": functions.validate,
            "watch": functions.watch,
        }
        limits = thresholds(plan.recovery_minutes, plan.recovery_point_hours)
        # Whoever shows alarms finds them here, by key.
        self.alarms: dict[str, pulumi.Output[str]] = {}
        for store in plan.stores:
            dimensions = {"Environment": plan.environment, "Store": store}
            self.alarms |= register_alarms(name, dimensions, limits, args["alarm_topic_arn"], tags, child)
        self.testing_plan_name = testing.name
        self.restore_role_arn = role.arn
        self.heartbeat_function_name = functions.heartbeat.function_name
        self.validate_function_name = functions.validate.function_name
        self.watch_function_name = functions.watch.function_name
        self.stores_path = pulumi.Output.from_input(plan.stores_path)
        self.register_outputs({key: getattr(self, key) for key in RestoreTest.__annotations__})


def _with_keys(args: RestoreTestArgs) -> dict[str, object]:
    keys = args.get("store_key_arns") or [args["stores"][store]["key_arn"] for store in sorted(args["stores"])]
    return {**args, "store_key_arns": keys}


def _testing_plan(
    plan: RestoreTestPlan,
    args: RestoreTestArgs,
    role: aws.iam.Role,
    tags: dict[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> aws.backup.RestoreTestingPlan:
    testing = aws.backup.RestoreTestingPlan(
        f"{plan.name}-restores",
        name=plan.testing_plan,
        schedule_expression=plan.schedule,
        schedule_expression_timezone="Etc/UTC",
        start_window_hours=plan.start_window_hours,
        recovery_point_selection=aws.backup.RestoreTestingPlanRecoveryPointSelectionArgs(
            algorithm="LATEST_WITHIN_WINDOW",
            include_vaults=[args["vault_arn"]],
            recovery_point_types=["SNAPSHOT"],
            selection_window_days=plan.selection_window_days,
        ),
        tags=tags,
        opts=child,
    )
    for kind in plan.kinds:
        resource_type = KINDS[kind].resource_type
        condition = aws.backup.RestoreTestingSelectionProtectedResourceConditionsStringEqualArgs(
            key=f"aws:ResourceTag/{BACKUP_TAG}", value=plan.backup_plan
        )
        aws.backup.RestoreTestingSelection(
            f"{plan.name}-restores-{kind}",
            name=restore_test_name(plan.name, resource_type.lower()),
            restore_testing_plan_name=testing.name,
            protected_resource_type=resource_type,
            # Every resource of the type that carries the tag.
            protected_resource_arns=["*"],
            protected_resource_conditions=aws.backup.RestoreTestingSelectionProtectedResourceConditionsArgs(
                string_equals=[condition]
            ),
            restore_metadata_overrides=_overrides(kind, plan, args),
            iam_role_arn=role.arn,
            validation_window_hours=plan.validation_window_hours,
            opts=child,
        )
    return testing


def _overrides(kind: str, plan: RestoreTestPlan, args: RestoreTestArgs) -> dict[str, pulumi.Input[str]]:
    """Returns what AWS Backup would infer wrongly: its own key instead of the stores', and a default VPC.

    Names of the keys: AWS Backup developer guide, restore testing inferred metadata.
    """
    store = args["stores"][plan.of_kind(kind)[0]]
    key, expectations = store["key_arn"], pulumi.Output.json_loads(store["expectations"])
    by_kind: dict[str, dict[str, pulumi.Input[str]]] = {
        "table": {"encryptionType": "KMS", "kmsMasterKeyArn": key},
        "bucket": {"encryptionType": "SSE-KMS", "kmsKey": key},
        "files": {"kmsKeyId": key},
        "database": {
            "dbSubnetGroupName": expectations.apply(lambda found: str(found.get("subnet_group", ""))),
            "vpcSecurityGroupIds": expectations.apply(lambda found: json.dumps(found.get("security_group_ids", []))),
        },
    }
    return by_kind[kind]


def _parameter(
    plan: RestoreTestPlan,
    store: str,
    args: RestoredStoreArgs,
    tags: dict[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> aws.ssm.Parameter:
    tested = plan.stores[store]
    value = pulumi.Output.json_dumps(
        {
            "kind": tested.kind,
            "arn": args["arn"],
            "name": args["physical_name"],
            "key_arn": args["key_arn"],
            "tolerance_percent": tested.tolerance_percent,
            "full_comparison": tested.full_comparison,
            "expectations": pulumi.Output.json_loads(args["expectations"]),
        }
    )
    return aws.ssm.Parameter(
        f"{plan.name}-{store}",
        # The functions find it by its path.
        name=f"{plan.stores_path}/{store}",
        type="String",
        value=value,
        description=f"What a restored copy of {store} must be like",
        tags=tags,
        opts=child,
    )
