"""The ECS service of a server, and how its tasks are replaced."""

from collections.abc import Sequence

import pulumi
import pulumi_aws as aws

from mcp_ops.hosting.mcp_server_args import McpServerArgs
from mcp_ops.hosting.mcp_server_plan import McpServerPlan
from mcp_ops.hosting.shifting import Shifting
from mcp_ops.hosting.task_definition import PORT_NAME, log_configuration
from mcp_ops.hosting.traffic import Traffic

_PROXY_IDLE_SECONDS = 300


def register_service(  # noqa: PLR0913, PLR0917 - everything that a service is made of
    name: str,
    args: McpServerArgs,
    plan: McpServerPlan,
    definition: aws.ecs.TaskDefinition,
    traffic: Traffic,
    shifting: Shifting,
    alarm_names: Sequence[pulumi.Input[str]],
    options: pulumi.ResourceOptions,
) -> aws.ecs.Service:
    """Registers the service: new tasks start beside the old ones, and a deployment that fails is rolled back."""
    limit = f"{plan.release.budget_minutes}m"
    options = pulumi.ResourceOptions.merge(
        options, pulumi.ResourceOptions(custom_timeouts=pulumi.CustomTimeouts(create=limit, update=limit))
    )
    return aws.ecs.Service(
        f"{name}-service",
        cluster=args["cluster_arn"],
        task_definition=definition.arn,
        launch_type="FARGATE",
        desired_count=plan.size.min_tasks,
        deployment_minimum_healthy_percent=100,
        deployment_maximum_percent=200,
        deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
        deployment_configuration=shifting.deployment_configuration(),
        alarms=_rollback_alarms(alarm_names),
        availability_zone_rebalancing="ENABLED",
        health_check_grace_period_seconds=plan.health_check_grace_seconds,
        load_balancers=[
            aws.ecs.ServiceLoadBalancerArgs(
                target_group_arn=traffic.targets.arn,
                container_name=name,
                container_port=plan.port,
                advanced_configuration=shifting.advanced_configuration(),
            )
        ],
        network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
            subnets=args["subnet_ids"],
            security_groups=_groups(args, traffic),
            assign_public_ip=False,
        ),
        service_connect_configuration=_service_connect(name, args, plan),
        enable_execute_command=False,
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        wait_for_steady_state=True,
        tags=traffic.tags,
        opts=options,
    )


def _groups(args: McpServerArgs, traffic: Traffic) -> list[pulumi.Input[str]]:
    targets = args.get("targets_security_group_id")
    return [traffic.group.id] if targets is None else [traffic.group.id, targets]


def _rollback_alarms(names: Sequence[pulumi.Input[str]]) -> aws.ecs.ServiceAlarmsArgs | None:
    return aws.ecs.ServiceAlarmsArgs(alarm_names=list(names), enable=True, rollback=True) if names else None


def _service_connect(
    name: str, args: McpServerArgs, plan: McpServerPlan
) -> aws.ecs.ServiceServiceConnectConfigurationArgs | None:
    namespace = args.get("namespace_arn")
    if namespace is None:
        return None
    proxy_log = log_configuration(plan.log_group, plan.region, "service-connect")
    return aws.ecs.ServiceServiceConnectConfigurationArgs(
        enabled=True,
        namespace=namespace,
        log_configuration=aws.ecs.ServiceServiceConnectConfigurationLogConfigurationArgs(
            log_driver=proxy_log["logDriver"], options=proxy_log["options"]
        ),
        services=[
            aws.ecs.ServiceServiceConnectConfigurationServiceArgs(
                port_name=PORT_NAME,
                discovery_name=name,
                client_alias=[
                    aws.ecs.ServiceServiceConnectConfigurationServiceClientAliasArgs(port=plan.port, dns_name=name)
                ],
                # The proxy's own limit of 15 s a request would cut tool calls; 0 lifts it.
                timeout=aws.ecs.ServiceServiceConnectConfigurationServiceTimeoutArgs(
                    idle_timeout_seconds=_PROXY_IDLE_SECONDS, per_request_timeout_seconds=0
                ),
            )
        ],
    )
