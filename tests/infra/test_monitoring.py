"""What the settings of monitoring and notifications register, and which are refused."""

import json
from typing import Any

import pytest

from tests.infra.documents import SECRET, errors
from tests.infra.stacks import registered
from tests.support.recording import Recording

KEY = "arn:aws:kms:eu-central-1:111111111111:key/12345678-1234-1234-1234-123456789012"
COST = {
    "metric": "CostPrevented",
    "summary": "Hardly any cost was prevented.",
    "severity": "warning",
    "runbook": "business",
}
NO_RUNBOOK = {key: value for key, value in COST.items() if key != "runbook"}
HEARD = ("notifications.emails", ["ops@example.com"])


def alarm(run: Recording, key: str) -> dict[str, Any]:
    return run.one("MetricAlarm", f"mcp-dev-{key}").inputs


def probed(run: Recording) -> dict[str, dict[str, Any]]:
    payload = json.loads(run.one("scheduler/schedule:Schedule", "mcp-dev-probe").inputs["target"]["input"])
    return {target["server"]: target for target in payload["targets"]}


def test_without_settings_every_server_is_watched_and_dev_may_be_silent() -> None:
    run = registered()
    assert run.names("ServerMonitoring") == {"mcp-dev-weather", "mcp-dev-maps"}
    assert probed(run).keys() == {"weather", "maps"}
    assert run.all("TopicSubscription") == run.all("Budget") == []
    description = alarm(run, "weather-probe")["alarmDescription"]
    assert "https://github.com/example/mcp-ops/blob/main/docs/runbooks/probe.md" in description
    assert {item.inputs["dashboardName"] for item in run.all("Dashboard") if item.custom} == {
        "mcp-dev",
        "mcp-dev-overview",
    }


def test_a_servers_own_settings_overlay_those_of_all() -> None:
    run = registered(
        ("monitoring.objectives", {"errorPercent": 0.5, "minimumRequests": 5}),
        ("monitoring.thresholds", {"cpuPercent": 70}),
        (
            "monitoring.servers.weather",
            {
                "objectives": {"errorPercent": 1.0},
                "thresholds": {"memoryPercent": 90},
                "probe": {"tool": "forecast", "arguments": {"city": "Bonn"}, "secret": SECRET, "secretKey": KEY},
                "aiProviders": ["anthropic"],
                "metricAlarms": {"cost": {**COST, "below": 1.0, "periodMinutes": 1440}},
            },
        ),
    )

    def burn(server: str) -> str:
        queries = alarm(run, f"{server}-slo-errors-1h")["metricQueries"]
        return next(query["expression"] for query in queries if "expression" in query)

    assert burn("weather") == "IF(calls >= 5, (FILL(errors, 0) / calls) / 0.01, 0)"
    assert burn("maps") == "IF(calls >= 5, (FILL(errors, 0) / calls) / 0.005, 0)"
    assert (alarm(run, "weather-cpu")["threshold"], alarm(run, "weather-memory")["threshold"]) == (70, 90)
    assert alarm(run, "maps-memory")["threshold"] == 80
    assert alarm(run, "weather-metric-cost")["period"] == 86_400
    assert "mcp-dev-weather-provider-anthropic-requests" in run.names("MetricAlarm")
    target = probed(run)["weather"]
    assert (target["tool"], target["arguments"], target["secretArn"]) == ("forecast", {"city": "Bonn"}, SECRET)
    policy = json.loads(run.one("RolePolicy", "mcp-dev-probe-policy").inputs["policy"])
    found = {item["Sid"]: item["Resource"] for item in policy["Statement"]}
    assert (found["Credentials"], found["CredentialKeys"]) == ([SECRET], [KEY])


def test_channels_budget_and_third_parties() -> None:
    run = registered(
        HEARD,
        ("notifications.slack", {"secret": SECRET}),
        ("notifications.pagerduty", {"secret": SECRET, "secretKey": KEY, "severities": ["critical", "warning"]}),
        ("budget", {"monthlyUsd": 100, "anomalyUsd": 20}),
        ("monitoring.externalServices", {"site": {"provider": "vercel", "project": "site", "secret": SECRET}}),
        ("monitoring.runbookUrl", "https://wiki.example.com/runbooks"),
        ("monitoring.dashboards", False),
    )
    lambdas = {item.name for item in run.all("TopicSubscription") if item.inputs["protocol"] == "lambda"}
    assert {"mcp-dev-mail-critical", "mcp-dev-slack-warning", "mcp-dev-pagerduty-warning"} <= lambdas
    assert run.one("Budget").inputs["limitAmount"] == "100"
    assert run.one("AnomalyMonitor")
    assert (
        "https://wiki.example.com/runbooks/external-service.md" in alarm(run, "external-site-down")["alarmDescription"]
    )
    assert "Dashboard" not in alarm(run, "external-site-down")["alarmDescription"]
    assert run.all("Dashboard") == []


def test_servers_with_sign_in_are_probed_without_a_token_unless_there_is_a_client() -> None:
    run = registered(
        ("signIn", {"mode": "jwt", "preset": "keycloak", "issuer": "https://login.example.com/realms/mcp"})
    )
    assert probed(run)["weather"]["signIn"] is True


def test_what_the_probe_and_the_firewall_are_for_can_be_switched_off_in_dev() -> None:
    run = registered(("monitoring.probes", {"enabled": False}), ("firewall.enabled", False))
    assert run.all("Probe") == []
    names = run.names("MetricAlarm")
    assert not {"mcp-dev-weather-probe", "mcp-dev-firewall-blocks"} & names


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            [("monitoring.objectives", {"availabilityPercent": 100.0})],
            "monitoring.objectives.availabilityPercent: 100.0 is too large; at most 99.999",
        ),
        (
            [("monitoring.thresholds", {"errorWarningPercent": -1.0})],
            "monitoring.thresholds.errorWarningPercent: -1.0 is too small; at least 0.001",
        ),
        (
            [("monitoring.thresholds", {"errorWarningPercent": 6.0}), ("monitoring.servers", {"maps": {}})],
            (
                "monitoring.thresholds.errorWarningPercent: 6.0 is not below errorCriticalPercent 5; "
                "the warning comes first"
            ),
        ),
        (
            [("monitoring.servers.maps", {"thresholds": {"latencyWarningMs": 9000}})],
            (
                "monitoring.servers.maps.thresholds.latencyWarningMs: 9000 is not below latencyCriticalMs 5000; "
                "the warning comes first"
            ),
        ),
        (
            [("monitoring.servers", {"wether": {}})],
            "monitoring.servers.wether: wether is no server of this stack; did you mean weather?",
        ),
        (
            [("monitoring.servers.maps", {"metricAlarms": {"cost": {**COST, "severity": "urgent", "below": 1.0}}})],
            "monitoring.servers.maps.metricAlarms.cost.severity: urgent is not offered; use critical or warning",
        ),
        (
            [
                (
                    "monitoring.servers.maps",
                    {"metricAlarms": {"cost": {key: COST[key] for key in COST if key != "runbook"}}},
                )
            ],
            "monitoring.servers.maps.metricAlarms.cost: runbook is missing",
        ),
        (
            [("monitoring.servers.maps", {"metricAlarms": {"cost": COST}})],
            "monitoring.servers.maps.metricAlarms.cost.above: null is missing; give above or below",
        ),
        (
            [("monitoring.servers.maps", {"probe": {"expect": {"a": 1}}})],
            "monitoring.servers.maps.probe.expect: {...} has no effect without tool; leave it out, or name the tool",
        ),
        (
            [("monitoring.externalServices", {"site": {"provider": "vercel"}})],
            "monitoring.externalServices.site.project: null is missing; a provider needs it",
        ),
        (
            [("notifications.emails", ["nobody"])],
            "notifications.emails[0]: nobody is not an e-mail address",
        ),
        (
            [("notifications.emails", ["a@b.de", "a@b.de"])],
            "notifications.emails[1]: a@b.de is listed twice",
        ),
        (
            [HEARD, ("notifications.slack", {"secret": SECRET, "severities": ["urgent"]})],
            "notifications.slack.severities[0]: urgent is not offered; use critical or warning",
        ),
        (
            [("notifications.pagerduty", {"secret": SECRET})],
            "notifications.emails: null is missing; nobody would hear of alarms of severity warning",
        ),
        (
            [("budget", {"monthlyUsd": 100})],
            "budget.monthlyUsd: 100 would be exceeded without anybody hearing of it; name a channel",
        ),
    ],
)
def test_wrong_settings_are_refused(changes: list[tuple[str, Any]], line: str) -> None:
    assert [found.partition(": ")[2] for found in errors(*changes)] == [line]


def test_staging_and_prod_have_somebody_who_hears_and_prod_is_probed() -> None:
    staging = errors(("environment", "staging"), ("deployment.requireDigest", False))
    assert any("notifications.emails: null is missing; nobody would hear" in line for line in staging)
    prod = errors(HEARD, ("environment", "prod"), ("monitoring.probes", {"enabled": False}))
    assert any("monitoring.probes.enabled: false leaves it to users" in line for line in prod)
