"""Private buckets: what every bucket of the library has in common."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from mcp_ops.policies import Statement, document

ABORT_UPLOAD_DAYS = 7
"""Days after which the parts of an upload that never ended go."""


def lock_down(
    name: str,
    bucket: aws.s3.Bucket,
    child: pulumi.ResourceOptions,
    *,
    key_arn: pulumi.Input[str] | None = None,
    region: str | None = None,
) -> aws.s3.BucketPublicAccessBlock:
    """Registers ownership, encryption unless a writer names another, and the block of the public.

    Encryption is with S3's own keys, or with `key_arn`. `region` is the bucket's, unless it is the provider's.
    """
    aws.s3.BucketOwnershipControls(
        f"{name}-ownership",
        bucket=bucket.id,
        rule=aws.s3.BucketOwnershipControlsRuleArgs(object_ownership="BucketOwnerEnforced"),
        region=region,
        opts=child,
    )
    algorithm = aws.s3.BucketServerSideEncryptionConfigurationRuleApplyServerSideEncryptionByDefaultArgs(
        sse_algorithm="aws:kms" if key_arn else "AES256", kms_master_key_id=key_arn
    )
    rule = aws.s3.BucketServerSideEncryptionConfigurationRuleArgs(
        apply_server_side_encryption_by_default=algorithm,
        # A bucket key saves a request to KMS for each object.
        bucket_key_enabled=True if key_arn else None,
    )
    aws.s3.BucketServerSideEncryptionConfiguration(
        f"{name}-encryption", bucket=bucket.id, rules=[rule], region=region, opts=child
    )
    return aws.s3.BucketPublicAccessBlock(
        f"{name}-private",
        bucket=bucket.id,
        block_public_acls=True,
        block_public_policy=True,
        ignore_public_acls=True,
        restrict_public_buckets=True,
        region=region,
        opts=child,
    )


def expire(name: str, bucket: aws.s3.Bucket, days: int, child: pulumi.ResourceOptions, *, versioned: bool) -> None:
    """Registers that objects go after `days`; in a versioned bucket the version goes a day later."""
    last = aws.s3.BucketLifecycleConfigurationRuleNoncurrentVersionExpirationArgs(noncurrent_days=1)
    rule = aws.s3.BucketLifecycleConfigurationRuleArgs(
        id="expire",
        status="Enabled",
        filter=aws.s3.BucketLifecycleConfigurationRuleFilterArgs(prefix=""),
        expiration=aws.s3.BucketLifecycleConfigurationRuleExpirationArgs(days=days),
        noncurrent_version_expiration=last if versioned else None,
        abort_incomplete_multipart_upload=aws.s3.BucketLifecycleConfigurationRuleAbortIncompleteMultipartUploadArgs(
            days_after_initiation=ABORT_UPLOAD_DAYS
        ),
    )
    aws.s3.BucketLifecycleConfiguration(f"{name}-expiry", bucket=bucket.id, rules=[rule], opts=child)


def put_policy(
    name: str,
    bucket: aws.s3.Bucket,
    statements: Sequence[Statement],
    after: aws.s3.BucketPublicAccessBlock,
    child: pulumi.ResourceOptions,
    *,
    region: str | None = None,
) -> aws.s3.BucketPolicy:
    """Registers the bucket's policy: `statements`, and no request without TLS."""
    # S3 refuses two changes of a bucket's policy at once, and blocking public access is one.
    after_block = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[after]))
    policy = document(*statements, _tls_only(bucket))
    return aws.s3.BucketPolicy(f"{name}-policy", bucket=bucket.id, policy=policy, region=region, opts=after_block)


def _tls_only(bucket: aws.s3.Bucket) -> Statement:
    return {
        "Sid": "TlsOnly",
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": [bucket.arn, bucket.arn.apply("{}/*".format)],
        "Condition": {"Bool": {"aws:SecureTransport": "false"}},
    }
