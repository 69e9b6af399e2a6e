"""What moto lacks and the simulator carries out: what is put is kept, and what reads it finds it."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from mcp_ops.rehearsal.simulator.errors import Refusal

Create = Callable[..., Any]
Client = Callable[[str], Any]


def test_a_saved_query_is_found_and_deleted(create: Create, client: Client) -> None:
    made = create(
        "aws:cloudwatch/queryDefinition:QueryDefinition", "calls", name="calls/by-tool", queryString="fields @message"
    )
    assert all(operation.executed for operation in made.operations)
    logs = client("logs")
    found = logs.describe_query_definitions(queryDefinitionNamePrefix="calls/")["queryDefinitions"]
    assert [item["queryString"] for item in found] == ["fields @message"]
    identity = found[0]["queryDefinitionId"]
    assert logs.delete_query_definition(queryDefinitionId=identity)["success"]
    assert logs.describe_query_definitions()["queryDefinitions"] == []
    with pytest.raises(ClientError, match="does not exist"):
        logs.delete_query_definition(queryDefinitionId=identity)


def test_an_analyzer_is_found(create: Create, client: Client) -> None:
    made = create("aws:accessanalyzer/analyzer:Analyzer", "outside", analyzerName="outside", type="ACCOUNT")
    assert all(operation.executed for operation in made.operations)
    assert client("accessanalyzer").get_analyzer(analyzerName="outside")["analyzer"]["type"] == "ACCOUNT"
    with pytest.raises(ClientError, match="Analyzer inside not found"):
        client("accessanalyzer").get_analyzer(analyzerName="inside")


def child(create: Create, name: str) -> None:
    create(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        name,
        name=name,
        comparisonOperator="GreaterThanThreshold",
        evaluationPeriods=1,
        metricName="Errors",
        namespace="AWS/Lambda",
        period=60,
        statistic="Sum",
        threshold=0,
    )


def test_a_composite_alarm_is_described_with_its_rule(create: Create, client: Client) -> None:
    child(create, "long")
    child(create, "short")
    rule = 'ALARM("long") AND ALARM(short)'
    made = create("aws:cloudwatch/compositeAlarm:CompositeAlarm", "page", alarmName="page", alarmRule=rule)
    assert all(operation.executed for operation in made.operations)
    found = client("cloudwatch").describe_alarms(AlarmNames=["page"])
    assert found["MetricAlarms"] == []
    assert [item["AlarmRule"] for item in found["CompositeAlarms"]] == [rule]


def test_a_composite_alarm_of_nothing_is_refused(create: Create) -> None:
    with pytest.raises(Refusal, match=r"alarms \[nobody\] in the alarm rule do not exist"):
        create("aws:cloudwatch/compositeAlarm:CompositeAlarm", "lost", alarmName="lost", alarmRule="OK(nobody)")
