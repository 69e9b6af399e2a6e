"""The alarms of a server: which there are, what they read, who they tell, and which inputs are refused."""

from typing import Any

import pytest

from mcp_ops import InputError, ServerMonitoring
from mcp_ops.monitoring.burn_rate import WINDOWS
from tests.monitoring.programs import RUNBOOKS, TOPICS, business, server
from tests.support.recording import Recorded, Recording, record

NAME = "mcp-dev-weather"


def registered(**changes: Any) -> Recording:
    return record(lambda: ServerMonitoring(NAME, server(**changes)))


def refused(**changes: Any) -> list[str]:
    with pytest.raises(InputError) as raised:
        registered(**changes)
    return str(raised.value).splitlines()


@pytest.fixture(scope="module")
def run() -> Recording:
    return registered(
        ai_providers=["anthropic"],
        metric_alarms={"cost": business()},
        thresholds={"calls_per_hour": 10},
        runbook_url=RUNBOOKS,
        dashboard="mcp-dev",
        tags={"team": "x"},
    )


def alarms(run: Recording) -> dict[str, Recorded]:
    """Every alarm by key."""
    found = [*run.all("MetricAlarm"), *run.all("CompositeAlarm")]
    return {item.name.removeprefix(f"{NAME}-"): item for item in found}


def expression(alarm: Recorded) -> str:
    (text,) = [query["expression"] for query in alarm.inputs["metricQueries"] if "expression" in query]
    return str(text)


def metrics(alarm: Recorded) -> dict[str, dict[str, Any]]:
    return {query["id"]: query["metric"] for query in alarm.inputs["metricQueries"] if "metric" in query}


# --- Objectives ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("objective", "burn"),
    [
        ("availability", "IF(requests >= 20, ((FILL(failed, 0) + FILL(unreachable, 0)) / requests) / 0.001, 0)"),
        ("errors", "IF(calls >= 20, (FILL(errors, 0) / calls) / 0.001, 0)"),
        ("latency", "IF(calls >= 20, (1 - fast / 100) / 0.05, 0)"),
    ],
)
def test_each_objective_has_two_alarms_a_window_that_tell_nobody_themselves(
    run: Recording, objective: str, burn: str
) -> None:
    found = alarms(run)
    for window in WINDOWS:
        for seconds, suffix in (
            (window.long, {3600: "1h", 21_600: "6h", 86_400: "24h"}),
            (window.short, {300: "5m", 1800: "30m", 7200: "2h"}),
        ):
            alarm = found[f"slo-{objective}-{suffix[seconds]}"]
            assert expression(alarm) == burn
            assert {metric["period"] for metric in metrics(alarm).values()} == {seconds}
            assert alarm.inputs["threshold"] == window.rate
            assert alarm.inputs["alarmActions"] == alarm.inputs["okActions"] == []
            assert alarm.inputs["treatMissingData"] == "notBreaching"


def test_only_composites_act_for_objectives(run: Recording) -> None:
    found = alarms(run)
    critical = found["slo-errors-critical"].inputs
    assert critical["alarmRule"] == (
        f'(ALARM("{NAME}-slo-errors-1h") AND ALARM("{NAME}-slo-errors-5m")) OR '
        f'(ALARM("{NAME}-slo-errors-6h") AND ALARM("{NAME}-slo-errors-30m"))'
    )
    assert critical["alarmActions"] == critical["okActions"] == [TOPICS["critical"]]
    warning = found["slo-errors-warning"].inputs
    assert warning["alarmRule"] == f'ALARM("{NAME}-slo-errors-24h") AND ALARM("{NAME}-slo-errors-2h")'
    assert warning["alarmActions"] == [TOPICS["warning"]]
    assert f"{NAME}-slo-errors-24h" in found["slo-errors-warning"].dependencies


def test_failed_tool_calls_are_seen_although_they_are_http_200(run: Recording) -> None:
    by_server = metrics(alarms(run)["slo-errors-1h"])
    assert by_server["errors"]["namespace"] == "McpOps"
    assert by_server["errors"]["dimensions"] == {"Environment": "dev", "Server": "weather"}
    by_balancer = metrics(alarms(run)["slo-availability-1h"])
    assert by_balancer["failed"]["metricName"] == "HTTPCode_Target_5XX_Count"
    assert by_balancer["failed"]["dimensions"] == {"LoadBalancer": "app/dev/1", "TargetGroup": "targetgroup/weather/1"}


def test_objectives_can_be_set() -> None:
    promised = {
        "availability_percent": 99.0, "error_percent": 1.0, "latency_p95_ms": 400, "minimum_requests": 5,
        "latency_average_ms": 200,
    }  # fmt: skip
    found = alarms(registered(objectives=promised))
    assert expression(found["slo-availability-1h"]).endswith("/ 0.01, 0)")
    assert expression(found["slo-errors-1h"]) == "IF(calls >= 5, (FILL(errors, 0) / calls) / 0.01, 0)"
    assert metrics(found["slo-latency-1h"])["fast"]["stat"] == "PR(:400)"
    assert found["latency-average"].inputs["threshold"] == 200
    assert "95 % of tool calls end within 400 ms" in found["slo-latency-critical"].inputs["alarmDescription"]


# --- Thresholds ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "severity", "threshold", "periods"),
    [
        ("tool-errors-warning", "warning", 1, 2),
        ("tool-errors-critical", "critical", 5, 1),
        ("http-errors-warning", "warning", 1, 2),
        ("http-errors-critical", "critical", 5, 1),
        ("latency-warning", "warning", 2000, 2),
        ("latency-critical", "critical", 5000, 1),
        ("latency-average", "warning", 100, 1),
        ("log-errors", "warning", 10, 1),
        ("deployment-failed", "warning", 1, 1),
        ("no-traffic", "warning", 10, 1),
        ("probe", "critical", 1, 3),
        ("provider-anthropic-requests", "warning", 10, 1),
        ("provider-anthropic-tokens", "warning", 10, 1),
        ("provider-anthropic-throttles", "warning", 5, 1),
        ("metric-cost", "warning", 1, 1),
    ],
)
def test_thresholds_are_those_of_the_requirements(
    run: Recording, key: str, severity: str, threshold: float, periods: int
) -> None:
    inputs = alarms(run)[key].inputs
    assert inputs["threshold"] == threshold
    assert inputs["evaluationPeriods"] == periods
    assert inputs["alarmActions"] == inputs["okActions"] == [TOPICS[severity]]


def test_shares_need_a_minimum_of_events(run: Recording) -> None:
    found = alarms(run)
    for key in ("tool-errors-critical", "http-errors-warning", "latency-critical", "latency-average"):
        assert expression(found[key]).startswith(("IF(calls >= 20, ", "IF(requests >= 20, "))


def test_silence_of_what_must_speak_is_an_alarm(run: Recording) -> None:
    found = alarms(run)
    breaching = {key for key, alarm in found.items() if alarm.inputs.get("treatMissingData") == "breaching"}
    assert breaching == {"probe", "no-traffic"}


def test_capacity_acts_as_one_and_not_while_a_deployment_runs(run: Recording) -> None:
    found = alarms(run)
    capacity = found["capacity"].inputs
    parts = ("cpu", "memory", "tasks-missing", "unhealthy-hosts")
    assert capacity["alarmRule"] == " OR ".join(f'(ALARM("{NAME}-{key}"))' for key in parts)
    assert all(found[key].inputs["alarmActions"] == [] for key in parts)
    assert capacity["actionsSuppressor"] == {"alarm": f"{NAME}-deploying", "waitPeriod": 120, "extensionPeriod": 60}
    deploying = found["deploying"].inputs
    assert (deploying["evaluationPeriods"], deploying["datapointsToAlarm"], deploying["period"]) == (10, 1, 60)
    assert (found["cpu"].inputs["threshold"], found["memory"].inputs["threshold"]) == (50, 80)
    assert (found["cpu"].inputs["datapointsToAlarm"], found["cpu"].inputs["evaluationPeriods"]) == (3, 5)
    assert expression(found["tasks-missing"]) == "desired - FILL(running, 0)"


def test_error_lines_become_a_metric_of_the_server(run: Recording) -> None:
    found = run.one("LogMetricFilter").inputs
    assert found["logGroupName"] == "/mcp-ops/dev/weather"
    transformation = found["metricTransformation"]
    alarm = alarms(run)["log-errors"].inputs
    assert (transformation["namespace"], transformation["name"]) == (alarm["namespace"], alarm["metricName"])
    assert transformation["dimensions"] == {"Environment": "$.environment", "Server": "$.server"}
    assert alarm["dimensions"].keys() == transformation["dimensions"].keys()


def test_every_alarm_says_what_to_do_in_lines_that_machines_read_too(run: Recording) -> None:
    for key, alarm in alarms(run).items():
        sentence, *facts = alarm.inputs["alarmDescription"].splitlines()
        read = dict(fact.split(": ", 1) for fact in facts)
        assert sentence.endswith("."), key
        assert read["Environment"] == "dev"
        assert read["Server"] == "weather"
        assert read["Dashboard"] == "mcp-dev"
        assert read["Runbook"].startswith(f"{RUNBOOKS}/")
        assert read["Deduplication"].startswith("dev/weather/")
        assert len(alarm.inputs["alarmDescription"]) <= 1024
        acts = bool(alarm.inputs["alarmActions"])
        assert (read["Severity"] in {"critical", "warning"}) == acts, key


def test_nothing_alarms_on_4xx(run: Recording) -> None:
    assert not any("4XX" in str(alarm.inputs).upper() for alarm in alarms(run).values())


def test_alarms_without_cause_are_not_made() -> None:
    found = alarms(registered(probed=False))
    assert not {"probe", "no-traffic"} & found.keys()
    assert not any(key.startswith(("provider-", "metric-")) for key in found)


def test_arns_are_known_by_key(run: Recording) -> None:
    assert run.one("ServerMonitoring").outputs["alarm_arns"].keys() == alarms(run).keys()


def test_tags_reach_every_alarm(run: Recording) -> None:
    assert all(alarm.inputs["tags"] == {"mcp-server": "weather", "team": "x"} for alarm in alarms(run).values())


def test_a_preview_knows_nothing_and_works() -> None:
    assert record(lambda: ServerMonitoring(NAME, server()), preview=True).all("MetricAlarm")


def test_users_alarms_can_look_at_percentiles_and_above() -> None:
    given = business(above=3, statistic="p95", period_minutes=5, periods=3, missing="breaching", severity="critical")
    del given["below"]
    inputs = alarms(registered(metric_alarms={"slow": given}))["metric-slow"].inputs
    assert inputs["extendedStatistic"] == "p95"
    assert inputs["comparisonOperator"] == "GreaterThanThreshold"
    assert (inputs["period"], inputs["evaluationPeriods"]) == (300, 3)
    assert inputs["alarmActions"] == [TOPICS["critical"]]


# --- What is refused -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            {"objectives": {"availability_percent": 100}},
            "objectives.availability_percent: 100 is not a plain number from 95 to 99.999",
        ),
        ({"objectives": {"error_percent": 0}}, "objectives.error_percent: 0 is not a plain number from 0.001 to 5"),
        (
            {"objectives": {"latency_average_ms": 300, "latency_p95_ms": 200}},
            (
                "objectives.latency_p95_ms: 200 is below latency_average_ms 300; most calls are faster than the 95th "
                "percentile"
            ),
        ),
        (
            {"thresholds": {"error_warning_percent": -1}},
            "thresholds.error_warning_percent: -1 is not a plain number from 0.001 to 100",
        ),
        (
            {"thresholds": {"error_warning_percent": 6}},
            "thresholds.error_warning_percent: 6.0 is not below error_critical_percent 5; the warning comes first",
        ),
        (
            {"thresholds": {"latency_warning_ms": 5000}},
            "thresholds.latency_warning_ms: 5000 is not below latency_critical_ms 5000; the warning comes first",
        ),
        (
            {"thresholds": {"cpu": 50}},
            "thresholds.cpu: 50 is no input of this component",
        ),
        (
            {"topic_arns": {"critical": "x"}},
            "topic_arns.warning: None is missing; an alarm of that severity would tell nobody",
        ),
        (
            {"topic_arns": {**TOPICS, "urgent": "x"}},
            "topic_arns: urgent is not a severity; use critical and warning",
        ),
        ({"server": "Weather"}, "server: Weather is no server name; use a-z, 0-9 and -, at most 20"),
        ({"ai_providers": ["Open AI"]}, "ai_providers: 'Open AI' is no provider; write it like anthropic"),
        (
            {"metric_alarms": {"cost": business(severity="urgent")}},
            "metric_alarms.cost.severity: urgent is not one of critical, warning",
        ),
        (
            {"metric_alarms": {"cost": business(runbook=None)}},
            "metric_alarms.cost.runbook: None is missing; it is required",
        ),
        (
            {"metric_alarms": {"cost": business(runbook="see wiki")}},
            (
                "metric_alarms.cost.runbook: 'see wiki' is no runbook; name a file in the folder of the runbooks "
                "without .md, or a URL"
            ),
        ),
        (
            {"metric_alarms": {"cost": business(below=-1)}},
            "metric_alarms.cost.below: -1 is not a plain number from 0 to 1e+15",
        ),
        (
            {"metric_alarms": {"cost": business(above=2)}},
            "metric_alarms.cost.below: given has no effect beside above; give one of them",
        ),
        (
            {"metric_alarms": {"cost": business(below=None)}},
            "metric_alarms.cost.above: None is missing; give above or below",
        ),
        (
            {"metric_alarms": {"cost": business(period_minutes=5, periods=300)}},
            "metric-cost.periods: 300 of 300 s exceed a day, the most that CloudWatch looks back with this period",
        ),
        (
            {"metric_alarms": {"cost": business(period_minutes=1440, periods=8)}},
            "metric-cost.periods: 8 of 86400 s exceed seven days, the most that CloudWatch looks back with this period",
        ),
        (
            {"metric_alarms": {"Cost": business()}},
            "metric_alarms.Cost.key: Cost is no key; use a-z, 0-9 and -, at most 40",
        ),
        ({"metric_alarms": {"cost": "high"}}, "metric_alarms.cost.alarm: high is not a group of inputs"),
        (
            {"metric_alarms": {"cost": business(statistic="median")}},
            "metric_alarms.cost.statistic: median is no statistic; use Sum, Average, Minimum, Maximum or p95",
        ),
        ({"runbook_url": "wiki"}, "runbook_url: wiki is no address that starts with https://"),
        (
            {"environment": "a b"},
            "environment: 'a b' is no name of an environment; use letters, digits, - and _, at most 32",
        ),
    ],
)
def test_wrong_input_is_refused(changes: dict[str, Any], line: str) -> None:
    assert f"{NAME}.{line}" in refused(**changes)


def test_everything_wrong_is_said_at_once() -> None:
    lines = refused(server="X", objectives={"availability_percent": 100}, thresholds={"memory_percent": 101})
    assert len(lines) == 3


def test_a_name_that_makes_alarms_too_long_is_refused() -> None:
    with pytest.raises(InputError, match=r"is 27\d characters long; a alarm name has room for 255") as raised:
        record(lambda: ServerMonitoring("x" * 250, server()))
    assert len(str(raised.value).splitlines()) == 1
