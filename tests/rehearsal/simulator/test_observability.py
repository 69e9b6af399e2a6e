import json
from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.places import Place

Create = Callable[..., Any]
Client = Callable[[str], Any]

PLACE = "eu-central-1:123456789012"


def test_a_key_rotates_and_has_a_name(create: Create, client: Client) -> None:
    key = create("aws:kms/key:Key", enableKeyRotation=True, deletionWindowInDays=7, tags={"for": "logs"})
    alias = create("aws:kms/alias:Alias", name="alias/logs", targetKeyId=key.id)
    assert key.outputs["arn"] == f"arn:aws:kms:{PLACE}:key/{key.id}"
    assert (alias.id, alias.outputs["targetKeyArn"]) == ("alias/logs", key.outputs["arn"])
    assert client("kms").get_key_rotation_status(KeyId=key.id)["KeyRotationEnabled"] is True


def test_a_key_that_is_switched_off_is_off(create: Create, client: Client) -> None:
    key = create("aws:kms/key:Key", isEnabled=False)
    assert client("kms").describe_key(KeyId=key.id)["KeyMetadata"]["KeyState"] == "Disabled"


def test_a_replica_stands_in_its_own_region(create: Create) -> None:
    key = create("aws:kms/key:Key", multiRegion=True)
    made = create(
        "aws:kms/replicaKey:ReplicaKey", "copy", Place("123456789012", "eu-west-1"), primaryKeyArn=key.outputs["arn"]
    )
    assert made.outputs["arn"] == f"arn:aws:kms:eu-west-1:123456789012:key/{key.id}"


def test_an_alias_without_prefix_is_refused(create: Create) -> None:
    key = create("aws:kms/key:Key")
    with pytest.raises(Refusal, match="kms:CreateAlias: ValidationException"):
        create("aws:kms/alias:Alias", name="logs", targetKeyId=key.id)


def test_a_log_group_keeps_as_long_as_told(create: Create, client: Client) -> None:
    made = create("aws:cloudwatch/logGroup:LogGroup", name="/app", retentionInDays=30, skipDestroy=True)
    create("aws:cloudwatch/logGroup:LogGroup", "forever", name="/forever", retentionInDays=0)
    transformation = {"name": "Errors", "namespace": "App", "value": "1", "defaultValue": "0"}
    create(
        "aws:cloudwatch/logMetricFilter:LogMetricFilter",
        name="errors",
        logGroupName="/app",
        pattern="ERROR",
        metricTransformation=transformation,
    )
    assert (made.id, made.outputs["arn"]) == ("/app", f"arn:aws:logs:{PLACE}:log-group:/app")
    held = {
        item["logGroupName"]: item.get("retentionInDays") for item in client("logs").describe_log_groups()["logGroups"]
    }
    assert held == {"/app": 30, "/forever": None}
    filters = client("logs").describe_metric_filters(logGroupName="/app")["metricFilters"]
    assert filters[0]["metricTransformations"][0]["metricName"] == "Errors"


def test_a_retention_that_logs_does_not_have_is_refused(create: Create) -> None:
    with pytest.raises(Refusal, match="retentionInDays: 31 is none of 0, 1, 3, 5"):
        create("aws:cloudwatch/logGroup:LogGroup", name="/odd", retentionInDays=31)


def test_what_moto_lacks_is_checked(create: Create) -> None:
    detector = create(
        "aws:cloudwatch/logAnomalyDetector:LogAnomalyDetector",
        logGroupArnLists=["arn:aws:logs:eu-central-1:123456789012:log-group:slow"],
        enabled=True,
    )
    made = detector.operations[0]
    assert (made.executed, made.reason) == (False, "moto has no logs.CreateLogAnomalyDetector")


def test_alarms_and_a_dashboard(create: Create, client: Client) -> None:
    metric = {"metricName": "Errors", "namespace": "App", "stat": "Sum", "period": 60, "dimensions": {"Service": "web"}}
    alarm = create(
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        name="errors",
        comparisonOperator="GreaterThanThreshold",
        evaluationPeriods=1,
        threshold=5,
        metricQueries=[{"id": "m1", "metric": metric, "returnData": True}],
        alarmActions=[f"arn:aws:sns:{PLACE}:alerts"],
    )
    suppressor = {"alarm": "errors", "extensionPeriod": 60, "waitPeriod": 60}
    composite = create(
        "aws:cloudwatch/compositeAlarm:CompositeAlarm",
        alarmName="all",
        alarmRule="ALARM(errors)",
        actionsSuppressor=suppressor,
    )
    body = json.dumps({"widgets": []})
    dashboard = create("aws:cloudwatch/dashboard:Dashboard", dashboardName="web", dashboardBody=body)
    assert alarm.outputs["arn"] == f"arn:aws:cloudwatch:{PLACE}:alarm:errors"
    assert (composite.id, dashboard.id) == ("all", "web")
    held = client("cloudwatch").describe_alarms(AlarmNames=["errors"])["MetricAlarms"][0]
    assert held["Metrics"][0]["MetricStat"]["Metric"]["Dimensions"] == [{"Name": "Service", "Value": "web"}]


def test_an_alarm_with_an_operator_of_its_own_is_refused(create: Create) -> None:
    with pytest.raises(Refusal, match="ComparisonOperator: 'Above' is none of"):
        create("aws:cloudwatch/metricAlarm:MetricAlarm", comparisonOperator="Above", evaluationPeriods=1)


def test_a_budget_tells_its_subscribers(create: Create, client: Client) -> None:
    notification = {
        "comparisonOperator": "GREATER_THAN",
        "threshold": 80,
        "thresholdType": "PERCENTAGE",
        "notificationType": "FORECASTED",
        "subscriberEmailAddresses": ["team@example.com"],
    }
    made = create(
        "aws:budgets/budget:Budget",
        name="monthly",
        budgetType="COST",
        limitAmount="100",
        limitUnit="USD",
        timeUnit="MONTHLY",
        timePeriodStart="2026-01-01_00:00",
        costFilters=[{"name": "Service", "values": ["Amazon ECS"]}],
        notifications=[notification],
    )
    assert made.id == "123456789012:monthly"
    assert made.outputs["arn"] == "arn:aws:budgets::123456789012:budget/monthly"
    held = client("budgets").describe_notifications_for_budget(AccountId="123456789012", BudgetName="monthly")[
        "Notifications"
    ]
    assert held[0]["Threshold"] == 80


def test_a_group_of_instances(create: Create, client: Client) -> None:
    template = create("aws:ec2/launchTemplate:LaunchTemplate", imageId="ami-0fee0fee", instanceType="t4g.small")
    group = create(
        "aws:autoscaling/group:Group",
        name="workers",
        minSize=1,
        maxSize=2,
        launchTemplate={"id": template.id, "version": "$Latest"},
        vpcZoneIdentifiers=["subnet-0aaa"],
        tags=[{"key": "team", "value": "web", "propagateAtLaunch": True}],
        waitForCapacityTimeout="0",
    )
    create(
        "aws:autoscaling/policy:Policy",
        name="out",
        autoscalingGroupName=group.id,
        adjustmentType="ChangeInCapacity",
        scalingAdjustment=1,
    )
    held = client("autoscaling").describe_auto_scaling_groups(AutoScalingGroupNames=["workers"])["AutoScalingGroups"][0]
    assert (held["MinSize"], held["MaxSize"], held["Tags"][0]["Key"]) == (1, 2, "team")
