"""Autoscaling of a server: it follows CPU, memory and requests, whichever asks for most tasks."""

import pulumi
import pulumi_aws as aws

from mcp_ops.hosting.mcp_server_plan import Size

CPU_PERCENT = 60
MEMORY_PERCENT = 70
"""Averages that autoscaling keeps."""

SCALE_OUT_SECONDS = 60
SCALE_IN_SECONDS = 300
"""Pause after a step: short upwards, long downwards, so that a burst does not end in waves."""

_NAMESPACE, _DIMENSION = "ecs", "ecs:service:DesiredCount"


def register_autoscaling(
    name: str, size: Size, service: pulumi.Input[str], request_label: pulumi.Input[str], child: pulumi.ResourceOptions
) -> None:
    """Registers the scalable target `service` (`service/<cluster>/<service>`) and its three policies.

    `request_label` is `<load balancer ARN suffix>/<target group ARN suffix>`.
    """
    target = aws.appautoscaling.Target(
        f"{name}-scaling",
        service_namespace=_NAMESPACE,
        scalable_dimension=_DIMENSION,
        resource_id=service,
        min_capacity=size.min_tasks,
        max_capacity=size.max_tasks,
        opts=child,
    )
    metrics: dict[str, tuple[str, float, pulumi.Input[str] | None]] = {
        "cpu": ("ECSServiceAverageCPUUtilization", CPU_PERCENT, None),
        "memory": ("ECSServiceAverageMemoryUtilization", MEMORY_PERCENT, None),
        "requests": ("ALBRequestCountPerTarget", size.requests_per_target, request_label),
    }
    for key, (metric, value, label) in metrics.items():
        aws.appautoscaling.Policy(
            f"{name}-scaling-{key}",
            policy_type="TargetTrackingScaling",
            service_namespace=_NAMESPACE,
            scalable_dimension=_DIMENSION,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration=_tracking(metric, value, label),
            opts=child,
        )


def _tracking(
    metric: str, value: float, label: pulumi.Input[str] | None
) -> aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs:
    predefined = aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs(
        predefined_metric_type=metric, resource_label=label
    )
    return aws.appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs(
        predefined_metric_specification=predefined,
        target_value=value,
        scale_out_cooldown=SCALE_OUT_SECONDS,
        scale_in_cooldown=SCALE_IN_SECONDS,
    )
