"""Detection of cost anomalies."""

from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

Create = Callable[..., Any]
MONITOR = "aws:costexplorer/anomalyMonitor:AnomalyMonitor"
SUBSCRIPTION = "aws:costexplorer/anomalySubscription:AnomalySubscription"


def test_a_monitor_and_who_hears_of_it(create: Create) -> None:
    monitor = create(MONITOR, name="services", monitorType="DIMENSIONAL", monitorDimension="SERVICE")
    impact = {"key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE", "values": ["20"], "matchOptions": ["GREATER_THAN_OR_EQUAL"]}
    subscription = create(
        SUBSCRIPTION,
        name="services",
        frequency="IMMEDIATE",
        monitorArnLists=[monitor.id],
        subscribers=[{"type": "SNS", "address": "arn:aws:sns:eu-central-1:123456789012:warnings"}],
        thresholdExpression={"ands": [{"dimension": impact}]},
    )
    assert monitor.id.startswith("arn:aws:ce:")
    assert monitor.outputs["arn"] == monitor.id
    assert [call.name for call in subscription.operations] == ["ce.CreateAnomalySubscription"]
    assert subscription.outputs["arn"] == subscription.id


def test_what_a_dimension_cannot_match_by_is_refused(create: Create) -> None:
    impact = {"key": "ANOMALY_TOTAL_IMPACT_ABSOLUTE", "values": ["20"], "matchOptions": ["ABOVE"]}
    with pytest.raises(Refusal, match="MatchOptions"):
        create(
            SUBSCRIPTION,
            name="services",
            frequency="DAILY",
            monitorArnLists=["arn:aws:ce::123456789012:anomalymonitor/x"],
            subscribers=[{"type": "EMAIL", "address": "ops@example.com"}],
            thresholdExpression={"dimension": impact},
        )


def test_a_frequency_that_there_is_none_of_is_refused(create: Create) -> None:
    with pytest.raises(Refusal, match="Frequency"):
        create(SUBSCRIPTION, name="s", frequency="HOURLY", monitorArnLists=["arn:aws:ce::1:x"], subscribers=[])
