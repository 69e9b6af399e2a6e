"""The alarms of one MCP server, and the metric filter that one of them reads.

Not managed here: the alarms that roll a deployment back (McpServer), the probe (Probe), dashboards (Dashboard).
"""

import re
from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from mcp_ops import naming
from mcp_ops.inputs import Inputs
from mcp_ops.monitoring.alarms import SEVERITIES, AlarmSet, Texts, check_alarms
from mcp_ops.monitoring.metric_alarms import MetricAlarmArgs, planned_metric_alarms
from mcp_ops.monitoring.objectives import ObjectivesArgs, ThresholdsArgs, read_objectives, read_thresholds
from mcp_ops.monitoring.register import acting_alarms, register_alarms
from mcp_ops.monitoring.server_alarms import server_alarms
from mcp_ops.monitoring.server_metrics import LOG_NAMESPACE, ServerMetrics
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:ServerMonitoring"  # noqa: S105 - a resource type, not a password

ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
ENVIRONMENT_RULE = "is no name of an environment; use letters, digits, - and _, at most 32"
PROVIDER = re.compile(r"[a-z][a-z0-9-]{0,31}")

ERROR_LINES = '{ $.level = "error" }'
"""Filter pattern: log lines of the server contract that tell of an error."""


class ServerMonitoringArgs(TypedDict):
    """Inputs of a ServerMonitoring."""

    environment: str
    """Environment of the server: dimension `Environment` of its metrics."""
    server: str
    """Name of the server: dimension `Server` of its metrics."""
    cluster_name: pulumi.Input[str]
    """Cluster of the service; with Container Insights, whose metrics count tasks."""
    service_name: pulumi.Input[str]
    """ECS service."""
    load_balancer_arn_suffix: pulumi.Input[str]
    """Part of the load balancer's ARN that CloudWatch's metrics carry."""
    target_group_arn_suffix: pulumi.Input[str]
    """Part of the target group's ARN that CloudWatch's metrics carry."""
    log_group_name: pulumi.Input[str]
    """Log group of the server."""
    topic_arns: Mapping[str, pulumi.Input[str]]
    """Topic by severity: `critical` and `warning`."""
    objectives: NotRequired[ObjectivesArgs]
    """What the server promises. Their alarms cost about 7.20 USD a month."""
    thresholds: NotRequired[ThresholdsArgs]
    """From which values on somebody is told. Their alarms cost about 3 USD a month."""
    probed: NotRequired[bool]
    """Whether a Probe calls the server every minute. Default true."""
    ai_providers: NotRequired[list[str]]
    """AI providers whose rate limits the server reports, such as `anthropic`. Default none. 0.30 USD a month each."""
    metric_alarms: NotRequired[Mapping[str, MetricAlarmArgs]]
    """Further alarms on metrics of the server's own events, such as its business metrics, by key. Default none."""
    dashboard: NotRequired[str]
    """Name of the dashboard, for messages. Default none."""
    runbook_url: NotRequired[str]
    """Folder of the runbooks, for messages. Default `docs/runbooks`."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


def plan_server_monitoring(name: str, args: ServerMonitoringArgs) -> AlarmSet:
    """Decides on the alarms. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, ServerMonitoringArgs)
    metrics = ServerMetrics(
        inputs.text("environment", ENVIRONMENT, ENVIRONMENT_RULE),
        inputs.text("server", naming.SERVER_NAME, "is no server name; use a-z, 0-9 and -, at most 20"),
        args.get("cluster_name", ""),
        args.get("service_name", ""),
        args.get("load_balancer_arn_suffix", ""),
        args.get("target_group_arn_suffix", ""),
    )
    read_topics(inputs)
    objectives = read_objectives(inputs.group("objectives", ObjectivesArgs))
    thresholds = read_thresholds(inputs.group("thresholds", ThresholdsArgs))
    providers = inputs.entries("ai_providers", PROVIDER, "is no provider; write it like anthropic")
    probed = inputs.flag("probed", default=True)
    planned = server_alarms(metrics, objectives, thresholds, providers, probed=probed)
    more = planned_metric_alarms(inputs, metrics)
    alarms = AlarmSet(metrics.server, [*planned.alarms, *more], planned.composites)
    check_alarms(inputs.offences, name, alarms, read_texts(inputs, metrics.environment))
    inputs.offences.refuse()
    return alarms


def read_topics(inputs: Inputs) -> None:
    """Checks that there is a topic for every severity: no alarm without an action."""
    topics = inputs.mapping("topic_arns")
    for severity in sorted(set(topics) - set(SEVERITIES)):
        inputs.offences.add("topic_arns", severity, f"is not a severity; use {' and '.join(SEVERITIES)}")
    if inputs.has("topic_arns"):
        for severity in SEVERITIES:
            rule = "is missing; an alarm of that severity would tell nobody"
            inputs.offences.check(severity in topics, f"topic_arns.{severity}", None, rule)


def read_texts(inputs: Inputs, environment: str) -> Texts:
    """Returns what the descriptions of an environment have in common."""
    runbooks = inputs.text("runbook_url", re.compile(r"https://\S{1,200}"), "is no address that starts with https://")
    dashboard = inputs.text("dashboard", re.compile(r"[A-Za-z0-9_-]{1,255}"), "is no name of a dashboard")
    return Texts(environment, runbooks, dashboard)


def texts_of(args: Mapping[str, Any]) -> Texts:
    """Returns the same for checked inputs."""
    return Texts(args["environment"], args.get("runbook_url", ""), args.get("dashboard", ""))


class ServerMonitoring(pulumi.ComponentResource):
    """Objectives with burn-rate alarms, thresholds and capacity of one MCP server; nothing alarms on 4xx."""

    alarm_arns: pulumi.Output[Mapping[str, str]]
    """ARN of each alarm, by key."""

    def __init__(self, name: str, args: ServerMonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        alarms = plan_server_monitoring(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        _count_errors(name, args["log_group_name"], child)
        tags = merge_tags({"mcp-server": alarms.subject}, args.get("tags"))
        arns = register_alarms(name, alarms, texts_of(args), args["topic_arns"], tags, child)
        # Whoever shows alarms finds here those that tell somebody, by severity.
        self.acting_alarms = acting_alarms((alarms, arns))
        self.alarm_arns = pulumi.Output.all(**arns)
        self.register_outputs({"alarm_arns": self.alarm_arns})


def _count_errors(name: str, log_group_name: pulumi.Input[str], child: pulumi.ResourceOptions) -> None:
    """Registers the metric of error lines; its dimensions are fields that the server contract promises."""
    aws.cloudwatch.LogMetricFilter(
        f"{name}-log-errors",
        log_group_name=log_group_name,
        pattern=ERROR_LINES,
        metric_transformation=aws.cloudwatch.LogMetricFilterMetricTransformationArgs(
            namespace=LOG_NAMESPACE,
            name="LogErrors",
            value="1",
            unit="Count",
            dimensions={"Environment": "$.environment", "Server": "$.server"},
        ),
        opts=child,
    )
