"""What the rules in ../rules/components.yaml find, and what they let pass."""

# ruleid: no-future-annotations-in-components
from __future__ import annotations

from typing import Literal, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

bucket = aws.s3.Bucket("logs")

# ruleid: no-resource-in-apply
bucket.id.apply(lambda name: aws.s3.BucketVersioning("logs", bucket=name))

# ruleid: no-resource-in-apply
bucket.id.apply(lambda name: [Store(n, opts=pulumi.ResourceOptions()) for n in [name]])


# ruleid: no-resource-in-apply
def version(name):
    aws.s3.BucketVersioning("logs", bucket=name)


bucket.id.apply(version)

# ok: no-resource-in-apply
bucket.id.apply(lambda name: aws.s3.get_bucket(bucket=name))
# ok: no-resource-in-apply
bucket.id.apply(lambda name: aws.s3.BucketVersioningVersioningConfigurationArgs(status=name))
# ok: no-resource-in-apply
bucket.arn.apply(lambda arn: f"{arn}/*")
# ok: no-resource-in-apply
aws.s3.BucketVersioning("logs", bucket=bucket.id.apply(str))


class StoreArgs(TypedDict):
    # ruleid: args-types-for-every-language
    days: NotRequired[pulumi.Input[int]]
    # ruleid: args-types-for-every-language
    kind: Literal["a", "b"]
    # ruleid: args-types-for-every-language
    pair: tuple[str, str]
    # ok: args-types-for-every-language
    key_arn: NotRequired[pulumi.Input[str]]
    # ok: args-types-for-every-language
    zones: list[str]
    # ok: args-types-for-every-language
    count: int


class Plan(TypedDict):
    # ok: args-types-for-every-language
    pair: tuple[str, str]


class Store(pulumi.ComponentResource):
    def __init__(self, name: str, args: StoreArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        # ok: component-options-to-super-only
        super().__init__("mcp-ops:index:Store", name, {}, opts=opts)
        # ruleid: component-options-to-super-only
        self.first = aws.s3.Bucket(f"{name}-first", opts=opts)
        # ruleid: no-merge-of-callers-options
        merged = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(parent=self))
        # ok: component-options-to-super-only
        self.second = aws.s3.Bucket(f"{name}-second", opts=merged)
        child = pulumi.ResourceOptions(parent=self)
        # ok: no-merge-of-callers-options
        pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[self.first]))
        # ruleid: no-provider-in-component
        self.provider = aws.Provider("here", region="eu-west-1", opts=child)


# ok: no-provider-in-component
provider = aws.Provider("main", region="eu-west-1")

# ruleid: no-inline-security-group-rules
aws.ec2.SecurityGroup("web", vpc_id="vpc-1", ingress=[])
# ruleid: no-inline-security-group-rules
aws.ec2.SecurityGroup("web", egress=[], vpc_id="vpc-1")
# ruleid: no-inline-security-group-rules
aws.ec2.SecurityGroupRule("web", type="ingress", from_port=1, to_port=1, protocol="tcp", security_group_id="sg-1")
# ok: no-inline-security-group-rules
aws.ec2.SecurityGroup("web", vpc_id="vpc-1")
# ok: no-inline-security-group-rules
aws.vpc.SecurityGroupIngressRule("web", security_group_id="sg-1", ip_protocol="tcp")


def zones(settings):
    # ruleid: no-branch-on-environment-name
    if settings.environment == "prod":
        return 3
    # ok: no-branch-on-environment-name
    return settings.network.zones if settings.name != "production-line" else 2
