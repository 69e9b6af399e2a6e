"""Autoscaling of a server: it follows CPU, memory and requests, whichever asks for most tasks."""

from collections.abc import Sequence
from typing import Any, NamedTuple

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


class Requests(NamedTuple):
    """Where the requests to a server are counted."""

    load_balancer: pulumi.Input[str]
    """ARN suffix of the load balancer."""
    target_groups: Sequence[pulumi.Input[str]]
    """ARN suffixes of one target group, or of two between which releases shift traffic."""


def register_autoscaling(
    name: str, size: Size, service: pulumi.Input[str], requests: Requests, child: pulumi.ResourceOptions
) -> None:
    """Registers the scalable target `service` (`service/<cluster>/<service>`) and its three policies."""
    target = aws.appautoscaling.Target(
        f"{name}-scaling",
        service_namespace=_NAMESPACE,
        scalable_dimension=_DIMENSION,
        resource_id=service,
        min_capacity=size.min_tasks,
        max_capacity=size.max_tasks,
        opts=child,
    )
    metrics = {
        "cpu": (CPU_PERCENT, _predefined("ECSServiceAverageCPUUtilization")),
        "memory": (MEMORY_PERCENT, _predefined("ECSServiceAverageMemoryUtilization")),
        "requests": (size.requests_per_target, _request_metric(requests)),
    }
    for key, (value, metric) in metrics.items():
        aws.appautoscaling.Policy(
            f"{name}-scaling-{key}",
            policy_type="TargetTrackingScaling",
            service_namespace=_NAMESPACE,
            scalable_dimension=_DIMENSION,
            resource_id=target.resource_id,
            target_tracking_scaling_policy_configuration={
                **metric,
                "target_value": value,
                "scale_out_cooldown": SCALE_OUT_SECONDS,
                "scale_in_cooldown": SCALE_IN_SECONDS,
            },
            opts=child,
        )


def _predefined(metric: str, label: pulumi.Input[str] | None = None) -> dict[str, Any]:
    specification = {"predefined_metric_type": metric, "resource_label": label}
    return {"predefined_metric_specification": specification}


def _request_metric(requests: Requests) -> dict[str, Any]:
    """Returns requests a minute and task.

    The predefined metric knows one target group; of two, the one without traffic counts as zero.
    """
    if len(requests.target_groups) == 1:
        label = pulumi.Output.concat(requests.load_balancer, "/", requests.target_groups[0])
        return _predefined("ALBRequestCountPerTarget", label)
    counts = [
        {"id": f"group{number}", "metric_stat": _count(requests.load_balancer, group), "return_data": False}
        for number, group in enumerate(requests.target_groups)
    ]
    total = {
        "id": "requests",
        "expression": " + ".join(f"FILL({count['id']}, 0)" for count in counts),
        "return_data": True,
    }
    return {"customized_metric_specification": {"metrics": [total, *counts]}}


def _count(load_balancer: pulumi.Input[str], group: pulumi.Input[str]) -> dict[str, Any]:
    dimensions = [{"name": "LoadBalancer", "value": load_balancer}, {"name": "TargetGroup", "value": group}]
    metric = {"namespace": "AWS/ApplicationELB", "metric_name": "RequestCountPerTarget", "dimensions": dimensions}
    return {"metric": metric, "stat": "Sum"}
