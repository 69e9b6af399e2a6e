"""The alarms of what the servers share. Pure. Nothing here counts 4xx."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import pulumi

from mcp_ops.monitoring.alarms import Alarm, AlarmSet, Expression, Metric, Response, Threshold

_FIVE_MINUTES, _DAY = 300, 86_400

GATEWAY_PERCENT = (("warning", 1), ("critical", 5))
"""Percent of requests that the load balancer itself fails: there was no task to ask, or none that answered."""


@dataclass(frozen=True)
class Shared:
    """What is watched."""

    region: str
    load_balancer: pulumi.Input[str]
    certificate_arn: pulumi.Input[str] | None
    web_acl_metric: str
    """Empty: there is no firewall."""
    queues: Mapping[str, pulumi.Input[str]]
    tables: Mapping[str, pulumi.Input[str]]


@dataclass(frozen=True)
class Limits:
    """From which values on."""

    blocked_requests: int
    certificate_days: tuple[int, int]
    """Warning, critical."""
    minimum_requests: int


def platform_alarms(shared: Shared, limits: Limits) -> AlarmSet:
    """Returns every alarm of what the servers share, functions apart."""
    alarms = [*_gateway(shared, limits), *_certificate(shared, limits), *_firewall(shared, limits)]
    alarms += [_queue(key, name) for key, name in shared.queues.items()]
    alarms += [_table(key, name) for key, name in shared.tables.items()]
    return AlarmSet("", alarms)


def _gateway(shared: Shared, limits: Limits) -> Iterator[Alarm]:
    dimensions = {"LoadBalancer": shared.load_balancer}

    def metric(name: str) -> Metric:
        return Metric("AWS/ApplicationELB", name, dimensions, "Sum")

    # RequestCount leaves out requests for which there was no target; they are among the load balancer's own 5xx.
    total = "(FILL(requests, 0) + failed)"
    share = Expression(
        f"IF({total} >= {limits.minimum_requests}, 100 * failed / {total}, 0)",
        {"failed": metric("HTTPCode_ELB_5XX_Count"), "requests": metric("RequestCount")},
        "percent",
    )
    for severity, percent in GATEWAY_PERCENT:
        yield Alarm(
            f"gateway-errors-{severity}",
            f"The load balancer fails more than {percent} % of all requests itself: no server answers.",
            share,
            Threshold(">", percent, _FIVE_MINUTES, periods=2 if severity == "warning" else 1),
            Response(severity, "gateway-errors", "gateway-errors"),
        )
    yield Alarm(
        "gateway-rejections",
        "The load balancer refuses connections: it is at its limit.",
        metric("RejectedConnectionCount"),
        Threshold(">=", 1, _FIVE_MINUTES),
        Response("critical", "gateway-rejections", "gateway-rejections"),
    )


def _certificate(shared: Shared, limits: Limits) -> Iterator[Alarm]:
    if shared.certificate_arn is None:
        return
    dimensions = {"CertificateArn": shared.certificate_arn}
    for severity, days in zip(("warning", "critical"), limits.certificate_days, strict=True):
        yield Alarm(
            f"certificate-{severity}",
            f"The certificate of the gateway ends in less than {days} days; then no client can connect.",
            Metric("AWS/CertificateManager", "DaysToExpiry", dimensions, "Minimum"),
            # ACM tells twice a day, and nothing any more once the certificate has ended: then the state stays.
            Threshold("<", days, _DAY, missing="ignore"),
            Response(severity, "certificate", "certificate"),
        )


def _firewall(shared: Shared, limits: Limits) -> Iterator[Alarm]:
    if not shared.web_acl_metric:
        return
    dimensions = {"WebACL": shared.web_acl_metric, "Rule": "ALL", "Region": shared.region}
    yield Alarm(
        "firewall-blocks",
        f"The firewall blocked {limits.blocked_requests} requests or more in five minutes: an attack, or a rule that "
        "refuses honest clients.",
        Metric("AWS/WAFV2", "BlockedRequests", dimensions, "Sum"),
        Threshold(">=", limits.blocked_requests, _FIVE_MINUTES),
        Response("warning", "firewall-blocks", "firewall"),
    )


def _queue(key: str, name: pulumi.Input[str]) -> Alarm:
    return Alarm(
        f"queue-{key}",
        f"Something waits in the queue {key}, which should be empty.",
        Metric("AWS/SQS", "ApproximateNumberOfMessagesVisible", {"QueueName": name}, "Maximum"),
        Threshold(">=", 1, _FIVE_MINUTES),
        Response("warning", "dead-letters", f"queue-{key}"),
    )


def _table(key: str, name: pulumi.Input[str]) -> Alarm:
    throttled = {
        "reads": Metric("AWS/DynamoDB", "ReadThrottleEvents", {"TableName": name}, "Sum"),
        "writes": Metric("AWS/DynamoDB", "WriteThrottleEvents", {"TableName": name}, "Sum"),
    }
    return Alarm(
        f"table-{key}-throttles",
        f"DynamoDB throttles the table {key}: calls wait or fail.",
        Expression("FILL(reads, 0) + FILL(writes, 0)", throttled, "throttled reads and writes"),
        Threshold(">=", 10, _FIVE_MINUTES, periods=2),
        Response("warning", "throttling", f"table-{key}"),
    )
