"""Who hears of what: topics, channels with a function each, the budget, and the watch on the watchers."""

import json
from typing import Any

import pytest

from mcp_ops import InputError, Notifications
from mcp_ops.rehearsal.findings import check_policy
from tests.monitoring.programs import BOUNDARY, KEY, SECRET, notifications, statements
from tests.support.recording import ACCOUNT_ID, Recording, record

CHANNEL = {"secret_arn": SECRET}


def registered(**changes: Any) -> Recording:
    return record(lambda: Notifications("mcp-dev", notifications(**changes)))


@pytest.fixture(scope="module")
def run() -> Recording:
    return registered(
        slack={"secret_arn": SECRET, "secret_key_arn": KEY},
        pagerduty=CHANNEL,
        opsgenie={**CHANNEL, "severities": ["critical", "warning"]},
        cluster_name="mcp-dev-cluster",
        monthly_budget_usd=300,
        anomaly_usd=20,
        permissions_boundary_arn=BOUNDARY,
        log_key_arn=KEY,
    )


def subscriptions(run: Recording, protocol: str) -> set[tuple[str, str]]:
    found = [item.inputs for item in run.all("TopicSubscription") if item.inputs["protocol"] == protocol]
    return {(item["topic"].rpartition(":")[2], item["endpoint"]) for item in found}


def test_there_is_an_encrypted_topic_for_each_severity(run: Recording) -> None:
    assert run.names("sns/topic:Topic") == {"mcp-dev-critical", "mcp-dev-warning", "mcp-dev-mail"}
    assert all(topic.inputs["kmsMasterKeyId"] == KEY for topic in run.all("sns/topic:Topic"))
    outputs = run.one("Notifications").outputs
    assert outputs["topic_arns"] == {"critical": outputs["critical_topic_arn"], "warning": outputs["warning_topic_arn"]}


def test_only_services_of_this_account_publish(run: Recording) -> None:
    for policy in run.all("TopicPolicy"):
        allowed = json.loads(policy.inputs["policy"])["Statement"]
        services = {item["Principal"]["Service"] for item in allowed}
        assert services == {
            f"{name}.amazonaws.com" for name in ("backup", "budgets", "cloudwatch", "costalerts", "events")
        }
        assert all(ACCOUNT_ID in json.dumps(item["Condition"]) for item in allowed)
        assert (
            check_policy(policy.inputs["policy"], "resource", "policy", resource_type="sns", account=ACCOUNT_ID) == []
        )


def test_each_channel_hears_of_what_it_should(run: Recording) -> None:
    heard: dict[str, set[str]] = {}
    for topic, endpoint in subscriptions(run, "lambda"):
        heard.setdefault(endpoint.rpartition("mcp-dev-")[2].removesuffix("-1234567"), set()).add(
            topic.removeprefix("mcp-dev-").removesuffix("-1234567")
        )
    both = {"critical", "warning"}
    assert heard == {"mail": both, "slack": both, "pagerduty": {"critical"}, "opsgenie": both}


def test_people_get_readable_mail_and_never_the_raw_alarm(run: Recording) -> None:
    assert subscriptions(run, "email") == {("mcp-dev-mail-1234567", "ops@example.com")}
    variables = run.one("lambda/function:Function", "mcp-dev-mail").inputs["environment"]["variables"]
    assert variables["CHANNEL"] == "mail"
    assert variables["MAIL_TOPIC_ARN"].endswith("mcp-dev-mail-1234567")
    assert "SECRET_ARN" not in variables


def test_a_function_reads_the_secret_of_its_own_channel_only(run: Recording) -> None:
    policies = {channel: policy(run, channel) for channel in ("mail", "slack", "pagerduty")}
    assert "Secret" not in policies["mail"]
    assert policies["mail"]["Mail"]["Action"] == ["sns:Publish"]
    assert policies["slack"]["Secret"]["Resource"] == SECRET
    assert policies["slack"]["SecretKey"]["Resource"] == KEY
    assert "SecretKey" not in policies["pagerduty"]
    assert "Mail" not in policies["pagerduty"]
    assert policies["mail"]["LastDeployment"]["Resource"].endswith(":service/mcp-dev-cluster/*")


def policy(run: Recording, channel: str) -> dict[str, Any]:
    return statements(run.one("RolePolicy", f"mcp-dev-{channel}-policy").inputs["policy"])


def test_roles_carry_the_boundary(run: Recording) -> None:
    assert {role.inputs["permissionsBoundary"] for role in run.all("iam/role:Role")} == {BOUNDARY}


def test_topics_may_invoke_what_they_invoke_and_nothing_else_may(run: Recording) -> None:
    for permission in run.all("lambda/permission:Permission"):
        assert permission.inputs["principal"] == "sns.amazonaws.com"
        assert ":mcp-dev-" in permission.inputs["sourceArn"]


def test_what_tells_of_failing_channels_does_not_go_through_them(run: Recording) -> None:
    alarms = {alarm.name: alarm.inputs for alarm in run.all("MetricAlarm")}
    assert len(alarms) == 12
    (actions,) = {tuple(alarm["alarmActions"]) for alarm in alarms.values()}
    assert actions[0].endswith("mcp-dev-mail-1234567")
    assert "runbooks/notifications.md" in alarms["mcp-dev-slack-dead-letters"]["alarmDescription"]


def test_the_budget_warns_of_the_forecast_and_rings_at_twenty_percent_more(run: Recording) -> None:
    budget = run.one("Budget")
    told = {
        (item["notificationType"], item["threshold"]): item["subscriberSnsTopicArns"]
        for item in budget.inputs["notifications"]
    }
    assert told.keys() == {("FORECASTED", 100), ("ACTUAL", 120)}
    assert told["ACTUAL", 120][0].endswith("mcp-dev-critical-1234567")
    assert {"mcp-dev-critical-policy", "mcp-dev-warning-policy"} <= budget.dependencies


def test_anomalies_of_cost_are_told(run: Recording) -> None:
    subscription = run.one("AnomalySubscription").inputs
    assert subscription["frequency"] == "IMMEDIATE"
    assert subscription["subscribers"][0]["address"].endswith("mcp-dev-warning-1234567")
    assert subscription["thresholdExpression"]["dimension"]["values"] == ["20"]


def test_less_is_registered_where_less_is_asked_for() -> None:
    run = registered(emails=[], slack=CHANNEL)
    assert run.names("sns/topic:Topic") == {"mcp-dev-critical", "mcp-dev-warning"}
    assert run.all("Budget") == run.all("AnomalyMonitor") == []
    alarm = run.one("MetricAlarm", "mcp-dev-slack-errors").inputs
    assert alarm["alarmActions"][0].endswith("mcp-dev-warning-1234567")
    assert "CLUSTER" not in run.one("lambda/function:Function").inputs["environment"]["variables"]


def test_silence_is_a_choice() -> None:
    run = registered(emails=[], silent=True)
    assert run.all("lambda/function:Function") == []
    assert len(run.all("sns/topic:Topic")) == 2


def test_a_preview_works() -> None:
    assert record(lambda: Notifications("mcp-dev", notifications(slack=CHANNEL)), preview=True).all("TopicPolicy")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"emails": ["nobody"]}, "emails: nobody is not an e-mail address"),
        ({"emails": ["a@b.de", "a@b.de"]}, "emails: a@b.de is listed twice"),
        ({"emails": []}, "emails: None is missing; nobody would hear of alarms of severity critical"),
        (
            {"emails": [], "pagerduty": CHANNEL},
            "emails: None is missing; nobody would hear of alarms of severity warning",
        ),
        (
            {"slack": {**CHANNEL, "severities": ["urgent"]}},
            "slack.severities: urgent is not a severity; use critical or warning",
        ),
        ({"slack": {**CHANNEL, "severities": []}}, "slack.severities: [] is empty; the channel would hear of nothing"),
        ({"slack": {}}, "slack.secret_arn: None is missing; it is required"),
        ({"slack": "https://hooks.example.com"}, "slack: https://hooks.example.com is not a group of inputs"),
        ({"silent": True}, "silent: True has no effect beside a channel; leave it out"),
        (
            {"emails": [], "silent": True, "monthly_budget_usd": 5},
            "monthly_budget_usd: 5 would be exceeded without anybody hearing of it; name a channel",
        ),
        ({"monthly_budget_usd": 0}, "monthly_budget_usd: 0 is not a plain integer from 1 to 1000000000"),
        ({"account_id": "1"}, "account_id: 1 is not an AWS account id; it has 12 digits"),
    ],
)
def test_wrong_input_is_refused(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as raised:
        registered(**changes)
    assert f"mcp-dev.{line}" in str(raised.value).splitlines()


def test_a_name_that_cannot_name_topics_is_refused() -> None:
    with pytest.raises(InputError, match="cannot name topics"):
        record(lambda: Notifications("MCP Dev", notifications()))
