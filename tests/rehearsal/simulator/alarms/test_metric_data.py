"""What a client of CloudWatch is told of rehearsed alarms."""

from datetime import UTC, datetime
from unittest import mock

from tests.rehearsal.simulator.alarms.support import (
    ERRORS,
    REGION,
    START,
    composite_alarm,
    metric_alarm,
    run_of,
    series_of,
)

from mcp_ops.rehearsal.simulator.alarms import alarms_of, evaluated
from mcp_ops.rehearsal.simulator.alarms.metric_data import RehearsedCloudWatch


def test_alarms_are_described_with_state_and_actions() -> None:
    part = metric_alarm(alarmDescription="A part.")
    whole = composite_alarm("page", 'ALARM("errors")', alarmActions=["arn:page"])
    alarms, series = alarms_of(run_of(part, whole)), series_of(ERRORS, "0011")
    history = evaluated(alarms, series, START, START + 240)
    client = RehearsedCloudWatch(mock.Mock(), REGION, series, alarms, history)
    found = client.describe_alarms(AlarmNames=["errors", "page"])
    rang = datetime.fromtimestamp(START + 180, UTC)
    common = {"StateValue": "ALARM", "StateUpdatedTimestamp": rang}
    assert found["MetricAlarms"] == [
        {"AlarmName": "errors", "AlarmDescription": "A part.", "AlarmActions": [], **common}
    ]
    assert found["CompositeAlarms"] == [
        {"AlarmName": "page", "AlarmDescription": "", "AlarmActions": ["arn:page"], **common}
    ]
    assert client.describe_alarms(AlarmNames=["others"]) == {"MetricAlarms": [], "CompositeAlarms": []}
