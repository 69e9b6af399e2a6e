"""Where the trail is kept: a key of its own and a bucket whose files nobody deletes before their time."""

import pulumi
import pulumi_aws as aws

from mcp_ops import buckets
from mcp_ops.access.audit_plan import AuditTrailPlan
from mcp_ops.arns import iam_arn
from mcp_ops.policies import ENCRYPT, Statement, account_decides, allow, document

_TRAIL_SERVICE = {"Service": "cloudtrail.amazonaws.com"}


class TrailArchive:
    """Registers the key and the bucket; only the one trail can write to it."""

    def __init__(
        self, name: str, plan: AuditTrailPlan, tags: dict[str, pulumi.Input[str]], child: pulumi.ResourceOptions
    ) -> None:
        protection = pulumi.ResourceOptions(protect=plan.protect, retain_on_delete=plan.protect)
        stateful = pulumi.ResourceOptions.merge(child, protection)
        self.key = aws.kms.Key(
            f"{name}-audit",
            description=f"{name}: audit trail",
            enable_key_rotation=True,
            deletion_window_in_days=plan.key_deletion_window_days,
            policy=document(*_key_statements(plan)),
            tags=tags,
            opts=stateful,
        )
        own = f"{name}-trail-archive"
        # The lock can only be switched on with the bucket itself; it switches versions on as well.
        self.bucket = aws.s3.Bucket(
            own, object_lock_enabled=True, force_destroy=not plan.protect, tags=tags, opts=stateful
        )
        versions = aws.s3.BucketVersioning(
            f"{own}-versions",
            bucket=self.bucket.id,
            versioning_configuration=aws.s3.BucketVersioningVersioningConfigurationArgs(status="Enabled"),
            opts=child,
        )
        after_versions = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[versions]))
        aws.s3.BucketObjectLockConfiguration(
            f"{own}-lock",
            bucket=self.bucket.id,
            rule=aws.s3.BucketObjectLockConfigurationRuleArgs(
                default_retention=aws.s3.BucketObjectLockConfigurationRuleDefaultRetentionArgs(
                    mode=plan.archive.lock_mode, days=plan.archive.lock_days
                )
            ),
            opts=after_versions,
        )
        # The trail names its key with every file. As the bucket's default it would have to serve S3 as well.
        block = buckets.lock_down(own, self.bucket, child)
        buckets.expire(own, self.bucket, plan.archive.retention_days, after_versions, versioned=True)
        self.policy = buckets.put_policy(own, self.bucket, _bucket_statements(self.bucket, plan), block, child)


def _key_statements(plan: AuditTrailPlan) -> list[Statement]:
    this_trail = {
        "StringEquals": {"aws:SourceArn": plan.trail_arn, "kms:EncryptionContext:aws:cloudtrail:arn": plan.trail_arn}
    }
    look_up = {"StringEquals": {"aws:SourceArn": plan.trail_arn}}
    this_group = {"ArnEquals": {"kms:EncryptionContext:aws:logs:arn": plan.log_group_arn}}
    log_service = {"Service": f"logs.{plan.region}.amazonaws.com"}
    return [
        account_decides(iam_arn(plan.region, plan.account_id, "root")),
        {**allow("Trail", ["kms:GenerateDataKey"], "*", this_trail), "Principal": _TRAIL_SERVICE},
        {**allow("TrailLooksUp", ["kms:DescribeKey"], "*", look_up), "Principal": _TRAIL_SERVICE},
        {**allow("LogGroup", ENCRYPT, "*", this_group), "Principal": log_service},
    ]


def _bucket_statements(bucket: aws.s3.Bucket, plan: AuditTrailPlan) -> list[Statement]:
    this_trail = {"aws:SourceArn": plan.trail_arn}
    # CloudTrail sends this header with every file, also to buckets that ignore it.
    full_control = {"s3:x-amz-acl": "bucket-owner-full-control", **this_trail}
    files = bucket.arn.apply(f"{{}}/AWSLogs/{plan.account_id}/*".format)
    check = allow("TrailChecks", ["s3:GetBucketAcl"], bucket.arn, {"StringEquals": this_trail})
    write = allow("TrailWrites", ["s3:PutObject"], files, {"StringEquals": full_control})
    return [{**check, "Principal": _TRAIL_SERVICE}, {**write, "Principal": _TRAIL_SERVICE}]
