"""Messages say what, where, since when, how bad, what to do; each channel gets them in its own form, and once."""

import json
from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mcp_ops.monitoring.alarms import Response, Texts
from mcp_ops.monitoring.functions.notify import channels, handler, lookups
from mcp_ops.monitoring.functions.notify.message import Message, message_of

REGION = "eu-central-1"
TEXTS = Texts("dev", "https://github.com/example/mcp-ops/blob/main/docs/runbooks", "mcp-dev")
DESCRIPTION = TEXTS.describe(
    "More than 5 % of tool calls of weather fail.", Response("critical", "tool-errors", "tool-errors"), "weather"
)
NAME = "mcp-dev-weather-tool-errors-critical"
PREFIX = f"arn:aws:cloudwatch:{REGION}:111111111111:alarm:"
ALARM: dict[str, Any] = {
    "AlarmName": NAME,
    "AlarmDescription": DESCRIPTION,
    "AWSAccountId": "111111111111",
    "NewStateValue": "ALARM",
    "NewStateReason": (
        "Threshold Crossed: 1 datapoint [33.3333 (21/11/26 16:26:00)] was greater than the threshold (5.0)."
    ),
    "StateChangeTime": "2026-11-21T16:31:12.345+0000",
    "Region": "EU (Frankfurt)",
    "AlarmArn": PREFIX + NAME,
    "OldStateValue": "OK",
    "Trigger": {
        "Period": 300,
        "EvaluationPeriods": 1,
        "ComparisonOperator": "GreaterThanThreshold",
        "Threshold": 5.0,
        "TreatMissingData": "notBreaching",
        "Metrics": [
            {"Id": "value", "Expression": "IF(...)", "Label": "percent", "ReturnData": True},
            {"Id": "calls", "ReturnData": False, "Label": "hidden"},
        ],
    },
}
SECRETS = {
    "slack": {"url": "https://hooks.example.com/services/T0/B0/secret"},
    "pagerduty": {"routing_key": "r0uting"},
    "opsgenie": {"api_key": "k3y", "api_url": "https://api.eu.opsgenie.com"},
}


def sns(message: dict[str, Any] | str, **more: str) -> dict[str, Any]:
    text = message if isinstance(message, str) else json.dumps(message)
    return {"Message": text, "MessageId": "1", "Timestamp": "2026-11-21T16:31:13.000Z", **more}


def alarm(**changes: Any) -> Message:
    return message_of(sns({**ALARM, **changes}))


# --- What a message says -------------------------------------------------------------------------------------------


def test_an_alarm_is_told_in_words() -> None:
    message = alarm()
    assert message.headline() == "[critical] dev/weather: More than 5 % of tool calls of weather fail."
    assert message.facts() == {
        "Where": f"alarm {NAME} in {REGION}",
        "Since": "2026-11-21 16:31 UTC",
        "Value": "33.3333 percent (alarm > 5)",
        "Runbook": "https://github.com/example/mcp-ops/blob/main/docs/runbooks/tool-errors.md",
        "Dashboard": f"https://{REGION}.console.aws.amazon.com/cloudwatch/home?region={REGION}#dashboards:name=mcp-dev",
        "Details": f"https://{REGION}.console.aws.amazon.com/cloudwatch/home?region={REGION}#alarmsV2:alarm/{NAME}",
    }
    assert message.deduplication == "dev/weather/tool-errors"


def test_a_composite_alarm_names_what_made_it_ring() -> None:
    children = [
        {"Arn": f"{PREFIX}mcp-dev-weather-memory", "State": {"Value": "ALARM"}},
        {"Arn": f"{PREFIX}mcp-dev-weather-cpu", "State": {"Value": "OK"}},
    ]
    composite = {key: value for key, value in ALARM.items() if key != "Trigger"}
    message = message_of(sns({**composite, "AlarmRule": "...", "TriggeringChildren": children}))
    assert message.parts == ("mcp-dev-weather-memory",)
    assert message.value == ""


def test_missing_data_is_said() -> None:
    reason = (
        "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
        "[Breaching]."
    )
    trigger = {"MetricName": "ProbeSuccess", "Threshold": 1.0, "ComparisonOperator": "LessThanThreshold"}
    assert alarm(NewStateReason=reason, Trigger=trigger).value == "no data ProbeSuccess (alarm < 1)"


def test_an_alarm_that_is_not_described_our_way_is_told_all_the_same() -> None:
    message = alarm(AlarmDescription="The root user did something. What to do: docs/access.md#root-use")
    assert message.headline() == "[warning] AWS: The root user did something."
    assert message.runbook == "docs/access.md#root-use"
    assert message.deduplication == NAME
    assert alarm(AlarmDescription=None, AlarmArn="").title == NAME


def test_events_findings_and_plain_text_are_told() -> None:
    finding = {
        "detail-type": "GuardDuty Finding",
        "source": "aws.guardduty",
        "region": REGION,
        "time": "2026-11-21T16:31:13Z",
        "id": "e1",
        "detail": {"severity": 8, "title": "A task talks to a known miner."},
    }
    assert message_of(sns(finding)).headline() == "[critical] AWS: A task talks to a known miner."
    backup = {
        **finding,
        "detail-type": "Backup Job State Change",
        "detail": {"state": "FAILED"},
        "resources": ["arn:x"],
    }
    found = message_of(sns(backup))
    assert found.title == "Backup Job State Change: FAILED"
    assert found.value == "arn:x"
    assert message_of(sns({**finding, "detail": {}})).title == "GuardDuty Finding: something happened"
    budget = message_of(sns("AWS Budget Notification\nThe budget is exceeded.", Subject="AWS Budgets: mcp-dev"))
    assert budget.title == "AWS Budgets: mcp-dev"
    assert "is exceeded" in budget.value
    assert len(message_of(sns("x" * 2000)).value) == 1000


# --- The channels --------------------------------------------------------------------------------------------------


def test_an_email_reads_like_one() -> None:
    subject, text = channels.mail(alarm())
    assert subject == "[critical] dev/weather: More than 5 % of tool calls of weather fail."
    assert text.splitlines()[2].startswith("Where      alarm mcp-dev")
    assert len(channels.mail(Message("ü" * 200))[0]) == 100
    assert channels.mail(Message("ü"))[0].isascii()


def test_slack_gets_blocks_without_broken_markup() -> None:
    request = channels.slack(alarm(AlarmDescription="a < b & c"), SECRETS["slack"])
    assert request.url == SECRETS["slack"]["url"]
    assert "a &lt; b &amp; c" in request.body["text"]
    (attachment,) = request.body["attachments"]
    assert attachment["color"] == "#b26a00"
    assert "<https://" in attachment["blocks"][0]["text"]["text"]
    assert channels.slack(alarm(NewStateValue="OK"), SECRETS["slack"]).body["attachments"][0]["color"] == "#1b7f3b"


def test_pagerduty_opens_one_incident_and_closes_it_when_nothing_rings_any_more() -> None:
    opened = channels.pagerduty(alarm(), SECRETS["pagerduty"])
    assert opened
    assert opened.body["event_action"] == "trigger"
    assert opened.body["dedup_key"] == "dev/weather/tool-errors"
    assert opened.body["payload"]["severity"] == "critical"
    assert {link["text"] for link in opened.body["links"]} == {"Runbook", "Dashboard", "Alarm"}
    closed = channels.pagerduty(alarm(NewStateValue="OK"), SECRETS["pagerduty"])
    assert closed
    assert closed.body == {
        "routing_key": "r0uting",
        "event_action": "resolve",
        "dedup_key": "dev/weather/tool-errors",
    }
    better = Message("x", "OK", still_open=("other",))
    assert better.headline() == "[better] AWS: x"
    assert channels.pagerduty(better, SECRETS["pagerduty"]) is None
    assert channels.opsgenie(better, SECRETS["opsgenie"]) is None


def test_opsgenie_opens_and_closes_by_alias() -> None:
    opened = channels.opsgenie(alarm(), SECRETS["opsgenie"])
    assert opened
    assert opened.url == "https://api.eu.opsgenie.com/v2/alerts"
    assert opened.headers == {"Authorization": "GenieKey k3y"}
    assert opened.body["priority"] == "P1"
    closed = channels.opsgenie(alarm(NewStateValue="OK"), {"api_key": "k3y"})
    assert closed
    assert closed.url == "https://api.opsgenie.com/v2/alerts/dev%2Fweather%2Ftool-errors/close?identifierType=alias"


class _Connection:
    """Stands for the connection to a channel."""

    status = 202
    sent: list[tuple[str, str, bytes]]
    fails = False

    def __init__(self, host: str, _port: int | None, **_: object) -> None:
        self.host = host

    def request(self, method: str, path: str, body: bytes, _headers: dict[str, str]) -> None:
        if type(self).fails:
            raise TimeoutError("secret in an error")
        type(self).sent.append((method, f"{self.host}{path}", body))

    def getresponse(self) -> "_Connection":
        return self

    def close(self) -> None:
        """Does nothing."""


@pytest.fixture
def connection(monkeypatch: pytest.MonkeyPatch) -> type[_Connection]:
    connection = type("Connection", (_Connection,), {"sent": []})
    monkeypatch.setattr(channels.http.client, "HTTPSConnection", connection)
    return connection


def test_a_channel_that_does_not_take_it_is_a_failure_that_names_no_secret(connection: type[_Connection]) -> None:
    request = channels.slack(alarm(), SECRETS["slack"])
    connection.status = 404
    with pytest.raises(channels.NotDelivered, match=r"^hooks\.example\.com answered 404$"):
        channels.post(request)
    connection.fails = True
    with pytest.raises(channels.NotDelivered, match=r"^hooks\.example\.com: TimeoutError$") as raised:
        channels.post(request)
    assert raised.value.__cause__ is None
    with pytest.raises(channels.NotDelivered, match="is not https"):
        channels.post(channels.Request("http://hooks.example.com/secret", {}))


# --- The function --------------------------------------------------------------------------------------------------


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
    with mock_aws():
        yield monkeypatch


def test_mail_goes_to_the_topic_of_readable_messages(aws: pytest.MonkeyPatch) -> None:
    topic = boto3.client("sns").create_topic(Name="mail")["TopicArn"]
    queue = boto3.client("sqs").create_queue(QueueName="inbox")["QueueUrl"]
    arn = boto3.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"][
        "QueueArn"
    ]
    boto3.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    aws.setenv("CHANNEL", "mail")
    aws.setenv("MAIL_TOPIC_ARN", topic)
    handler.handle({"Records": [{"Sns": sns(ALARM)}]}, None)
    (received,) = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    body = json.loads(received["Body"])
    assert body["Subject"].startswith("[critical] dev/weather")
    assert "Runbook" in body["Message"]


@pytest.mark.parametrize("channel", ["slack", "pagerduty", "opsgenie"])
def test_a_channel_reads_its_own_secret(
    channel: str, aws: pytest.MonkeyPatch, connection: type[_Connection], caplog: pytest.LogCaptureFixture
) -> None:
    made = boto3.client("secretsmanager").create_secret(Name="channel", SecretString=json.dumps(SECRETS[channel]))
    aws.setenv("CHANNEL", channel)
    aws.setenv("SECRET_ARN", made["ARN"])
    found = handler.handle({"Records": [{"Sns": sns(ALARM)}, {"Sns": sns({**ALARM, "NewStateValue": "OK"})}]}, None)
    assert len(connection.sent) == 2
    assert found["told"][1] == f"{channel}: [resolved] dev/weather: More than 5 % of tool calls of weather fail."
    assert not any(secret in caplog.text for secret in ("secret", "r0uting", "k3y"))


def _put_alarm(name: str, description: str, actions: list[str]) -> None:
    cloudwatch = boto3.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName=name, AlarmDescription=description, ComparisonOperator="GreaterThanThreshold", EvaluationPeriods=1,
        MetricName="x", Namespace="x", Period=60, Statistic="Sum", Threshold=1, AlarmActions=actions,
    )  # fmt: skip
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")


def test_an_incident_that_goes_on_is_not_closed(aws: pytest.MonkeyPatch, connection: type[_Connection]) -> None:
    topic = f"arn:aws:sns:{REGION}:123456789012:warnings"
    _put_alarm("mcp-dev-weather-tool-errors-warning", DESCRIPTION, [topic])
    _put_alarm("mcp-dev-weather-child", DESCRIPTION, [])
    _put_alarm("mcp-dev-maps-tool-errors-warning", DESCRIPTION.replace("weather", "maps"), [topic])
    made = boto3.client("secretsmanager").create_secret(Name="c", SecretString=json.dumps(SECRETS["pagerduty"]))
    for key, value in {"CHANNEL": "pagerduty", "SECRET_ARN": made["ARN"], "ALARM_PREFIX": "mcp-dev-"}.items():
        aws.setenv(key, value)
    assert lookups.still_ringing("mcp-dev-", "dev/weather/tool-errors", NAME) == (
        "mcp-dev-weather-tool-errors-warning",
    )
    found = handler.handle({"Records": [{"Sns": sns({**ALARM, "NewStateValue": "OK"})}]}, None)
    assert found["told"] == ["pagerduty: nothing, the incident goes on"]
    assert connection.sent == []


def test_the_last_deployment_is_told(aws: pytest.MonkeyPatch) -> None:
    del aws
    ecs = boto3.client("ecs")
    ecs.create_cluster(clusterName="mcp-dev")
    ecs.register_task_definition(family="weather", containerDefinitions=[{"name": "w", "image": "w", "memory": 64}])
    assert lookups.last_deployment("mcp-dev", "weather") == "none"
    ecs.create_service(
        cluster="mcp-dev",
        serviceName="weather-service",
        taskDefinition="weather",
        desiredCount=1,
        tags=[{"key": "mcp-server", "value": "weather"}],
    )
    assert "weather:1" in lookups.last_deployment("mcp-dev", "weather")
    assert lookups.last_deployment("mcp-dev", "maps") == "none"
    assert lookups.last_deployment("mcp-dev", "") == ""


def test_a_look_that_fails_stops_no_message(aws: pytest.MonkeyPatch) -> None:
    del aws
    assert lookups.last_deployment("no-such-cluster", "weather") == "unknown"


def test_a_look_at_other_alarms_that_fails_closes_the_incident(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AWS_DEFAULT_REGION", raising=False)
    assert lookups.still_ringing("mcp-dev-", "x", "y") == ()
