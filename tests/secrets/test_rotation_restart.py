"""What restarts the services that use a rotated secret."""

import json
from typing import Any

import pytest

from mcp_ops import InputError, RotationRestart
from mcp_ops.rehearsal.findings import check_policy
from tests.secrets.programs import BOUNDARY, TOPIC, restart
from tests.support.recording import ACCOUNT_ID, REGION, Recording, record

MANAGED = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:rds!cluster-1-AbCdEf"


def registered(*, preview: bool = False, **changes: Any) -> Recording:
    return record(lambda: RotationRestart("mcp-dev", restart(**changes)), preview=preview)


def test_successful_rotations_are_collected_not_the_calls_that_ask_for_them() -> None:
    pattern = json.loads(registered().one("cloudwatch/eventRule:EventRule").inputs["eventPattern"])
    assert pattern["detail-type"] == ["AWS Service Event via CloudTrail"]
    assert pattern["detail"]["eventName"] == ["RotationSucceeded"]
    prefix = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:mcp-dev-"
    assert pattern["detail"]["additionalEventData"]["SecretId"] == [{"prefix": prefix}]


def test_passwords_that_rds_rotates_count_too() -> None:
    run = registered(managed_secret_arns=[MANAGED])
    pattern = json.loads(run.one("cloudwatch/eventRule:EventRule").inputs["eventPattern"])
    assert MANAGED in pattern["detail"]["additionalEventData"]["SecretId"]


def test_rotations_wait_in_a_queue_that_only_the_rule_fills() -> None:
    run = registered()
    queue = run.one("sqs/queue:Queue", "mcp-dev-rotations").inputs
    assert queue["delaySeconds"] == 60
    assert queue["sqsManagedSseEnabled"] is True
    assert json.loads(queue["redrivePolicy"])["maxReceiveCount"] == 480
    (statement,) = json.loads(run.one("sqs/queuePolicy:QueuePolicy").inputs["policy"])["Statement"]
    assert statement["Principal"] == {"Service": "events.amazonaws.com"}
    assert "mcp-dev-rotated" in statement["Condition"]["ArnEquals"]["aws:SourceArn"]
    mapping = run.one("lambda/eventSourceMapping:EventSourceMapping").inputs
    assert mapping["functionResponseTypes"] == ["ReportBatchItemFailures"]
    assert queue["visibilityTimeoutSeconds"] >= run.one("lambda/function:Function").inputs["timeout"]


def test_one_function_at_a_time_restarts_services_of_one_cluster_only() -> None:
    run = registered(permissions_boundary_arn=BOUNDARY)
    function = run.one("lambda/function:Function").inputs
    assert function["reservedConcurrentExecutions"] == 1
    assert function["environment"]["variables"]["CLUSTER"] == "mcp-dev-cluster"
    policy = run.one("iam/rolePolicy:RolePolicy").inputs["policy"]
    allowed = {item["Sid"]: item for item in json.loads(policy)["Statement"]}
    assert allowed["Restart"]["Resource"] == f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:service/mcp-dev-cluster/*"
    cluster = f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:cluster/mcp-dev-cluster"
    assert allowed["FindServices"]["Condition"] == {"ArnEquals": {"ecs:cluster": cluster}}
    assert [finding for finding in check_policy(policy, "identity", "policy") if finding.level == "error"] == []
    assert run.one("iam/role:Role").inputs["permissionsBoundary"] == BOUNDARY


def test_a_restart_that_fails_alarms() -> None:
    run = registered()
    alarm = run.one("cloudwatch/metricAlarm:MetricAlarm").inputs
    assert alarm["alarmActions"] == [TOPIC]
    assert alarm["metricName"] == "ApproximateNumberOfMessagesVisible"
    assert "mcp-dev-failures" in alarm["dimensions"]["QueueName"]
    outputs = run.one("RotationRestart").outputs
    assert set(outputs) == {"function_arn", "queue_arn", "failures_queue_arn"}


def test_a_preview_needs_nothing_that_only_aws_knows() -> None:
    assert len(registered(preview=True).all("sqs/queue:Queue")) == 3


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"store": "MCP"}, "store: MCP is not the name of a SecretStore"),
        ({"region": "here"}, "is not an AWS region"),
        ({"log_retention_days": 2}, "is no retention"),
        ({"managed_secret_arns": "x"}, "managed_secret_arns"),
        ({"cluster": "x"}, "is no input"),
    ],
)
def test_wrong_inputs_are_refused(changes: Any, told: str) -> None:
    with pytest.raises(InputError, match=told):
        RotationRestart("mcp-dev", restart(**changes))
