"""A website from a folder: a private bucket behind CloudFront, with a certificate and a DNS name."""

import json
import mimetypes
from pathlib import Path

import pulumi
import pulumi_aws as aws

config = pulumi.Config()
domain = config.require("domain")
zone_id = config.require("zoneId")
site = Path(__file__).parent / "site"

# CloudFront takes certificates from us-east-1 only, wherever the bucket is.
east = aws.Provider("us-east-1", region="us-east-1", default_tags={"tags": {"project": "static-site"}})

content = aws.s3.Bucket("content")
aws.s3.BucketPublicAccessBlock(
    "content",
    bucket=content.id,
    block_public_acls=True,
    block_public_policy=True,
    ignore_public_acls=True,
    restrict_public_buckets=True,
)
for file in sorted(path for path in site.rglob("*") if path.is_file()):
    key = file.relative_to(site).as_posix()
    aws.s3.BucketObjectv2(
        f"content/{key}",
        bucket=content.id,
        key=key,
        source=pulumi.FileAsset(str(file)),
        content_type=mimetypes.guess_type(file.name)[0] or "application/octet-stream",
    )

certificate = aws.acm.Certificate(
    "certificate",
    domain_name=domain,
    validation_method="DNS",
    opts=pulumi.ResourceOptions(provider=east),
)
proof = certificate.domain_validation_options[0]
record = aws.route53.Record(
    "certificate-proof",
    zone_id=zone_id,
    name=proof.resource_record_name,
    type=proof.resource_record_type,
    records=[proof.resource_record_value],
    ttl=300,
)
validated = aws.acm.CertificateValidation(
    "certificate",
    certificate_arn=certificate.arn,
    validation_record_fqdns=[record.fqdn],
    opts=pulumi.ResourceOptions(provider=east),
)

access = aws.cloudfront.OriginAccessControl(
    "content",
    origin_access_control_origin_type="s3",
    signing_behavior="always",
    signing_protocol="sigv4",
)
caching = aws.cloudfront.get_cache_policy(name="Managed-CachingOptimized")
headers = aws.cloudfront.get_response_headers_policy(name="Managed-SecurityHeadersPolicy")
distribution = aws.cloudfront.Distribution(
    "site",
    enabled=True,
    is_ipv6_enabled=True,
    comment=f"{domain} ({pulumi.get_stack()})",
    aliases=[domain],
    default_root_object="index.html",
    price_class="PriceClass_100",
    origins=[
        aws.cloudfront.DistributionOriginArgs(
            origin_id="content",
            domain_name=content.bucket_regional_domain_name,
            origin_access_control_id=access.id,
        )
    ],
    default_cache_behavior=aws.cloudfront.DistributionDefaultCacheBehaviorArgs(
        target_origin_id="content",
        viewer_protocol_policy="redirect-to-https",
        allowed_methods=["GET", "HEAD"],
        cached_methods=["GET", "HEAD"],
        cache_policy_id=caching.id,
        response_headers_policy_id=headers.id,
        compress=True,
    ),
    custom_error_responses=[{"error_code": 403, "response_code": 404, "response_page_path": "/404.html"}],
    restrictions={"geo_restriction": {"restriction_type": "none"}},
    viewer_certificate={
        "acm_certificate_arn": validated.certificate_arn,
        "ssl_support_method": "sni-only",
        "minimum_protocol_version": "TLSv1.2_2021",
    },
)

aws.s3.BucketPolicy(
    "content",
    bucket=content.id,
    policy=pulumi.Output.all(content.arn, distribution.arn).apply(
        lambda arns: json.dumps(
            {
                "Version": "2012-10-17",
                "Statement": [
                    {
                        "Effect": "Allow",
                        "Principal": {"Service": "cloudfront.amazonaws.com"},
                        "Action": "s3:GetObject",
                        "Resource": f"{arns[0]}/*",
                        "Condition": {"StringEquals": {"AWS:SourceArn": arns[1]}},
                    }
                ],
            }
        )
    ),
)
for kind in ("A", "AAAA"):
    aws.route53.Record(
        f"site-{kind.lower()}",
        zone_id=zone_id,
        name=domain,
        type=kind,
        aliases=[
            {
                "name": distribution.domain_name,
                "zone_id": distribution.hosted_zone_id,
                "evaluate_target_health": False,
            }
        ],
    )

pulumi.export("url", f"https://{domain}")
pulumi.export("bucket", content.id)
pulumi.export("distribution", distribution.domain_name)
