"""The bucket that a load balancer writes its access logs to.

It is encrypted with S3's own keys, because log delivery supports nothing else (Elastic Load Balancing user guide).
"""

import pulumi
import pulumi_aws as aws

from mcp_ops.hosting.gateway_plan import GatewayPlan
from mcp_ops.policies import Statement, allow, document

_ABORT_UPLOAD_DAYS = 7


class AccessLogs:
    """A locked-down bucket that only the load balancers of one account can write to."""

    def __init__(
        self, name: str, plan: GatewayPlan, tags: dict[str, pulumi.Input[str]], child: pulumi.ResourceOptions
    ) -> None:
        protection = pulumi.ResourceOptions(protect=plan.protect, retain_on_delete=plan.protect)
        self.bucket = aws.s3.Bucket(
            f"{name}-access-logs",
            force_destroy=not plan.protect,
            tags=tags,
            opts=pulumi.ResourceOptions.merge(child, protection),
        )
        aws.s3.BucketOwnershipControls(
            f"{name}-access-logs-ownership",
            bucket=self.bucket.id,
            rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
            opts=child,
        )
        block = aws.s3.BucketPublicAccessBlock(
            f"{name}-access-logs-private",
            bucket=self.bucket.id,
            block_public_acls=True,
            block_public_policy=True,
            ignore_public_acls=True,
            restrict_public_buckets=True,
            opts=child,
        )
        _encryption(name, self.bucket, child)
        _expiry(name, self.bucket, plan.access_log_retention_days, child)
        # S3 refuses two changes of a bucket's policy at once, and blocking public access is one.
        after_block = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[block]))
        self.policy = aws.s3.BucketPolicy(
            f"{name}-access-logs-policy",
            bucket=self.bucket.id,
            policy=document(_delivery(self.bucket, plan), _tls_only(self.bucket)),
            opts=after_block,
        )


def _encryption(name: str, bucket: aws.s3.Bucket, child: pulumi.ResourceOptions) -> None:
    algorithm = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm="AES256"
    )
    rule = aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(apply_server_side_encryption_by_default=algorithm)
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-access-logs-encryption", bucket=bucket.id, rules=[rule], opts=child
    )


def _expiry(name: str, bucket: aws.s3.Bucket, days: int, child: pulumi.ResourceOptions) -> None:
    rule = aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="expire",
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=_ABORT_UPLOAD_DAYS
        ),
    )
    aws.s3.BucketLifecycleConfiguration(f"{name}-access-logs-expiry", bucket=bucket.id, rules=[rule], opts=child)


def _delivery(bucket: aws.s3.Bucket, plan: GatewayPlan) -> Statement:
    # Delivery writes below the id of the load balancer's account: the path keeps other accounts out. A condition on the
    # source is not part of AWS's own example, and a policy that does not match loses logs without a word.
    logs = bucket.arn.apply(f"{{}}/AWSLogs/{plan.account_id}/*".format)
    statement = allow("LogDelivery", ["s3:PutObject"], logs)
    return {**statement, "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}}


def _tls_only(bucket: aws.s3.Bucket) -> Statement:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket.arn, bucket.arn.apply("{}/*".format)],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
