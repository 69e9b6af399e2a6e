"""What AWS itself reports about resources: the metrics, their dimensions, and what they say when all is well.

Names and dimensions are those of each service's page "CloudWatch metrics" in AWS's user guides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.simulator.alarms import Metric

PER_MINUTE = 60.0
"""Requests a minute of a server that is used."""


@dataclass(frozen=True)
class Service:
    """The metrics of one namespace."""

    dimensions: tuple[tuple[str, ...], ...]
    """The sets under which AWS reports them."""
    healthy: Mapping[str, float | None]
    """Value of each minute; None: reported only when something happens. Counts are sums."""


OWNERS: Mapping[str, tuple[str, str]] = {
    "LoadBalancer": ("aws:lb/loadBalancer:LoadBalancer", "arnSuffix"),
    "TargetGroup": ("aws:lb/targetGroup:TargetGroup", "arnSuffix"),
    "ClusterName": ("aws:ecs/cluster:Cluster", "name"),
    "ServiceName": ("aws:ecs/service:Service", "name"),
    "FunctionName": ("aws:lambda/function:Function", "name"),
    "QueueName": ("aws:sqs/queue:Queue", "name"),
    "TopicName": ("aws:sns/topic:Topic", "name"),
    "LogGroupName": ("aws:cloudwatch/logGroup:LogGroup", "name"),
    "TableName": ("aws:dynamodb/table:Table", "name"),
    "CertificateArn": ("aws:acm/certificate:Certificate", "arn"),
    "WebACL": ("aws:wafv2/webAcl:WebAcl", "visibilityConfig.metricName"),
    "RuleName": ("aws:cloudwatch/eventRule:EventRule", "name"),
    "NatGatewayId": ("aws:ec2/natGateway:NatGateway", "id"),
    "FileSystemId": ("aws:efs/fileSystem:FileSystem", "id"),
    "DBClusterIdentifier": ("aws:rds/cluster:Cluster", "clusterIdentifier"),
}
"""Which output of which resource is the value of a dimension; WAF's is the name that the ACL gives its metric."""

SERVICES: Mapping[str, Service] = {
    "AWS/ApplicationELB": Service(
        (("LoadBalancer",), ("LoadBalancer", "TargetGroup"), ("TargetGroup",)),
        {
            "RequestCount": PER_MINUTE,
            "HTTPCode_Target_2XX_Count": PER_MINUTE,
            "HTTPCode_Target_4XX_Count": None,
            "HTTPCode_Target_5XX_Count": None,
            "HTTPCode_ELB_4XX_Count": None,
            "HTTPCode_ELB_5XX_Count": None,
            "TargetConnectionErrorCount": None,
            "RejectedConnectionCount": None,
            "HealthyHostCount": 2,
            "UnHealthyHostCount": 0,
            "TargetResponseTime": 0.02,
        },
    ),
    "AWS/ECS": Service((("ClusterName", "ServiceName"),), {"CPUUtilization": 20, "MemoryUtilization": 35}),
    "ECS/ContainerInsights": Service(
        (("ClusterName", "ServiceName"),), {"DesiredTaskCount": 2, "RunningTaskCount": 2, "PendingTaskCount": 0}
    ),
    "AWS/Lambda": Service(
        (("FunctionName",),),
        {"Invocations": 1, "Errors": 0, "Throttles": 0, "Duration": 50, "DeadLetterErrors": None},
    ),
    "AWS/SQS": Service(
        (("QueueName",),), {"ApproximateNumberOfMessagesVisible": 0, "ApproximateAgeOfOldestMessage": 0}
    ),
    "AWS/Logs": Service((("LogGroupName",),), {"IncomingLogEvents": PER_MINUTE, "IncomingBytes": 100 * PER_MINUTE}),
    "AWS/SNS": Service((("TopicName",),), {"NumberOfNotificationsFailed": None}),
    "AWS/Events": Service((("RuleName",),), {"FailedInvocations": None}),
    "AWS/CertificateManager": Service((("CertificateArn",),), {"DaysToExpiry": 200}),
    "AWS/WAFV2": Service((("Region", "Rule", "WebACL"),), {"BlockedRequests": 1, "AllowedRequests": PER_MINUTE}),
    "AWS/DynamoDB": Service(
        (("TableName",), ("Operation", "TableName")),
        {"ThrottledRequests": None, "ReadThrottleEvents": None, "WriteThrottleEvents": None, "SystemErrors": None},
    ),
    "AWS/NATGateway": Service((("NatGatewayId",),), {"ErrorPortAllocation": 0, "PacketsDropCount": 0}),
    "AWS/Billing": Service((("Currency",),), {"EstimatedCharges": 180}),
    "AWS/EFS": Service((("FileSystemId",),), {"PercentIOLimit": 5, "ClientConnections": 2}),
    "AWS/RDS": Service(
        (("DBClusterIdentifier",),), {"CPUUtilization": 10, "ACUUtilization": 20, "DatabaseConnections": 5}
    ),
}

VARYING = frozenset({"RequestCount", "HTTPCode_Target_2XX_Count", "CPUUtilization", "Invocations", "IncomingLogEvents"})
"""Metrics that go up and down with traffic."""


def wrong_dimensions(metric: Metric) -> str:
    """Returns why AWS never reports a metric so; empty where it does, or where the namespace is not known here."""
    service = SERVICES.get(metric.namespace)
    if service is None:
        return ""
    given = tuple(sorted(name for name, _ in metric.dimensions))
    if given not in service.dimensions:
        return (
            f"AWS reports {metric.namespace} by {_either(service.dimensions)}, not by {', '.join(given) or 'nothing'}"
        )
    return ""


def foreign(run: Run, metric: Metric) -> str:
    """Returns the dimension whose value names nothing that the stack has in the metric's region; empty if none does."""
    for name, value in sorted(metric.dimensions):
        if metric.namespace not in SERVICES or name not in OWNERS:
            continue
        kind, output = OWNERS[name]
        owners = [item for item in run.of_type(kind) if item.region == metric.region]
        if not any(value in {_member(item, output), item.id} for item in owners):
            return f"{name} {value}"
    return ""


def _member(item: Registration, path: str) -> Any:
    """Returns an output, or an input that AWS gives back, by its path."""
    found: Any = {**wire.reveal(item.inputs), **item.outputs}
    for key in path.split("."):
        found = found.get(key) if isinstance(found, Mapping) else None
    return found if isinstance(found, str) else None


def _either(sets: Sequence[tuple[str, ...]]) -> str:
    return " or ".join(" and ".join(names) for names in sets)
