"""A store that is an S3 bucket."""

import pulumi
import pulumi_aws as aws

from mcp_ops import buckets
from mcp_ops.backups.registered_store import RegisteredStore, stateful, tags_of, use_key
from mcp_ops.backups.state_store_args import StateStoreArgs
from mcp_ops.backups.state_store_plan import BucketPlan, StateStorePlan
from mcp_ops.backups.stores import HEARTBEAT_PREFIX, STORE_TAG
from mcp_ops.policies import Statement, allow, document
from mcp_ops.tags import merge_tags

OBJECT_ACTIONS = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:DeleteObject", "s3:AbortMultipartUpload")
"""What a server may do with objects, but those of heartbeats."""


def register_bucket(
    name: str, args: StateStoreArgs, plan: StateStorePlan, shape: BucketPlan, child: pulumi.ResourceOptions
) -> RegisteredStore:
    """Registers the bucket and, with a replica region, its replica."""
    bucket = aws.s3.Bucket(name, force_destroy=not plan.protect, tags=tags_of(args, plan), opts=stateful(plan, child))
    versions = _harden(name, bucket, args["key_arn"], shape, child)
    # AWS Backup switches events on for its continuous backups; said here, so that a deployment does not undo it.
    aws.s3.BucketNotification(f"{name}-events", bucket=bucket.id, eventbridge=True, opts=child)
    if plan.replica_region:
        _replicate(name, args, plan, shape, bucket, versions, child)
    return RegisteredStore(
        bucket.arn, bucket.bucket, bucket.bucket, _statements(args, plan, bucket), {"versioning": "Enabled"}
    )


def _statements(args: StateStoreArgs, plan: StateStorePlan, bucket: aws.s3.Bucket) -> tuple[Statement, ...]:
    beats = bucket.arn.apply(f"{{}}/{HEARTBEAT_PREFIX}*".format)
    spared = allow("HeartbeatsAreNotTheServers", ["s3:PutObject", "s3:DeleteObject"], beats)
    return (
        allow("List", ["s3:ListBucket"], bucket.arn),
        allow("Objects", OBJECT_ACTIONS, bucket.arn.apply("{}/*".format)),
        {**spared, "Effect": "Deny"},
        use_key(args, plan, "s3", ["kms:Decrypt", "kms:GenerateDataKey"]),
    )


def _harden(
    name: str,
    bucket: aws.s3.Bucket,
    key_arn: pulumi.Input[str],
    shape: BucketPlan,
    child: pulumi.ResourceOptions,
    region: str | None = None,
) -> aws.s3.BucketVersioning:
    versions = aws.s3.BucketVersioning(
        f"{name}-versions",
        bucket=bucket.id,
        versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
        region=region,
        opts=child,
    )
    block = buckets.lock_down(name, bucket, child, key_arn=key_arn, region=region)
    buckets.put_policy(name, bucket, [], block, child, region=region)
    last = aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(noncurrent_days=shape.noncurrent_days)
    rule = aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="tidy",
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        noncurrent_version_expiration=last,
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=buckets.ABORT_UPLOAD_DAYS
        ),
    )
    aws.s3.BucketLifecycleConfiguration(
        f"{name}-tidy",
        bucket=bucket.id,
        rules=[rule],
        region=region,
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[versions])),
    )
    return versions


def _replicate(  # noqa: PLR0913, PLR0917 - both buckets, and how each is made
    name: str,
    args: StateStoreArgs,
    plan: StateStorePlan,
    shape: BucketPlan,
    bucket: aws.s3.Bucket,
    versions: aws.s3.BucketVersioning,
    child: pulumi.ResourceOptions,
) -> None:
    region, own = plan.replica_region, f"{name}-replica"
    # Without the tag that selects into backups: what the replica holds is in those of the original.
    tags = merge_tags(args.get("tags") or {}, {STORE_TAG: name})
    replica = aws.s3.Bucket(own, force_destroy=not plan.protect, region=region, tags=tags, opts=stateful(plan, child))
    copies = _harden(own, replica, args["replica_key_arn"], shape, child, region)
    role = aws.iam.Role(
        f"{name}-replication",
        description=f"Replicates the store {name} to {region}",
        # S3 states the account but, in its own example, no bucket; only replication configurations can name the role.
        assume_role_policy=document(
            {
                "Effect": "Allow",
                "Principal": {"Service": "s3.amazonaws.com"},
                "Action": "sts:AssumeRole",
                "Condition": {"StringEquals": {"aws:SourceAccount": plan.account_id}},
            }
        ),
        permissions_boundary=args.get("permissions_boundary_arn"),
        tags=merge_tags({}, args.get("tags")),
        opts=child,
    )
    policy = aws.iam.RolePolicy(
        f"{name}-replication-policy",
        role=role.name,
        policy=document(*_replication_statements(args, plan, bucket, replica)),
        opts=child,
    )
    aws.s3.BucketReplicationConfig(
        f"{name}-replication",
        bucket=bucket.id,
        role=role.arn,
        rules=[_replication_rule(args, replica)],
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[versions, copies, policy])),
    )


def _replication_rule(args: StateStoreArgs, replica: aws.s3.Bucket) -> aws.s3.BucketReplicationConfigRuleArgs:
    rule = aws.s3
    encrypted = rule.BucketReplicationConfigRuleSourceSelectionCriteriaSseKmsEncryptedObjectsArgs(status="Enabled")
    return rule.BucketReplicationConfigRuleArgs(
        id="everything",
        status="Enabled",
        priority=1,
        filter=rule.BucketReplicationConfigRuleFilterArgs(prefix=""),
        # What is deleted here stays there: the replica is for the loss of a region, and for mistakes.
        delete_marker_replication=rule.BucketReplicationConfigRuleDeleteMarkerReplicationArgs(status="Disabled"),
        source_selection_criteria=rule.BucketReplicationConfigRuleSourceSelectionCriteriaArgs(
            sse_kms_encrypted_objects=encrypted
        ),
        destination=rule.BucketReplicationConfigRuleDestinationArgs(
            bucket=replica.arn,
            encryption_configuration=rule.BucketReplicationConfigRuleDestinationEncryptionConfigurationArgs(
                replica_kms_key_id=args["replica_key_arn"]
            ),
        ),
    )


def _replication_statements(
    args: StateStoreArgs, plan: StateStorePlan, bucket: aws.s3.Bucket, replica: aws.s3.Bucket
) -> list[Statement]:
    read = ["s3:GetObjectVersionForReplication", "s3:GetObjectVersionAcl", "s3:GetObjectVersionTagging"]
    there = {"StringEquals": {"kms:ViaService": f"s3.{plan.replica_region}.amazonaws.com"}}
    return [
        allow("Source", ["s3:GetReplicationConfiguration", "s3:ListBucket"], bucket.arn),
        allow("Read", read, bucket.arn.apply("{}/*".format)),
        allow("Write", ["s3:ReplicateObject", "s3:ReplicateTags"], replica.arn.apply("{}/*".format)),
        use_key(args, plan, "s3", ["kms:Decrypt"]),
        allow("ReplicaKey", ["kms:GenerateDataKey"], args["replica_key_arn"], there),
    ]
