"""What the servers share is watched, and shown on pages that CloudWatch accepts."""

import json
import re
from typing import Any

import pytest

from mcp_ops import Dashboard, InputError, PlatformMonitoring
from mcp_ops.monitoring import widgets
from tests.monitoring.programs import TOPICS, dashboard, platform
from tests.support.recording import Recorded, Recording, record


def watched(**changes: Any) -> Recording:
    return record(lambda: PlatformMonitoring("mcp-dev", platform(**changes)))


def alarms(run: Recording) -> dict[str, Recorded]:
    return {alarm.name.removeprefix("mcp-dev-"): alarm for alarm in run.all("MetricAlarm")}


def test_everything_shared_is_watched() -> None:
    run = watched()
    found = alarms(run)
    assert found.keys() == {
        "gateway-errors-warning",
        "gateway-errors-critical",
        "gateway-rejections",
        "certificate-warning",
        "certificate-critical",
        "firewall-blocks",
        "queue-inbox",
        "table-notes-throttles",
        "probe-errors",
        "probe-throttles",
        "probe-dead-letters",
    }
    assert run.one("PlatformMonitoring").outputs["alarm_arns"].keys() == found.keys()
    assert found["probe-errors"].inputs["dimensions"] == {"FunctionName": "probe-1"}
    assert found["probe-dead-letters"].inputs["dimensions"] == {"QueueName": "probe-dead-1"}
    assert found["firewall-blocks"].inputs["dimensions"] == {"WebACL": "mcp-dev", "Rule": "ALL", "Region": "eu-west-1"}
    assert not any("4XX" in str(alarm.inputs) for alarm in found.values())
    actions = {key: alarm.inputs["alarmActions"][0] for key, alarm in found.items()}
    assert {key for key, topic in actions.items() if topic == TOPICS["critical"]} == {
        "gateway-errors-critical",
        "gateway-rejections",
        "certificate-critical",
    }


def test_a_certificate_that_has_ended_keeps_ringing() -> None:
    found = alarms(watched(certificate_warning_days=20, certificate_critical_days=3))
    assert found["certificate-critical"].inputs["treatMissingData"] == "ignore"
    assert (found["certificate-warning"].inputs["threshold"], found["certificate-critical"].inputs["threshold"]) == (
        20,
        3,
    )


def test_without_firewall_and_certificate_their_alarms_are_not_made() -> None:
    found = alarms(watched(web_acl_metric=None, certificate_arn=None, functions={}, queues={}, tables={}))
    assert found.keys() == {"gateway-errors-warning", "gateway-errors-critical", "gateway-rejections"}


def test_a_preview_of_the_platform_works() -> None:
    assert record(lambda: PlatformMonitoring("mcp-dev", platform()), preview=True).all("MetricAlarm")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"certificate_warning_days": 5},
            "certificate_warning_days: 5 is not above certificate_critical_days 7; the warning comes first",
        ),
        ({"blocked_requests": 0}, "blocked_requests: 0 is not a plain integer from 1 to 1000000000"),
        ({"functions": {"probe": {}}}, "functions.probe.function_name: None is missing; it is required"),
        ({"queues": {"In Box": "x"}}, "queues: 'In Box' is no key; use a-z, 0-9 and -, at most 60"),
        ({"web_acl_metric": "a b"}, "web_acl_metric: 'a b' is no name of a metric"),
        ({"dashboard": "a b"}, "dashboard: 'a b' is no name of a dashboard"),
    ],
)
def test_wrong_input_of_the_platform_is_refused(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as raised:
        watched(**changes)
    assert f"mcp-dev.{line}" in str(raised.value).splitlines()


# --- Dashboards ----------------------------------------------------------------------------------------------------


def bodies(**changes: Any) -> dict[str, Any]:
    run = record(lambda: Dashboard("mcp-dev", dashboard(**changes)))
    return {
        each.inputs["dashboardName"]: json.loads(each.inputs["dashboardBody"])
        for each in run.all("Dashboard")
        if each.custom
    }


@pytest.fixture(scope="module")
def shown() -> dict[str, Any]:
    return bodies()


def titles(body: dict[str, Any]) -> set[str]:
    return {widget["properties"]["title"] for widget in body["widgets"] if "title" in widget["properties"]}


def test_there_is_a_page_for_the_environment_and_an_overview(shown: dict[str, Any]) -> None:
    assert shown.keys() == {"mcp-dev", "mcp-dev-overview"}
    assert shown["mcp-dev-overview"]["start"] == "-P30D"
    assert {"weather: error budget left", "weather", "Alarms"} <= titles(shown["mcp-dev-overview"])
    assert {
        "Alarms", "weather: error budget left", "Tool calls", "Latency", "Failed", "Calls by tool", "CPU", "Memory",
        "Running tasks", "Deployments", "Lead time", "Time to detect", "Time to recover", "Age of backups",
        "Age of secrets", "Third parties", "CostPrevented", "TimeSaved", "Satisfaction", "Cost of the account",
    } <= titles(shown["mcp-dev"])  # fmt: skip


def test_widgets_are_placed_side_by_side_without_overlap(shown: dict[str, Any]) -> None:
    for body in shown.values():
        taken: set[tuple[int, int]] = set()
        for widget in body["widgets"]:
            assert widget["x"] + widget["width"] <= widgets.COLUMNS
            cells = {
                (x, y)
                for x in range(widget["x"], widget["x"] + widget["width"])
                for y in range(widget["y"], widget["y"] + widget["height"])
            }
            assert not cells & taken
            taken |= cells


def test_expressions_read_metrics_of_their_own_widget(shown: dict[str, Any]) -> None:
    for body in shown.values():
        for widget in body["widgets"]:
            rows = widget["properties"].get("metrics", [])
            ids = {row[-1]["id"] for row in rows if isinstance(row[-1], dict) and "id" in row[-1]}
            assert len(ids) == len([row for row in rows if "id" in row[-1]])
            for row in rows:
                text = row[0].get("expression", "") if isinstance(row[0], dict) else ""
                if text and not text.startswith("SEARCH"):
                    assert set(re.findall(r"\b[a-z]\w*", text)) <= ids


def test_the_budget_left_counts_over_the_time_that_is_shown(shown: dict[str, Any]) -> None:
    gauge = next(each for each in shown["mcp-dev"]["widgets"] if each["properties"].get("view") == "gauge")
    texts = [row[0]["expression"] for row in gauge["properties"]["metrics"] if isinstance(row[0], dict)]
    assert gauge["properties"]["setPeriodToTimeRange"] is True
    assert "100 * (1 - (FILL(errors1, 0) / calls1) / 0.001)" in texts


def test_the_cost_comes_from_the_region_that_has_it(shown: dict[str, Any]) -> None:
    cost = next(
        each for each in shown["mcp-dev"]["widgets"] if each["properties"].get("title") == "Cost of the account"
    )
    assert cost["properties"]["region"] == "us-east-1"


def test_more_alarms_than_a_widget_shows_stand_in_several(shown: dict[str, Any]) -> None:
    del shown
    found = bodies(alarm_arns=[f"arn:{number}" for number in range(150)])["mcp-dev"]
    assert [len(each["properties"]["alarms"]) for each in found["widgets"] if each["type"] == "alarm"] == [100, 50]


def lists(body: dict[str, Any]) -> dict[str, list[str]]:
    found = [each["properties"] for each in body["widgets"] if each["type"] == "alarm"]
    return {each["title"]: each["alarms"] for each in found}


def test_what_wakes_somebody_comes_first_and_is_on_both_dashboards() -> None:
    found = bodies(critical_alarm_arns=["arn:c"], warning_alarm_arns=["arn:w"], alarm_arns=["arn:x"])
    assert list(lists(found["mcp-dev"]).items()) == [
        ("Critical alarms", ["arn:c"]), ("Warnings", ["arn:w"]), ("Alarms", ["arn:x"]),
    ]  # fmt: skip
    assert lists(found["mcp-dev-overview"]) == {"Critical alarms": ["arn:c"], "Alarms": ["arn:x"]}


def test_parts_of_a_long_list_have_titles_of_their_own_and_are_no_longer_than_aws_takes() -> None:
    given = [f"arn:{number}" for number in range(201)]
    found = lists(bodies(critical_alarm_arns=given, alarm_arns=[])["mcp-dev"])
    assert list(found) == [f"Critical alarms ({number} of 3)" for number in (1, 2, 3)]
    assert [arn for part in found.values() for arn in part] == given
    assert max(map(len, found.values())) == widgets.MAX_WIDGET_ALARMS


def test_a_dashboard_may_show_one_store_of_secrets_only(shown: dict[str, Any]) -> None:
    def ages(body: dict[str, Any]) -> str:
        (widget,) = [each for each in body["widgets"] if each["properties"].get("title") == "Age of secrets"]
        return str(widget["properties"]["metrics"][0][0]["expression"])

    assert (
        ages(shown["mcp-dev"])
        == "SEARCH('{mcp-ops/secrets,Secret,Store} MetricName=\"DaysSinceRotation\"', 'Maximum', 86400)"
    )
    assert ' MetricName="DaysSinceRotation" Store="mcp-dev"\'' in ages(bodies(secret_store="mcp-dev")["mcp-dev"])


def test_alarms_that_tell_somebody_are_known_by_severity() -> None:
    made: list[PlatformMonitoring] = []
    run = record(lambda: made.append(PlatformMonitoring("mcp-dev", platform())))
    for severity, topic in TOPICS.items():
        told = [alarm for alarm in run.all("MetricAlarm") if alarm.inputs["alarmActions"] == [topic]]
        assert len(made[0].acting_alarms[severity]) == len(told) > 0


def test_a_preview_of_the_dashboards_works() -> None:
    assert record(lambda: Dashboard("mcp-dev", dashboard()), preview=True).all("Dashboard")


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ({"servers": {}}, "servers: {} is empty; there is nothing to show"),
        ({"servers": {"weather": {}}}, "servers.weather.cluster_name: None is missing; it is required"),
        ({"region": "Frankfurt"}, "region: Frankfurt is not an AWS region; write it like eu-west-1"),
        ({"secret_store": "Mine"}, "secret_store: Mine is no name of a SecretStore; write it like mcp-dev"),
        ({"business_metrics": "CostPrevented"}, "business_metrics: CostPrevented is not a list of plain strings"),
    ],
)
def test_wrong_input_of_the_dashboards_is_refused(changes: dict[str, Any], line: str) -> None:
    with pytest.raises(InputError) as raised:
        bodies(**changes)
    assert f"mcp-dev.{line}" in str(raised.value).splitlines()
