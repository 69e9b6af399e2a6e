"""The bucket that a load balancer writes its access logs to.

It is encrypted with S3's own keys, because log delivery supports nothing else (Elastic Load Balancing user guide).
"""

import pulumi
import pulumi_aws as aws

from mcp_ops import buckets
from mcp_ops.hosting.gateway_plan import GatewayPlan
from mcp_ops.policies import Statement, allow


class AccessLogs:
    """A locked-down bucket that only the load balancers of one account can write to."""

    def __init__(
        self, name: str, plan: GatewayPlan, tags: dict[str, pulumi.Input[str]], child: pulumi.ResourceOptions
    ) -> None:
        protection = pulumi.ResourceOptions(protect=plan.protect, retain_on_delete=plan.protect)
        own = f"{name}-access-logs"
        self.bucket = aws.s3.Bucket(
            own,
            force_destroy=not plan.protect,
            tags=tags,
            opts=pulumi.ResourceOptions.merge(child, protection),
        )
        block = buckets.lock_down(own, self.bucket, child)
        buckets.expire(own, self.bucket, plan.access_log_retention_days, child, versioned=False)
        self.policy = buckets.put_policy(own, self.bucket, [_delivery(self.bucket, plan)], block, child)


def _delivery(bucket: aws.s3.Bucket, plan: GatewayPlan) -> Statement:
    # Delivery writes below the id of the load balancer's account: the path keeps other accounts out. A condition on the
    # source is not part of AWS's own example, and a policy that does not match loses logs without a word.
    logs = bucket.arn.apply(f"{{}}/AWSLogs/{plan.account_id}/*".format)
    statement = allow("LogDelivery", ["s3:PutObject"], logs)
    return {**statement, "Principal": {"Service": "logdelivery.elasticloadbalancing.amazonaws.com"}}
