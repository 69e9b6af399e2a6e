"""A store that is an Aurora PostgreSQL cluster."""

import pulumi
import pulumi_aws as aws

from mcp_ops.backups.registered_store import RegisteredStore, stateful, tags_of
from mcp_ops.backups.state_store_args import StateStoreArgs
from mcp_ops.backups.state_store_plan import DatabasePlan, StateStorePlan
from mcp_ops.policies import Statement, allow
from mcp_ops.tags import merge_tags

ENGINE = "aurora-postgresql"
PORT = 5432
USER = "mcp_admin"
"""Name of the user whose password RDS manages."""
BACKUP_DAYS = 7
"""Days of RDS's own backups, until AWS Backup's continuous backup takes over and sets its own."""


def register_database(
    name: str, args: StateStoreArgs, plan: StateStorePlan, shape: DatabasePlan, child: pulumi.ResourceOptions
) -> RegisteredStore:
    """Registers the cluster and its instances."""
    database, tags = args["database"], merge_tags({}, args.get("tags"))
    subnets = aws.rds.SubnetGroup(
        f"{name}-subnets",
        subnet_ids=[database["subnet_ids"][zone] for zone in sorted(database["subnet_ids"])],
        tags=tags,
        opts=child,
    )
    group = aws.ec2.SecurityGroup(
        f"{name}-database", description=f"Database {name}", vpc_id=database["vpc_id"], tags=tags, opts=child
    )
    cluster = _cluster(name, args, plan, shape, (subnets, group), child)
    for number in range(shape.instances):
        role = "standby" if number else "writer"
        aws.rds.ClusterInstance(
            f"{name}-{role}",
            cluster_identifier=cluster.id,
            engine=ENGINE,
            instance_class="db.serverless",
            publicly_accessible=False,
            promotion_tier=number,
            tags=tags,
            opts=child,
        )
    secret = cluster.master_user_secrets.apply(lambda secrets: secrets[0]["secret_arn"])
    expectations = {
        "engine": ENGINE,
        "engine_version": shape.engine_version,
        "database": shape.database,
        "secret_arn": secret,
        "subnet_group": subnets.name,
        "security_group_ids": [group.id],
    }
    return RegisteredStore(
        arn=cluster.arn,
        physical_name=cluster.cluster_identifier,
        address=pulumi.Output.concat(cluster.endpoint, f":{PORT}/{shape.database}"),
        statements=_statements(args, plan, secret),
        expectations=expectations,
        secret_arn=secret,
        security_group_id=group.id,
    )


def _statements(args: StateStoreArgs, plan: StateStorePlan, secret_arn: pulumi.Output[str]) -> tuple[Statement, ...]:
    via = {"StringEquals": {"kms:ViaService": f"secretsmanager.{plan.region}.amazonaws.com"}}
    return (
        allow("DatabasePassword", ["secretsmanager:GetSecretValue"], secret_arn),
        allow("DatabasePasswordKey", ["kms:Decrypt"], args["key_arn"], via),
    )


def _cluster(
    name: str,
    args: StateStoreArgs,
    plan: StateStorePlan,
    shape: DatabasePlan,
    placed: tuple[aws.rds.SubnetGroup, aws.ec2.SecurityGroup],
    child: pulumi.ResourceOptions,
) -> aws.rds.Cluster:
    subnets, group = placed
    return aws.rds.Cluster(
        name,
        engine=ENGINE,
        engine_mode="provisioned",
        engine_version=shape.engine_version,
        database_name=shape.database,
        master_username=USER,
        manage_master_user_password=True,
        master_user_secret_kms_key_id=args["key_arn"],
        serverlessv2_scaling_configuration=aws.rds.ClusterServerlessv2ScalingConfigurationArgs(
            min_capacity=shape.min_capacity, max_capacity=shape.max_capacity
        ),
        storage_encrypted=True,
        kms_key_id=args["key_arn"],
        db_subnet_group_name=subnets.name,
        vpc_security_group_ids=[group.id],
        # The Data API writes heartbeats and reads them from restored copies, without a function in the VPC.
        enable_http_endpoint=True,
        backup_retention_period=BACKUP_DAYS,
        copy_tags_to_snapshot=True,
        deletion_protection=plan.protect,
        skip_final_snapshot=not plan.protect,
        final_snapshot_identifier=f"{name}-last" if plan.protect else None,
        tags=tags_of(args, plan),
        # Continuous backups of AWS Backup move both.
        opts=stateful(plan, child, ["backupRetentionPeriod", "preferredBackupWindow"]),
    )
