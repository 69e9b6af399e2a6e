"""A store that is a DynamoDB table."""

import pulumi
import pulumi_aws as aws

from mcp_ops.backups.registered_store import RegisteredStore, stateful, tags_of, use_key
from mcp_ops.backups.state_store_args import StateStoreArgs
from mcp_ops.backups.state_store_plan import StateStorePlan, TablePlan
from mcp_ops.policies import allow

RECOVERY_DAYS = 35
"""Days of point-in-time recovery: the most that DynamoDB offers."""

ITEM_ACTIONS = (
    "dynamodb:BatchGetItem",
    "dynamodb:BatchWriteItem",
    "dynamodb:ConditionCheckItem",
    "dynamodb:DeleteItem",
    "dynamodb:DescribeTable",
    "dynamodb:GetItem",
    "dynamodb:PutItem",
    "dynamodb:Query",
    "dynamodb:Scan",
    "dynamodb:UpdateItem",
)
"""What a server may do with its table."""


def register_table(
    name: str, args: StateStoreArgs, plan: StateStorePlan, shape: TablePlan, child: pulumi.ResourceOptions
) -> RegisteredStore:
    """Registers the table."""
    keys = {shape.partition_key: "S", **({shape.sort_key: shape.sort_key_type} if shape.sort_key else {})}
    table = aws.dynamodb.Table(
        name,
        billing_mode="PAY_PER_REQUEST",
        hash_key=shape.partition_key,
        range_key=shape.sort_key or None,
        attributes=[aws.dynamodb.TableAttributeArgs(name=key, type=kind) for key, kind in keys.items()],
        point_in_time_recovery=aws.dynamodb.TablePointInTimeRecoveryArgs(
            enabled=True, recovery_period_in_days=RECOVERY_DAYS
        ),
        server_side_encryption=aws.dynamodb.TableServerSideEncryptionArgs(enabled=True, kms_key_arn=args["key_arn"]),
        ttl=aws.dynamodb.TableTtlArgs(attribute_name=shape.ttl_attribute, enabled=True)
        if shape.ttl_attribute
        else None,
        replicas=_replicas(args, plan),
        deletion_protection_enabled=plan.protect,
        tags=tags_of(args, plan),
        opts=stateful(plan, child),
    )
    statements = (
        allow("Items", ITEM_ACTIONS, table.arn),
        use_key(args, plan, "dynamodb", ["kms:Decrypt", "kms:DescribeKey"]),
    )
    return RegisteredStore(table.arn, table.name, table.name, statements, shape.expectations)


def _replicas(args: StateStoreArgs, plan: StateStorePlan) -> list[aws.dynamodb.TableReplicaArgs] | None:
    if not plan.replica_region:
        return None
    replica = aws.dynamodb.TableReplicaArgs(
        region_name=plan.replica_region,
        kms_key_arn=args["replica_key_arn"],
        point_in_time_recovery=True,
        propagate_tags=True,
        deletion_protection_enabled=plan.protect,
    )
    return [replica]
