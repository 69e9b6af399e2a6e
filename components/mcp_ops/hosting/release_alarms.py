"""The alarms that take a release back.

They look at the load balancer's view of one target group, so that they work for any image. None counts 4xx: 400, 401,
404 and 405 are ordinary answers of MCP. ECS ignores an alarm for the whole deployment if it rings when that begins.
Not managed here: alarms for people (monitoring).
"""

from dataclasses import dataclass

import pulumi
import pulumi_aws as aws

from mcp_ops import naming
from mcp_ops.errors import Offences
from mcp_ops.hosting.release_plan import ReleasePlan

NAMESPACE = "AWS/ApplicationELB"
PERIOD_SECONDS = 60
PERIODS = 2
"""One bad minute may be chance, two are the release: it is taken back within three minutes."""

FEWEST_REQUESTS = 20
"""Requests a minute below which errors say nothing: one in three would be 33 %."""

ALTERNATE = "alternate"

_ERRORS = f"IF(requests >= {FEWEST_REQUESTS}, 100 * (FILL(failed, 0) + FILL(unreached, 0)) / requests, 0)"
_COUNTS = {
    "requests": "RequestCount",
    "failed": "HTTPCode_Target_5XX_Count",
    "unreached": "TargetConnectionErrorCount",
}


@dataclass(frozen=True)
class ReleaseAlarm:
    """One alarm on one target group, as data."""

    role: str
    """What its logical and its physical name end with."""
    name: str
    """Physical name."""
    description: str
    threshold: float
    comparison: str
    metric: str
    """Metric of the load balancer; empty where an expression over several is watched."""
    statistic: str = ""
    percentile: str = ""


def plan_release_alarms(family: str, plan: ReleasePlan, target_group: str = "") -> tuple[ReleaseAlarm, ...]:
    """Returns the alarms of a target group: the first one, or the `alternate`."""
    if not plan.alarms:
        return ()
    suffix = f"-{target_group}" if target_group else ""

    def alarm(what: str, seen: str, threshold: float, comparison: str, metric: str, **reading: str) -> ReleaseAlarm:
        role = f"release-{what}{suffix}"
        rolled_back = (
            f"{seen} for {PERIODS} minutes: ECS takes a release under way back. What to do: docs/runbooks/release.md"
        )
        return ReleaseAlarm(role, f"{family}-{role}", rolled_back, threshold, comparison, metric, **reading)

    above, at_least = "GreaterThanThreshold", "GreaterThanOrEqualToThreshold"
    errors = f"More than {plan.error_percent:g} % of at least {FEWEST_REQUESTS} requests a minute fail"
    slow = f"95th percentile of the response time above {plan.latency_seconds:g} s"
    return (
        alarm("errors", errors, plan.error_percent, above, ""),
        alarm("hosts", "A task fails its health check", 1, at_least, "UnHealthyHostCount", statistic="Maximum"),
        alarm("latency", slow, plan.latency_seconds, above, "TargetResponseTime", percentile="p95"),
    )


def check_release_alarms(offences: Offences, family: str, plan: ReleasePlan) -> None:
    """Notes an offence when an alarm's name would be too long."""
    for alarm in plan_release_alarms(family, plan, ALTERNATE):
        naming.check_length(offences, "name", "alarm", alarm.name)


def register_release_alarms(
    server: str,
    alarms: tuple[ReleaseAlarm, ...],
    dimensions: dict[str, pulumi.Input[str]],
    tags: dict[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> list[aws.cloudwatch.MetricAlarm]:
    """Registers the alarms of one target group; `dimensions` are the load balancer's and the group's ARN suffixes."""
    return [
        aws.cloudwatch.MetricAlarm(
            f"{server}-{alarm.role}",
            name=alarm.name,
            alarm_description=alarm.description,
            comparison_operator=alarm.comparison,
            threshold=alarm.threshold,
            evaluation_periods=PERIODS,
            datapoints_to_alarm=PERIODS,
            treat_missing_data="notBreaching",
            tags=tags,
            opts=child,
            **_watched(alarm, dimensions),
        )
        for alarm in alarms
    ]


def _watched(alarm: ReleaseAlarm, dimensions: dict[str, pulumi.Input[str]]) -> dict[str, object]:
    if not alarm.metric:
        return {"metric_queries": _error_queries(dimensions)}
    single = {
        "namespace": NAMESPACE,
        "metric_name": alarm.metric,
        "dimensions": dimensions,
        "period": PERIOD_SECONDS,
    }
    if alarm.percentile:
        # Few requests give a percentile that says nothing.
        reading = {"extended_statistic": alarm.percentile, "evaluate_low_sample_count_percentiles": "ignore"}
        return {**single, **reading}
    return {**single, "statistic": alarm.statistic}


def _error_queries(dimensions: dict[str, pulumi.Input[str]]) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    rate = aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id="errors", expression=_ERRORS, label="failed requests in percent", return_data=True
    )
    counts = [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=key,
            return_data=False,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=NAMESPACE, metric_name=metric, dimensions=dimensions, period=PERIOD_SECONDS, stat="Sum"
            ),
        )
        for key, metric in _COUNTS.items()
    ]
    return [rate, *counts]
