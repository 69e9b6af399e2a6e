"""Amazon CloudWatch: alarms, dashboards and metric streams."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import arn
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs

METRIC = ("dimensions", "metricName", "namespace")


def _metric_alarm(inputs: dict[str, Any]) -> dict[str, Any]:
    """Puts the metric of each query into the structure that AWS has for it."""
    queries = inputs.get("metricQueries")
    if not isinstance(queries, list):
        return inputs
    rest = {key: value for key, value in inputs.items() if key != "metricQueries"}
    return {**rest, "metrics": [_query(item) if isinstance(item, dict) else item for item in queries]}


def _query(query: dict[str, Any]) -> dict[str, Any]:
    metric = query.get("metric")
    made = {key: value for key, value in query.items() if key != "metric" and value not in (None, "")}
    if isinstance(metric, dict):
        of_metric = {key: metric[key] for key in METRIC if metric.get(key) is not None}
        made["metricStat"] = {
            **{key: value for key, value in metric.items() if key not in METRIC and value},
            "metric": of_metric,
        }
    return made


def _composite_alarm(inputs: dict[str, Any]) -> dict[str, Any]:
    """Writes the suppressing alarm and its periods flat, as AWS has them."""
    rest = dict(inputs)
    suppressor = rest.pop("actionsSuppressor", None)
    if isinstance(suppressor, dict):
        rest["actionsSuppressor"] = suppressor.get("alarm")
        rest["actionsSuppressorExtensionPeriod"] = suppressor.get("extensionPeriod")
        rest["actionsSuppressorWaitPeriod"] = suppressor.get("waitPeriod")
    return rest


SPECS: Specs = {
    "aws:cloudwatch/metricAlarm:MetricAlarm": Spec(
        create=Call("cloudwatch.PutMetricAlarm", rename={"name": "AlarmName"}),
        id="{input.name}",
        outputs={"arn": arn("cloudwatch", "alarm:{input.name}")},
        reshape=_metric_alarm,
    ),
    "aws:cloudwatch/compositeAlarm:CompositeAlarm": Spec(
        create=Call("cloudwatch.PutCompositeAlarm"),
        id="{input.alarmName}",
        outputs={"arn": arn("cloudwatch", "alarm:{input.alarmName}")},
        reshape=_composite_alarm,
        autoname="",
    ),
    "aws:cloudwatch/dashboard:Dashboard": Spec(
        create=Call("cloudwatch.PutDashboard"),
        id="{input.dashboardName}",
        outputs={"dashboardArn": "arn:{partition}:cloudwatch::{account}:dashboard/{input.dashboardName}"},
    ),
    "aws:cloudwatch/metricStream:MetricStream": Spec(
        create=Call("cloudwatch.PutMetricStream"),
        id="{input.name}",
        outputs={"arn": arn("cloudwatch", "metric-stream/{input.name}"), "state": "'running'"},
    ),
    "aws:cloudwatch/contributorInsightRule:ContributorInsightRule": Spec(
        create=Call("cloudwatch.PutInsightRule"),
        id="{input.ruleName}",
        outputs={"resourceArn": arn("cloudwatch", "insight-rule/{input.ruleName}")},
    ),
}
