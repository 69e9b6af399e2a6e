"""One MCP server: any container image that keeps the server contract, behind a gateway.

Not managed here: the web application firewall (WebAcl), alarms for people, and the rotation of the secrets that it
names.
"""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from mcp_ops.hosting.autoscaling import Requests, register_autoscaling
from mcp_ops.hosting.client_configuration import client_configuration
from mcp_ops.hosting.mcp_server_args import McpServerArgs
from mcp_ops.hosting.mcp_server_plan import McpServerPlan, plan_mcp_server
from mcp_ops.hosting.release_alarms import ALTERNATE, plan_release_alarms, register_release_alarms
from mcp_ops.hosting.service import register_service
from mcp_ops.hosting.shifting import Shifting
from mcp_ops.hosting.sign_in import Issuer, resolved_issuer, sign_in_variables
from mcp_ops.hosting.task_definition import container_definitions
from mcp_ops.hosting.task_roles import TaskRoles
from mcp_ops.hosting.traffic import Traffic
from mcp_ops.hosting.volumes import task_volumes
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:McpServer"  # noqa: S105 - a resource type, not a password


class McpServer(pulumi.ComponentResource):
    """An MCP server on Fargate: hardened, spread over zones, scaled to its load, replaced without a lost call."""

    url: pulumi.Output[str]
    """Canonical URL: public address and token audience."""
    host: pulumi.Output[str]
    """Host name."""
    service_name: pulumi.Output[str]
    """Name of the ECS service."""
    service_arn: pulumi.Output[str]
    """ARN of the ECS service."""
    task_definition_arn: pulumi.Output[str]
    """ARN of the task definition's revision."""
    task_role_arn: pulumi.Output[str]
    """ARN of the role that the server itself has."""
    execution_role_arn: pulumi.Output[str]
    """ARN of the role with which ECS starts its tasks."""
    security_group_id: pulumi.Output[str]
    """The tasks' own security group; add a rule to let the server reach more than HTTPS."""
    log_group_name: pulumi.Output[str]
    """Log group of the server."""
    target_group_arn: pulumi.Output[str]
    """ARN of the target group; of the first one where traffic shifts."""
    target_group_arn_suffix: pulumi.Output[str]
    """Part of its ARN that CloudWatch's metrics carry."""
    alternate_target_group_arn_suffix: pulumi.Output[str | None]
    """The same of the second one, where traffic shifts."""
    client_configuration: pulumi.Output[str]
    """JSON: what to paste into `claude-code`, `claude-desktop`, `cursor` and `vscode`."""

    def __init__(self, name: str, args: McpServerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_mcp_server(name, args)
        super().__init__(TOKEN, name, {}, opts)
        if plan.legacy_sessions:
            pulumi.log.warn("legacy_sessions: a session is lost when its task is replaced", self)
        child = pulumi.ResourceOptions(parent=self)
        tags = merge_tags({"mcp-server": name}, args.get("tags"))
        logs = _log_group(name, args, plan, tags, child)
        roles = TaskRoles(name, args, plan, logs, tags, child)
        issuer = resolved_issuer(name, args["sign_in"], plan.sign_in) if plan.sign_in else None
        traffic = Traffic(name, args, plan, tags, child, issuer)
        variables = {**(args.get("variables") or {}), **_sign_in_variables(plan, issuer)}
        definition = _task_definition(name, args, plan, roles, logs, variables, child)
        shifting = Shifting(name, args, plan, traffic, child)
        alarms = [*_release_alarms(name, args, plan, traffic), *(args.get("rollback_alarm_names") or [])]
        needs = [*traffic.needs, *roles.policies, *shifting.needs]
        # Autoscaling owns the number of tasks after the first deployment.
        started = pulumi.ResourceOptions(depends_on=needs, ignore_changes=["desiredCount"])
        options = pulumi.ResourceOptions.merge(child, started)
        service = register_service(name, args, plan, definition, traffic, shifting, alarms, options)
        service_id = pulumi.Output.concat("service/", args["cluster_name"], "/", service.name)
        groups = [group.arn_suffix for group in (traffic.targets, traffic.alternate) if group]
        register_autoscaling(name, plan.size, service_id, Requests(args["load_balancer_arn_suffix"], groups), child)
        self.url = pulumi.Output.from_input(plan.address.url)
        self.host = pulumi.Output.from_input(plan.address.host)
        self.service_name = service.name
        self.service_arn = service.arn
        self.task_definition_arn = definition.arn
        self.task_role_arn = roles.task.arn
        self.execution_role_arn = roles.execution.arn
        self.security_group_id = traffic.group.id
        self.log_group_name = logs.name
        self.target_group_arn = traffic.targets.arn
        self.target_group_arn_suffix = traffic.targets.arn_suffix
        alternate = traffic.alternate
        self.alternate_target_group_arn_suffix = alternate.arn_suffix if alternate else pulumi.Output.from_input(None)
        self.client_configuration = pulumi.Output.from_input(client_configuration(name, plan.address.url))
        self.register_outputs({key: getattr(self, key) for key in McpServer.__annotations__})


def _log_group(
    name: str,
    args: McpServerArgs,
    plan: McpServerPlan,
    tags: dict[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> aws.cloudwatch.LogGroup:
    return aws.cloudwatch.LogGroup(
        f"{name}-logs",
        name=plan.log_group,
        retention_in_days=plan.log_retention_days,
        kms_key_id=args.get("log_key_arn"),
        tags=tags,
        opts=child,
    )


def _release_alarms(name: str, args: McpServerArgs, plan: McpServerPlan, traffic: Traffic) -> list[pulumi.Output[str]]:
    """Registers the release alarms of each target group and returns their names."""
    alarms: list[aws.cloudwatch.MetricAlarm] = []
    for group, role in ((traffic.targets, ""), (traffic.alternate, ALTERNATE)):
        if group:
            dimensions = {"LoadBalancer": args["load_balancer_arn_suffix"], "TargetGroup": group.arn_suffix}
            planned = plan_release_alarms(plan.family, plan.release, role)
            alarms += register_release_alarms(name, planned, dimensions, traffic.tags, traffic.child)
    return [alarm.name for alarm in alarms]


def _sign_in_variables(plan: McpServerPlan, issuer: Issuer | None) -> dict[str, pulumi.Input[str]]:
    return sign_in_variables(issuer, plan.sign_in) if plan.sign_in and issuer else {}


def _task_definition(  # noqa: PLR0913, PLR0917 - everything that a revision is made of
    name: str,
    args: McpServerArgs,
    plan: McpServerPlan,
    roles: TaskRoles,
    logs: aws.cloudwatch.LogGroup,
    variables: Mapping[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> aws.ecs.TaskDefinition:
    size = plan.size
    return aws.ecs.TaskDefinition(
        f"{name}-task",
        family=plan.family,
        requires_compatibilities=["FARGATE"],
        network_mode="awsvpc",
        cpu=str(size.cpu),
        memory=str(size.memory),
        runtime_platform=aws.ecs.TaskDefinitionRuntimePlatformArgs(
            cpu_architecture=size.cpu_architecture, operating_system_family="LINUX"
        ),
        execution_role_arn=roles.execution.arn,
        task_role_arn=roles.task.arn,
        container_definitions=container_definitions(
            name, plan, args["image"], variables, args.get("secrets") or {}, logs.name
        ),
        volumes=task_volumes(args.get("volumes") or {}) or None,
        # A replaced revision stays registered, at no cost: a roll-back needs it, and ECS takes no inactive one.
        skip_destroy=True,
        tags=roles.tags,
        opts=child,
    )
