"""What is looked at from outside: servers by the probe or canaries, third parties, deployments and incidents."""

import json
from typing import Any

import pytest

from mcp_ops import DeliveryMetrics, ExternalServices, InputError, Probe
from mcp_ops.monitoring.canary import code_of_canary
from tests.monitoring.programs import KEY, SECRET, TOPICS, delivery, external, probe, statements
from tests.support.recording import Recording, record

TARGET = {"url": "https://weather.dev.example.com/mcp"}
SERVICE = {"url": "https://status.example.com/health"}


def probes(**changes: Any) -> Recording:
    return record(lambda: Probe("mcp-dev", probe(**changes)))


def services(**changes: Any) -> Recording:
    return record(lambda: ExternalServices("mcp-dev", external(**changes)))


def payload(run: Recording) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(run.one("Schedule").inputs["target"]["input"])
    return found


def permitted(run: Recording, name: str) -> dict[str, Any]:
    return statements(run.one("RolePolicy", name).inputs["policy"])


# --- The probe -----------------------------------------------------------------------------------------------------


def test_every_minute_every_server_is_used() -> None:
    run = probes(
        targets={
            "weather": {**TARGET, "tool": "forecast", "expect": {"city": "Bonn"}},
            "maps": {**TARGET, "sign_in": True},
        }
    )
    assert run.one("Schedule").inputs["scheduleExpression"] == "rate(1 minute)"
    assert payload(run) == {
        "environment": "dev",
        "targets": [
            {"server": "weather", "url": TARGET["url"], "tool": "forecast", "expect": {"city": "Bonn"}},
            {"server": "maps", "url": TARGET["url"], "signIn": True},
        ],
    }
    assert run.one("lambda/function:Function").inputs["handler"] == "observe.probe.handle"
    assert "Credentials" not in permitted(run, "mcp-dev-probe-policy")


def test_the_probe_reads_its_own_credentials() -> None:
    run = probes(targets={"weather": {**TARGET, "secret_arn": SECRET, "secret_key_arn": KEY}}, interval_minutes=5)
    found = permitted(run, "mcp-dev-probe-policy")
    assert found["Credentials"]["Resource"] == [SECRET]
    assert found["CredentialKeys"]["Resource"] == [KEY]
    assert payload(run)["targets"][0]["secretArn"] == SECRET
    assert run.one("Schedule").inputs["scheduleExpression"] == "rate(5 minutes)"


def test_the_probe_can_stand_inside() -> None:
    run = probes(subnet_ids=["subnet-1"], security_group_ids=["sg-1"])
    assert run.one("lambda/function:Function").inputs["vpcConfig"]["subnetIds"] == ["subnet-1"]


def test_canaries_run_the_same_code() -> None:
    run = probes(runner="canary", subnet_ids=["subnet-1"], security_group_ids=["sg-1"])
    canary = run.one("Canary").inputs
    assert canary["name"] == "dev-weather"
    assert canary["handler"] == "canary.handler"
    assert canary["schedule"] == {"expression": "rate(1 minute)"}
    assert canary["startCanary"] is True
    assert canary["vpcConfig"]["subnetIds"] == ["subnet-1"]
    assert run.all("lambda/function:Function") == run.all("Schedule") == []
    assert permitted(run, "mcp-dev-canaries-policy")["Metrics"]["Condition"]
    assert probes(runner="canary").one("Canary").inputs.get("vpcConfig") is None


def test_the_canarys_handler_fails_when_the_probe_does(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    archive = code_of_canary(
        json.dumps({"environment": "dev", "targets": [{"server": "gone", "url": "http://127.0.0.1:9/mcp"}]})
    )
    assert {"python/canary.py", "python/observe/probe.py"} <= archive.assets.keys()
    source = archive.assets["python/canary.py"].text
    import sys

    from mcp_ops.monitoring.functions import observe

    monkeypatch.setitem(sys.modules, "observe", observe)
    from mcp_ops.monitoring.functions.observe import probe as module

    monkeypatch.setitem(sys.modules, "observe.probe", module)
    names: dict[str, Any] = {}
    exec(compile(source, "canary.py", "exec"), names)  # noqa: S102 - the handler that the canary gets
    with pytest.raises(AssertionError, match="ConnectionRefusedError"):
        names["handler"]({}, None)
    assert '"ProbeSuccess": 0' in capsys.readouterr().out


@pytest.mark.parametrize("runner", ["function", "canary"])
def test_a_preview_of_the_probe_works(runner: str) -> None:
    assert record(lambda: Probe("mcp-dev", probe(runner=runner)), preview=True).all("iam/role:Role")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"targets": {}}, "targets: {} is empty; name a server"),
        (
            {"targets": {f"s{number}": TARGET for number in range(101)}},
            "targets: 101 are too many; one probe calls 100",
        ),
        ({"targets": {"Weather": TARGET}}, "targets.Weather.server: Weather is no server name"),
        ({"targets": {"weather": {}}}, "targets.weather.url: None is missing; it is required"),
        (
            {"targets": {"weather": {**TARGET, "expect": {"a": 1}}}},
            "targets.weather.expect: {'a': 1} has no effect without tool; leave it out, or name the tool",
        ),
        ({"targets": {"weather": {**TARGET, "tool": "a b"}}}, "targets.weather.tool: 'a b' is not the name of a tool"),
        ({"runner": "cron"}, "runner: cron is not one of function, canary"),
        ({"interval_minutes": 60}, "interval_minutes: 60 is not a plain integer from 1 to 5"),
    ],
)
def test_wrong_input_of_the_probe_is_refused(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as raised:
        probes(**changes)
    assert f"mcp-dev.{line}" in str(raised.value).splitlines()


# --- Third parties -------------------------------------------------------------------------------------------------


def test_what_is_known_of_a_provider_needs_not_be_said() -> None:
    given = {
        "site": {"provider": "vercel", "project": "site", "secret_arn": SECRET, "secret_key_arn": KEY},
        "data": {"provider": "supabase", "project": "abc", "secret_arn": SECRET, "metrics": ["connections"]},
        "errors": {"provider": "sentry", "project": "acme/web", "severity": "critical"},
        "other": {**SERVICE, "status": 204, "auth": "x-key"},
    }
    run = services(services=given)
    targets = {target["service"]: target for target in payload(run)["targets"]}
    assert targets["site"]["url"] == "https://api.vercel.com/v9/projects/site"
    assert targets["data"]["auth"] == "apikey"
    assert targets["data"]["metrics"] == {
        "url": "https://abc.supabase.co/customer/v1/privileged/metrics",
        "auth": "basic",
        "names": ["connections"],
    }
    assert targets["errors"]["remaining"] == "x-sentry-rate-limit-remaining"
    assert targets["other"] == {"service": "other", "url": SERVICE["url"], "status": 204, "auth": "x-key"}
    assert run.one("Schedule").inputs["scheduleExpression"] == "rate(5 minutes)"
    found = permitted(run, "mcp-dev-external-policy")
    assert found["Credentials"]["Resource"] == [SECRET, SECRET]
    assert found["CredentialKeys"]["Resource"] == [KEY]
    down = run.one("MetricAlarm", "mcp-dev-external-errors-down").inputs
    assert down["alarmActions"] == [TOPICS["critical"]]
    assert down["treatMissingData"] == "breaching"
    assert down["dimensions"] == {"Environment": "dev", "Service": "errors"}
    quotas = {name for name in run.names("MetricAlarm") if name.endswith("-quota")}
    assert quotas == {"mcp-dev-external-site-quota", "mcp-dev-external-errors-quota"}


def test_a_preview_of_the_services_works() -> None:
    assert record(lambda: ExternalServices("mcp-dev", external()), preview=True).all("Schedule")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"services": {}}, "services: 0 services; give 1 to 50"),
        ({"services": {"a": {}}}, "services.a.url: None is missing; give url, or a provider"),
        ({"services": {"a": {"provider": "vercel"}}}, "services.a.project: None is missing; a provider needs it"),
        (
            {"services": {"a": {"provider": "heroku", "project": "x"}}},
            "services.a.provider: heroku is not one of vercel, supabase, sentry",
        ),
        (
            {"services": {"a": {"url": "http://x.example.com"}}},
            "services.a.url: http://x.example.com is not an address that starts with https://",
        ),
        (
            {"services": {"a": {**SERVICE, "metrics": ["m"]}}},
            "services.a.metrics: ['m'] has nowhere to come from; give metrics_url, or a provider that has metrics",
        ),
        ({"services": {"A b": SERVICE}}, "services.A b.name: 'A b' is no name; use a-z, 0-9 and -, at most 30"),
        (
            {"services": {"a": {**SERVICE, "latency_ms": -1}}},
            "services.a.latency_ms: -1 is not a plain integer from 1 to 60000",
        ),
        ({"topic_arns": {}}, "topic_arns.critical: None is missing; an alarm of that severity would tell nobody"),
    ],
)
def test_wrong_input_of_the_services_is_refused(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as raised:
        services(**changes)
    assert f"mcp-dev.{line}" in str(raised.value).splitlines()


# --- Deployments and incidents -------------------------------------------------------------------------------------


def test_deployments_and_alarms_reach_the_function_that_measures_them() -> None:
    run = record(lambda: DeliveryMetrics("mcp-dev", delivery()))
    patterns = {rule.name: json.loads(rule.inputs["eventPattern"]) for rule in run.all("EventRule")}
    assert patterns["mcp-dev-deployments"] == {"source": ["aws.ecs"], "detail-type": ["ECS Deployment State Change"]}
    assert patterns["mcp-dev-incidents"]["detail"] == {"alarmName": [{"prefix": "mcp-dev-"}]}
    assert run.one("lambda/function:Function").inputs["environment"]["variables"] == {
        "ENVIRONMENT": "dev",
        "CLUSTER": "mcp-dev-cluster",
    }
    assert permitted(run, "mcp-dev-delivery-policy")["Deployments"]["Resource"].endswith("service/mcp-dev-cluster/*")
    assert record(lambda: DeliveryMetrics("mcp-dev", delivery()), preview=True).all("EventRule")


def test_measures_need_to_know_whose_alarms_they_are() -> None:
    with pytest.raises(InputError, match=r"mcp-dev.alarm_prefix: '' is empty"):
        record(lambda: DeliveryMetrics("mcp-dev", delivery(alarm_prefix="")))
