"""The room in simulated AWS: every call is accepted, roles may do what their functions do, and messages arrive."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.drill import Stage
from mcp_ops.rehearsal.rehearse import Options, Rehearsal, rehearsed
from mcp_ops.rehearsal.simulator.deliveries import Delivery, deliveries
from mcp_ops.rehearsal.simulator.event_router import routed
from mcp_ops.rehearsal.simulator.places import Place
from tests.monitoring.functions.fakes import metric_lines
from tests.support import projects

HERE = Place("111122223333", "eu-west-1")
PROGRAM = """
    import json

    import pulumi
    import pulumi_aws as aws
    from mcp_ops import (
        Cluster, Dashboard, DeliveryMetrics, EncryptionKeys, ExternalServices, Notifications, PermissionsBoundary,
        PlatformMonitoring, Probe, ServerMonitoring,
    )

    HERE = {"account_id": "111122223333", "region": "eu-west-1"}
    provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["111122223333"])
    opts = pulumi.ResourceOptions(provider=provider)
    keys = EncryptionKeys("mcp-dev", {**HERE, "purposes": ["logs", "notifications"]}, opts)
    boundary = PermissionsBoundary("mcp-dev", HERE, opts)
    cluster = Cluster("mcp-dev", {}, opts)

    def secret(name, **value):
        made = aws.secretsmanager.Secret(name, opts=opts)
        version = aws.secretsmanager.SecretVersion(name, secret_id=made.id, secret_string=json.dumps(value), opts=opts)
        return pulumi.Output.all(made.arn, version.id).apply(lambda known: known[0])

    common = {
        **HERE,
        "environment": "dev",
        "key_arn": keys.key_arn("notifications"),
        "log_key_arn": keys.key_arn("logs"),
        "permissions_boundary_arn": boundary.policy_arn,
    }
    told = Notifications(
        "mcp-dev",
        {
            **common,
            "cluster_name": cluster.cluster_name,
            "emails": ["ops@example.com"],
            "slack": {"secret_arn": secret("slack", url="https://hooks.example.com/services/T0/B0/x")},
            "pagerduty": {"secret_arn": secret("pagerduty", routing_key="r0uting")},
            "opsgenie": {"secret_arn": secret("opsgenie", api_key="k3y")},
            "monthly_budget_usd": 300,
            "anomaly_usd": 20,
        },
        opts,
    )
    client = {"token_endpoint": "http://127.0.0.1:9/token", "client_id": "probe", "client_secret": "s"}
    target = {"url": "http://127.0.0.1:9/mcp", "tool": "forecast"}
    probe = Probe(
        "mcp-dev",
        {**common, "targets": {"weather": {**target, "secret_arn": secret("client", **client)}, "maps": target}},
        opts,
    )
    Probe("mcp-canary", {**common, "targets": {"weather": target}, "runner": "canary"}, opts)
    services = {"site": {"url": "https://127.0.0.1:9/health", "secret_arn": secret("site", token="t0ken")}}
    external = ExternalServices("mcp-dev", {**common, "services": services, "topic_arns": told.topics()}, opts)
    delivery = DeliveryMetrics(
        "mcp-dev", {**common, "cluster_name": cluster.cluster_name, "alarm_prefix": "mcp-dev-"}, opts
    )
    references = {
        "cluster_name": cluster.cluster_name,
        "service_name": "weather-service",
        "load_balancer_arn_suffix": "app/mcp-dev/0123456789abcdef",
        "target_group_arn_suffix": "targetgroup/weather/0123456789abcdef",
    }
    logs = aws.cloudwatch.LogGroup("weather", name="/mcp-ops/dev/weather", opts=opts)
    alarms = ServerMonitoring(
        "mcp-dev-weather",
        {
            **references,
            "environment": "dev",
            "server": "weather",
            "log_group_name": logs.name,
            "topic_arns": told.topics(),
            "dashboard": "mcp-dev",
            "ai_providers": ["anthropic"],
        },
        opts,
    )
    watched = {**probe.functions, **external.functions, **delivery.functions}
    PlatformMonitoring(
        "mcp-dev",
        {
            "environment": "dev",
            "region": "eu-west-1",
            "topic_arns": told.topics(),
            "load_balancer_arn_suffix": references["load_balancer_arn_suffix"],
            "web_acl_metric": "mcp-dev",
            "functions": {
                key: {"function_name": each.function_name, "dead_letter_queue_name": each.dead_letter_queue_name}
                for key, each in watched.items()
            },
        },
        opts,
    )
    Dashboard(
        "mcp-dev",
        {
            "environment": "dev",
            "region": "eu-west-1",
            "servers": {"weather": references},
            "alarm_arns": [alarms.alarm_arns["probe"]],
        },
        opts,
    )
    pulumi.export("critical", told.critical_topic_arn)
    pulumi.export("warning", told.warning_topic_arn)
"""


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Rehearsal, Stage]]:
    directory: Path = projects.write_project(tmp_path_factory.mktemp("monitoring"), PROGRAM, name="watch", stack="dev")
    with rehearsed(directory, "dev", Options()) as opened:
        yield opened


def publish(stage: Stage, severity: str, state: str = "ALARM") -> list[Delivery]:
    """Publishes the alarm on failing tool calls as CloudWatch does, and returns what leaves AWS."""
    alarm = next(
        item
        for item in stage.run.of_type("aws:cloudwatch/metricAlarm:MetricAlarm")
        if "tool-errors-critical" in item.name
    )
    message = {
        "AlarmName": alarm.inputs["name"],
        "AlarmDescription": alarm.inputs["alarmDescription"],
        "AlarmArn": f"arn:aws:cloudwatch:eu-west-1:111122223333:alarm:{alarm.inputs['name']}",
        "NewStateValue": state,
        "NewStateReason": "Threshold Crossed: 1 datapoint [12.5 (21/11/26 16:26:00)] was greater than (5.0).",
        "StateChangeTime": "2026-11-21T16:31:12.345+0000",
        "Trigger": {"Threshold": 5.0, "ComparisonOperator": "GreaterThanThreshold"},
    }
    topic = wire.reveal(stage.run.outputs[severity])
    with deliveries() as sent:
        stage.cloud.client("sns", HERE).publish(TopicArn=topic, Message=json.dumps(message))
    return sent


def test_aws_takes_everything(stage: tuple[Rehearsal, Stage]) -> None:
    assert stage[0].errors == []


def test_nobody_would_mind_what_is_registered(stage: tuple[Rehearsal, Stage]) -> None:
    assert [str(finding) for finding in stage[0].findings] == []


def test_a_critical_alarm_reaches_every_channel_in_words(stage: tuple[Rehearsal, Stage]) -> None:
    sent = publish(stage[1], "critical")
    assert {each.endpoint for each in sent} == {
        "ops@example.com",
        "hooks.example.com",
        "events.pagerduty.com",
        "api.opsgenie.com",
    }
    (mail,) = [each for each in sent if each.protocol == "email"]
    assert mail.subject == "[critical] dev/weather: More than 5 % of tool calls of weather fail."
    assert "Value" in mail.text
    assert "12.5" in mail.text
    assert "tool-errors.md" in mail.text


def test_a_warning_wakes_nobody(stage: tuple[Rehearsal, Stage]) -> None:
    assert {each.endpoint for each in publish(stage[1], "warning")} == {"ops@example.com", "hooks.example.com"}


def test_the_end_of_an_alarm_is_told_as_well(stage: tuple[Rehearsal, Stage]) -> None:
    (mail,) = [each for each in publish(stage[1], "critical", "OK") if each.protocol == "email"]
    assert mail.subject.startswith("[resolved] dev/weather")


def invoked(stage: Stage, key: str, event: dict[str, Any]) -> dict[str, Any]:
    function = next(item for item in stage.run.of_type("aws:lambda/function:Function") if item.name == key)
    answer = stage.cloud.client("lambda", HERE).invoke(FunctionName=function.outputs["arn"], Payload=json.dumps(event))
    assert "FunctionError" not in answer, answer["Payload"].read()
    found: dict[str, Any] = json.loads(answer["Payload"].read())
    return found


def schedule(stage: Stage, key: str) -> dict[str, Any]:
    item = next(item for item in stage.run.of_type("aws:scheduler/schedule:Schedule") if item.name == key)
    found: dict[str, Any] = json.loads(wire.reveal(item.inputs["target"])["input"])
    return found


def test_the_probe_does_with_its_role_what_the_schedule_asks_for(stage: tuple[Rehearsal, Stage]) -> None:
    payload = schedule(stage[1], "mcp-dev-probe")
    found = {each["server"]: each["reason"] for each in invoked(stage[1], "mcp-dev-probe", payload)["probes"]}
    assert found.keys() == {"weather", "maps"}
    assert all(reason.startswith("ConnectionRefusedError") for reason in found.values())


def test_third_parties_are_called_with_their_credentials(stage: tuple[Rehearsal, Stage]) -> None:
    (found,) = invoked(stage[1], "mcp-dev-external", schedule(stage[1], "mcp-dev-external"))["services"]
    assert found["service"] == "site"
    assert found["reason"].startswith("ConnectionRefusedError")


def test_a_change_of_an_alarm_is_measured(stage: tuple[Rehearsal, Stage]) -> None:
    event = {
        "source": "aws.cloudwatch",
        "detail-type": "CloudWatch Alarm State Change",
        "detail": {
            "alarmName": "mcp-dev-weather-probe",
            "state": {"value": "OK", "timestamp": "2026-11-21T16:20:00.000+0000"},
            "previousState": {"value": "ALARM", "timestamp": "2026-11-21T16:00:00.000+0000"},
            "configuration": {"description": "It cannot be used.\nSeverity: critical"},
        },
    }
    results = routed(stage[1].cloud, HERE, event)
    assert [each.error for each in results] == [""]
    lines = stage[1].cloud.invocations[-1].lines
    assert [line["RecoverySeconds"] for line in metric_lines("\n".join(lines))] == [1200]
    elsewhere = {**event, "detail": {**event["detail"], "alarmName": "mcp-prod-weather-probe"}}
    assert routed(stage[1].cloud, HERE, elsewhere) == ()
