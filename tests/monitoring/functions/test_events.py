"""Deployments and incidents become the measures of delivery: counts, durations, lead time, detection, recovery."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from mcp_ops.monitoring.functions.observe import deployments, events
from mcp_ops.monitoring.functions.observe.times import parsed
from tests.monitoring.functions.fakes import metric_lines

REGION = "eu-central-1"


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A service with one deployment, whose task definition says when its change was committed."""
    for key, value in {"AWS_DEFAULT_REGION": REGION, "ENVIRONMENT": "dev", "CLUSTER": "mcp-dev"}.items():
        monkeypatch.setenv(key, value)
    with mock_aws():
        ecs = boto3.client("ecs")
        ecs.create_cluster(clusterName="mcp-dev")
        committed = (datetime.now(UTC) - timedelta(hours=2)).isoformat(timespec="seconds")
        definition = ecs.register_task_definition(
            family="weather",
            containerDefinitions=[{"name": "weather", "image": "weather:1", "memory": 64}],
            tags=[{"key": "commit-time", "value": committed}],
        )["taskDefinition"]["taskDefinitionArn"]
        yield ecs.create_service(
            cluster="mcp-dev",
            serviceName="weather-service",
            taskDefinition=definition,
            desiredCount=1,
            tags=[{"key": "mcp-server", "value": "weather"}],
        )["service"]


def deployment(service: dict[str, Any], name: str, **changes: Any) -> dict[str, Any]:
    ended = datetime.now(UTC) + timedelta(minutes=4)
    detail = {
        "eventType": "INFO",
        "eventName": name,
        "deploymentId": service["deployments"][0]["id"],
        "updatedAt": ended.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return {
        "detail-type": "ECS Deployment State Change",
        "source": "aws.ecs",
        "resources": [service["serviceArn"]],
        "detail": detail,
        **changes,
    }


def test_a_deployment_that_succeeds_is_counted_with_duration_and_lead_time(
    service: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    events.handle(deployment(service, "SERVICE_DEPLOYMENT_COMPLETED"), None)
    (line,) = metric_lines(capsys.readouterr().out)
    assert (line["Environment"], line["Server"]) == ("dev", "weather")
    assert line["DeploymentsSucceeded"] == 1
    assert line["DeploymentSeconds"] == pytest.approx(240, abs=10)
    assert line["LeadTimeSeconds"] == pytest.approx(2 * 3600 + 240, abs=10)


def test_a_deployment_that_fails_has_no_lead_time(service: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    events.handle(deployment(service, "SERVICE_DEPLOYMENT_FAILED"), None)
    (line,) = metric_lines(capsys.readouterr().out)
    assert line["DeploymentsFailed"] == 1
    assert "LeadTimeSeconds" not in line


def test_a_deployment_that_starts_is_counted(service: dict[str, Any]) -> None:
    found = events.handle(deployment(service, "SERVICE_DEPLOYMENT_IN_PROGRESS"), None)
    assert found == {"recorded": {"DeploymentsStarted": 1}}


def test_a_task_definition_without_commit_time_has_no_lead_time(service: dict[str, Any]) -> None:
    boto3.client("ecs").untag_resource(resourceArn=service["taskDefinition"], tagKeys=["commit-time"])
    found = events.handle(deployment(service, "SERVICE_DEPLOYMENT_COMPLETED"), None)["recorded"]
    assert found.keys() == {"DeploymentsSucceeded", "DeploymentSeconds"}


def test_a_definition_that_cannot_be_read_loses_the_lead_time_only(
    service: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    client = boto3.client("ecs")

    class Refusing:
        describe_services = client.describe_services

        def describe_task_definition(self, **_: Any) -> None:
            raise ClientError({"Error": {"Code": "AccessDenied"}}, "DescribeTaskDefinition")

    monkeypatch.setattr(deployments, "aws", lambda _: Refusing())
    found = events.handle(deployment(service, "SERVICE_DEPLOYMENT_COMPLETED"), None)["recorded"]
    assert found.keys() == {"DeploymentsSucceeded", "DeploymentSeconds"}


def test_a_deployment_that_is_over_already_is_counted(service: dict[str, Any]) -> None:
    event = deployment(service, "SERVICE_DEPLOYMENT_COMPLETED")
    event["detail"]["deploymentId"] = "ecs-svc/older"
    assert events.handle(event, None) == {"recorded": {"DeploymentsSucceeded": 1}}


def test_what_is_none_of_ours_is_left_alone(service: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    boto3.client("ecs").create_cluster(clusterName="other")
    elsewhere = [service["serviceArn"].replace("mcp-dev", "other")]
    assert events.handle(deployment(service, "SERVICE_DEPLOYMENT_COMPLETED", resources=elsewhere), None) == {
        "recorded": {}
    }
    assert events.handle(deployment(service, "SERVICE_STEADY_STATE"), None) == {"recorded": {}}
    boto3.client("ecs").untag_resource(resourceArn=service["serviceArn"], tagKeys=["mcp-server"])
    assert events.handle(deployment(service, "SERVICE_DEPLOYMENT_COMPLETED"), None) == {"recorded": {}}
    assert metric_lines(capsys.readouterr().out) == []


def test_an_event_of_another_kind_is_our_mistake() -> None:
    with pytest.raises(ValueError, match="ECS Task State Change"):
        events.handle({"detail-type": "ECS Task State Change"}, None)


# --- Incidents -----------------------------------------------------------------------------------------------------


def change(before: str, after: str, severity: str = "critical", reason: dict[str, Any] | None = None) -> dict[str, Any]:
    return {
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "detail": {
            "alarmName": "mcp-dev-weather-probe",
            "state": {
                "value": after,
                "timestamp": "2026-11-21T16:20:00.000+0000",
                **({"reasonData": json.dumps(reason)} if reason is not None else {}),
            },
            "previousState": {"value": before, "timestamp": "2026-11-21T16:00:00.000+0000"},
            "configuration": {"description": f"It cannot be used.\nSeverity: {severity}\nEnvironment: dev"},
        },
    }


@pytest.fixture
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ENVIRONMENT", "dev")


@pytest.mark.usefixtures("_environment")
def test_an_alarm_that_ends_tells_how_long_it_took(capsys: pytest.CaptureFixture[str]) -> None:
    events.handle(change("ALARM", "OK"), None)
    (line,) = metric_lines(capsys.readouterr().out)
    assert line["RecoverySeconds"] == 1200
    assert (line["Environment"], line["Severity"]) == ("dev", "critical")


@pytest.mark.usefixtures("_environment")
def test_an_alarm_that_begins_tells_how_long_nobody_knew() -> None:
    points = [{"timestamp": "2026-11-21T16:18:00.000+0000"}, {"timestamp": "2026-11-21T16:17:00.000+0000"}]
    found = events.handle(change("OK", "ALARM", reason={"evaluatedDatapoints": points}), None)
    assert found == {"recorded": {"DetectionSeconds": 180}}
    early = {"startDate": "2026-11-21T16:15:00.000+0000", "evaluatedDatapoints": points}
    assert events.handle(change("OK", "ALARM", reason=early), None)["recorded"]["DetectionSeconds"] == 300


@pytest.mark.usefixtures("_environment")
@pytest.mark.parametrize(
    "event",
    [
        change("OK", "ALARM"),
        change("INSUFFICIENT_DATA", "OK"),
        change("ALARM", "ALARM", reason={}),
        change("ALARM", "OK", severity="none; acts through a composite alarm"),
        {
            **change("OK", "ALARM"),
            "detail": {
                **change("OK", "ALARM")["detail"],
                "state": {"value": "ALARM", "timestamp": "2026-11-21T16:20:00Z", "reasonData": "{"},
            },
        },
    ],
)
def test_other_changes_are_no_measure(event: dict[str, Any]) -> None:
    assert events.handle(event, None) == {"recorded": {}}


def test_times_are_read_as_aws_writes_them() -> None:
    wanted = datetime(2026, 11, 21, 16, 0, tzinfo=UTC)
    for text in ("2026-11-21T16:00:00Z", "2026-11-21T16:00:00.000+0000", "2026-11-21T17:00:00+01:00"):
        assert parsed(text) == wanted
