"""AWS Cost Explorer: detection of cost anomalies."""

import json
from typing import Any

from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs

OPERATORS = {"ands": "And", "ors": "Or", "not": "Not"}
VALUES = {"costCategory": "CostCategories", "dimension": "Dimensions", "tags": "Tags"}


def _expression(given: Any) -> Any:
    """Returns an expression under AWS's names, at any depth."""
    if isinstance(given, list):
        return [_expression(item) for item in given]
    if not isinstance(given, dict):
        return given
    made = {OPERATORS[key]: _expression(value) for key, value in given.items() if key in OPERATORS and value}
    return {**made, **{VALUES.get(key, key): value for key, value in given.items() if key not in OPERATORS and value}}


def _subscription(inputs: dict[str, Any]) -> dict[str, Any]:
    if "thresholdExpression" not in inputs:
        return inputs
    return {**inputs, "thresholdExpression": _expression(inputs["thresholdExpression"])}


def _monitor(inputs: dict[str, Any]) -> dict[str, Any]:
    """The provider takes the specification as JSON text."""
    text = inputs.get("monitorSpecification")
    return {**inputs, "monitorSpecification": json.loads(text)} if isinstance(text, str) and text else inputs


SPECS: Specs = {
    "aws:costexplorer/anomalyMonitor:AnomalyMonitor": Spec(
        create=Call(
            "ce.CreateAnomalyMonitor",
            rename={
                "name": "AnomalyMonitor.MonitorName",
                "monitorType": "AnomalyMonitor.MonitorType",
                "monitorDimension": "AnomalyMonitor.MonitorDimension",
                "monitorSpecification": "AnomalyMonitor.MonitorSpecification",
                "tags": "ResourceTags",
            },
        ),
        id="MonitorArn",
        reshape=_monitor,
        outputs={"arn": "MonitorArn"},
    ),
    "aws:costexplorer/anomalySubscription:AnomalySubscription": Spec(
        create=Call(
            "ce.CreateAnomalySubscription",
            rename={
                "accountId": "AnomalySubscription.AccountId",
                "frequency": "AnomalySubscription.Frequency",
                "monitorArnLists": "AnomalySubscription.MonitorArnList",
                "name": "AnomalySubscription.SubscriptionName",
                "subscribers": "AnomalySubscription.Subscribers",
                "thresholdExpression": "AnomalySubscription.ThresholdExpression",
                "tags": "ResourceTags",
            },
        ),
        id="SubscriptionArn",
        reshape=_subscription,
        outputs={"arn": "SubscriptionArn"},
    ),
}
