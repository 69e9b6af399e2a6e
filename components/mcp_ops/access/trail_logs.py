"""Where the trail is watched: its log group, and an alarm per kind of security event."""

import pulumi
import pulumi_aws as aws

from mcp_ops.access.audit_plan import AuditTrailPlan
from mcp_ops.access.security_events import EVENTS
from mcp_ops.policies import allow, document, service_trust

NAMESPACE = "mcp-ops/audit"
"""Namespace of the metrics."""

_FIVE_MINUTES = 300
_HOUR = 3600


class TrailLogs:
    """Registers the log group and the role with which CloudTrail writes to it."""

    def __init__(
        self,
        name: str,
        plan: AuditTrailPlan,
        key_arn: pulumi.Input[str],
        boundary_arn: pulumi.Input[str] | None,
        tags: dict[str, pulumi.Input[str]],
        child: pulumi.ResourceOptions,
    ) -> None:
        self.group = aws.cloudwatch.LogGroup(
            f"{name}-audit",
            name=plan.log_group,
            retention_in_days=plan.log_retention_days,
            kms_key_id=key_arn,
            tags=tags,
            opts=child,
        )
        self.role = aws.iam.Role(
            f"{name}-trail-logs",
            description=f"Delivers the trail {plan.trail_name} to CloudWatch Logs",
            assume_role_policy=service_trust("cloudtrail.amazonaws.com", plan.account_id, plan.trail_arn),
            permissions_boundary=boundary_arn,
            tags=tags,
            opts=child,
        )
        streams = f"{plan.log_group_arn}:log-stream:{plan.account_id}_CloudTrail_{plan.region}*"
        self.policy = aws.iam.RolePolicy(
            f"{name}-trail-logs-policy",
            role=self.role.name,
            policy=document(allow("Deliver", ["logs:CreateLogStream", "logs:PutLogEvents"], streams)),
            opts=child,
        )


def register_alarms(
    name: str,
    group: aws.cloudwatch.LogGroup,
    topic_arn: pulumi.Input[str],
    tags: dict[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> dict[str, pulumi.Output[str]]:
    """Registers a metric and an alarm per security event, and an alarm for a trail that falls silent.

    Returns the ARNs of the alarms by key.
    """
    made = {}
    for key, event in EVENTS.items():
        aws.cloudwatch.LogMetricFilter(
            f"{name}-audit-{key}",
            log_group_name=group.name,
            pattern=event.pattern,
            # The log group's name keeps two trails in one account apart.
            metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
                name=f"{name}-{key}", namespace=NAMESPACE, value="1", default_value="0", unit="Count"
            ),
            opts=child,
        )
        made[key] = aws.cloudwatch.MetricAlarm(
            f"{name}-audit-{key}",
            name=f"{name}-audit-{key}",
            alarm_description=f"{event.meaning}. What to do: docs/access.md#{key}",
            namespace=NAMESPACE,
            metric_name=f"{name}-{key}",
            statistic="Sum",
            comparison_operator="GreaterThanOrEqualToThreshold",
            threshold=event.threshold,
            period=_FIVE_MINUTES,
            evaluation_periods=1,
            treat_missing_data="notBreaching",
            alarm_actions=[topic_arn],
            tags=tags,
            opts=child,
        )
    made["silent"] = aws.cloudwatch.MetricAlarm(
        f"{name}-audit-silent",
        name=f"{name}-audit-silent",
        alarm_description="The trail has delivered nothing for two hours. What to do: docs/access.md#silent",
        namespace="AWS/Logs",
        metric_name="IncomingLogEvents",
        dimensions={"LogGroupName": group.name},
        statistic="Sum",
        comparison_operator="LessThanThreshold",
        threshold=1,
        period=_HOUR,
        evaluation_periods=2,
        treat_missing_data="breaching",
        alarm_actions=[topic_arn],
        tags=tags,
        opts=child,
    )
    return {key: alarm.arn for key, alarm in made.items()}
