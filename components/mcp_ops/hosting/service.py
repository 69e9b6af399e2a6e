"""The ECS service of a server, and how its tasks are replaced."""

import pulumi
import pulumi_aws as aws

from mcp_ops.hosting.mcp_server_args import McpServerArgs
from mcp_ops.hosting.mcp_server_plan import McpServerPlan
from mcp_ops.hosting.task_definition import PORT_NAME, log_configuration
from mcp_ops.hosting.traffic import Traffic

_PROXY_IDLE_SECONDS = 300


def register_service(
    name: str,
    args: McpServerArgs,
    plan: McpServerPlan,
    definition: aws.ecs.TaskDefinition,
    traffic: Traffic,
    options: pulumi.ResourceOptions,
) -> aws.ecs.Service:
    """Registers the service: new tasks start beside the old ones, and a deployment that fails is rolled back."""
    return aws.ecs.Service(
        f"{name}-service",
        cluster=args["cluster_arn"],
        task_definition=definition.arn,
        launch_type="FARGATE",
        desired_count=plan.size.min_tasks,
        deployment_minimum_healthy_percent=100,
        deployment_maximum_percent=200,
        deployment_circuit_breaker=aws.ecs.ServiceDeploymentCircuitBreakerArgs(enable=True, rollback=True),
        alarms=_rollback_alarms(args),
        availability_zone_rebalancing="ENABLED",
        health_check_grace_period_seconds=plan.health_check_grace_seconds,
        load_balancers=[
            aws.ecs.ServiceLoadBalancerArgs(
                target_group_arn=traffic.targets.arn, container_name=name, container_port=plan.port
            )
        ],
        network_configuration=aws.ecs.ServiceNetworkConfigurationArgs(
            subnets=args["subnet_ids"], security_groups=[traffic.group.id], assign_public_ip=False
        ),
        service_connect_configuration=_service_connect(name, args, plan),
        enable_execute_command=False,
        enable_ecs_managed_tags=True,
        propagate_tags="SERVICE",
        wait_for_steady_state=True,
        tags=traffic.tags,
        opts=options,
    )


def _rollback_alarms(args: McpServerArgs) -> aws.ecs.ServiceAlarmsArgs | None:
    names = args.get("rollback_alarm_names")
    return aws.ecs.ServiceAlarmsArgs(alarm_names=names, enable=True, rollback=True) if names else None


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
