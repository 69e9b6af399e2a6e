"""An ECS cluster on Fargate. Not managed here: EC2 capacity, and ECS Exec, which needs a writable root file system."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from mcp_ops import naming
from mcp_ops.inputs import Inputs
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:Cluster"  # noqa: S105 - a resource type, not a password

CONTAINER_INSIGHTS = ("enhanced", "enabled", "disabled")
"""Levels of Container Insights (API reference of ClusterSetting)."""


class ClusterArgs(TypedDict):
    """Inputs of a Cluster."""

    container_insights: NotRequired[str]
    """`enhanced` (per task and container), `enabled` or `disabled`. Default `enhanced`. Charged per metric: a few USD a
    month and service."""
    namespace: NotRequired[bool]
    """Whether servers find each other by name, through ECS Service Connect. Default true."""
    log_retention_days: NotRequired[int]
    """Days that Container Insights' events are kept. Default 30."""
    log_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts these events. Default: AWS's own."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


@dataclass(frozen=True)
class ClusterPlan:
    """What a Cluster registers."""

    container_insights: str
    namespace: bool
    log_retention_days: int


def plan_cluster(name: str, args: ClusterArgs) -> ClusterPlan:
    """Decides on the cluster. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, ClusterArgs)
    naming.check_length(inputs.offences, "name", "cluster", name, autonamed=True)
    plan = ClusterPlan(
        inputs.choice("container_insights", CONTAINER_INSIGHTS[0], CONTAINER_INSIGHTS),
        inputs.flag("namespace", default=True),
        inputs.retention("log_retention_days", 30),
    )
    inputs.offences.refuse()
    return plan


class Cluster(pulumi.ComponentResource):
    """A Fargate cluster with Container Insights and a namespace in which its servers find each other."""

    cluster_arn: pulumi.Output[str]
    """ARN of the cluster."""
    cluster_name: pulumi.Output[str]
    """Name of the cluster."""
    namespace_arn: pulumi.Output[str | None]
    """ARN of the Service Connect namespace, if there is one."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_cluster(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = merge_tags({}, args.get("tags"))
        cluster = aws.ecs.Cluster(
            f"{name}-cluster",
            settings=[aws.ecs.ClusterSettingArgs(name="containerInsights", value=plan.container_insights)],
            tags=tags,
            opts=child,
        )
        aws.ecs.ClusterCapacityProviders(
            f"{name}-capacity", cluster_name=cluster.name, capacity_providers=["FARGATE", "FARGATE_SPOT"], opts=child
        )
        if plan.container_insights != "disabled":
            # ECS would create this group itself, without encryption, and leave it behind when the cluster goes.
            aws.cloudwatch.LogGroup(
                f"{name}-insights",
                name=cluster.name.apply("/aws/ecs/containerinsights/{}/performance".format),
                retention_in_days=plan.log_retention_days,
                kms_key_id=args.get("log_key_arn"),
                tags=tags,
                opts=child,
            )
        self.cluster_arn = cluster.arn
        self.cluster_name = cluster.name
        self.namespace_arn = _namespace(name, tags, child) if plan.namespace else pulumi.Output.from_input(None)
        self.register_outputs(
            {"cluster_arn": self.cluster_arn, "cluster_name": self.cluster_name, "namespace_arn": self.namespace_arn}
        )


def _namespace(
    name: str, tags: dict[str, pulumi.Input[str]], child: pulumi.ResourceOptions
) -> pulumi.Output[str | None]:
    namespace = aws.servicediscovery.HttpNamespace(
        f"{name}-namespace", description=f"Servers of {name}", tags=tags, opts=child
    )
    namespace_arn: pulumi.Output[str | None] = namespace.arn
    return namespace_arn
