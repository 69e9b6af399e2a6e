"""Measures of delivery and of incidents: how often, how fast, how many fail, how soon it is noticed and repaired.

Deployments per day, lead time, change failure rate and recovery time are the four keys of DORA. Rework is counted in
the repository (room delivery).
"""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi

from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE, arn
from mcp_ops.functions import Function, on_event
from mcp_ops.inputs import Inputs
from mcp_ops.monitoring.room_functions import room_function_args
from mcp_ops.monitoring.server_monitoring import ENVIRONMENT, ENVIRONMENT_RULE
from mcp_ops.policies import Statement, allow

TOKEN = "mcp-ops:index:DeliveryMetrics"  # noqa: S105 - a resource type, not a password


class DeliveryMetricsArgs(TypedDict):
    """Inputs of DeliveryMetrics."""

    environment: str
    """Environment: dimension of the metrics."""
    account_id: str
    """Account of the environment, 12 digits."""
    region: str
    """Region of the environment."""
    cluster_name: pulumi.Input[str]
    """Cluster whose deployments are measured; its services carry the tag `mcp-server`, their task definitions
    `commit-time` where the lead time is wanted."""
    alarm_prefix: str
    """First part of the names of the alarms whose incidents are measured."""
    key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts variables and dead letters. Default: AWS's own."""
    log_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the logs. Default: AWS's own."""
    log_retention_days: NotRequired[int]
    """Days that the logs are kept. Default 30. Metrics are kept for 15 months whatever this says."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Boundary of the role."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


class DeliveryMetrics(pulumi.ComponentResource):
    """A function that turns deployments of ECS and changes of alarms into metrics. About 2 USD a month and server."""

    function_name: pulumi.Output[str]
    """Name of the function."""

    def __init__(self, name: str, args: DeliveryMetricsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        _check(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        environment = args["environment"]
        function_args = room_function_args(
            args,
            package="observe",
            handler="observe.events.handle",
            description=f"Measures deployments and incidents of {environment}",
            statements=_statements(args),
            variables={"ENVIRONMENT": environment, "CLUSTER": args["cluster_name"]},
            timeout_seconds=30,
        )
        function = Function(f"{name}-delivery", function_args, child)
        deployments = {"source": ["aws.ecs"], "detail-type": ["ECS Deployment State Change"]}
        on_event(f"{name}-deployments", function, deployments, f"Deployments of {environment}", child)
        alarms = {
            "source": ["aws.cloudwatch"],
            "detail-type": ["CloudWatch Alarm State Change"],
            "detail": {"alarmName": [{"prefix": args["alarm_prefix"]}]},
        }
        on_event(f"{name}-incidents", function, alarms, f"Incidents of {environment}", child)
        self.functions = {"delivery": function}
        self.function_name = function.function_name
        self.register_outputs({"function_name": self.function_name})


def _check(name: str, args: DeliveryMetricsArgs) -> None:
    inputs = Inputs(name, args, DeliveryMetricsArgs)
    inputs.text("environment", ENVIRONMENT, ENVIRONMENT_RULE)
    inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE)
    inputs.text("region", REGION, REGION_RULE)
    rule = "is empty; alarms of other environments would be measured"
    inputs.offences.check(args.get("alarm_prefix"), "alarm_prefix", args.get("alarm_prefix"), rule)
    inputs.offences.refuse()


def _statements(args: DeliveryMetricsArgs) -> list[Statement]:
    services = pulumi.Output.concat(arn("ecs", args["region"], args["account_id"], "service/"), args["cluster_name"])
    return [
        allow("Deployments", ["ecs:DescribeServices"], pulumi.Output.concat(services, "/*")),
        # Describing a task definition knows no resource.
        allow("CommitTime", ["ecs:DescribeTaskDefinition"], "*"),
    ]
