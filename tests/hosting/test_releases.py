"""How releases replace each other: what is registered for each strategy, and what is refused."""

import functools
import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pytest

from mcp_ops import InputError, McpServer
from mcp_ops.hosting.mcp_server_plan import plan_mcp_server
from tests.hosting.programs import server, sign_in
from tests.support.recording import Recording, record, unknown

TEST_LISTENER = "arn:aws:elasticloadbalancing:eu-west-1:111122223333:listener/app/dev/1/3"
GATE = "arn:aws:lambda:eu-west-1:111122223333:function:gate"
BOTH = {"test_listener_arn": TEST_LISTENER, "gate_arn": GATE}
SERVICE = "ecs/service:Service"


def released(release: Mapping[str, object], *, preview: bool = False, **changes: object) -> Recording:
    return record(lambda: McpServer("weather", server(release=release, **changes)), preview=preview)


@functools.cache
def canary() -> Recording:
    return released({"strategy": "canary", **BOTH})


def refusals(release: object, **changes: object) -> list[str]:
    with pytest.raises(InputError) as caught:
        plan_mcp_server("weather", server(release=release, **changes))
    return str(caught.value).splitlines()


def statements(run: Recording, name: str) -> dict[str, dict[str, Any]]:
    policy = json.loads(run.one("RolePolicy", name).inputs["policy"])
    return {statement["Sid"]: statement for statement in policy["Statement"]}


# --- Rolling ------------------------------------------------------------------------------------------------------


def test_rolling_needs_no_second_target_group_and_no_further_role() -> None:
    run = released({"strategy": "rolling"})
    assert run.names("TargetGroup") == {"weather-tg"}
    assert run.names("Role") == {"weather-execution", "weather-task"}
    service = run.one(SERVICE).inputs
    assert "deploymentConfiguration" not in service
    assert "advancedConfiguration" not in service["loadBalancers"][0]
    assert run.one("ListenerRule").ignore_changes == []


# --- Strategies that shift traffic --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "configuration"),
    [
        ({"strategy": "blue-green"}, {"strategy": "BLUE_GREEN", "bakeTimeInMinutes": "5"}),
        (
            {"strategy": "canary", "canary_percent": 0.5, "canary_minutes": 8, "bake_minutes": 0},
            {
                "strategy": "CANARY",
                "bakeTimeInMinutes": "0",
                "canaryConfiguration": {"canaryPercent": 0.5, "canaryBakeTimeInMinutes": "8"},
            },
        ),
        (
            {"strategy": "linear", "step_percent": 25, "step_minutes": 2},
            {
                "strategy": "LINEAR",
                "bakeTimeInMinutes": "5",
                "linearConfiguration": {"stepPercent": 25, "stepBakeTimeInMinutes": "2"},
            },
        ),
    ],
)
def test_each_strategy_says_how_traffic_moves(release: dict[str, object], configuration: dict[str, object]) -> None:
    service = released(release).one(SERVICE)
    assert service.inputs["deploymentConfiguration"] == configuration
    assert service.inputs["deploymentCircuitBreaker"] == {"enable": True, "rollback": True}
    assert {"weather-shift-policy", "weather-alt"} <= service.dependencies


def test_ecs_shifts_one_rule_between_two_like_target_groups() -> None:
    run = canary()
    first, second = run.one("TargetGroup", "weather-tg"), run.one("TargetGroup", "weather-alt")
    assert first.inputs == second.inputs
    rule = run.one("ListenerRule", "weather-forward-shifted")
    assert rule.inputs["actions"] == [
        {
            "type": "forward",
            "forward": {
                "targetGroups": [
                    {"arn": first.outputs.get("arn") or arn(run, "weather-tg"), "weight": 100},
                    {"arn": arn(run, "weather-alt"), "weight": 0},
                ]
            },
        }
    ]
    (balancer,) = run.one(SERVICE).inputs["loadBalancers"]
    assert balancer["targetGroupArn"] == arn(run, "weather-tg")
    advanced = balancer["advancedConfiguration"]
    assert advanced["alternateTargetGroupArn"] == arn(run, "weather-alt")
    assert advanced["productionListenerRule"].endswith("weather-forward-shifted-1234567")
    assert advanced["testListenerRule"].endswith("weather-test-1234567")
    assert advanced["roleArn"].endswith("weather-shift-1234567")


def arn(run: Recording, group: str) -> str:
    """Returns the ARN that mocks give a target group."""
    assert run.one("TargetGroup", group)
    return f"arn:aws:lb:eu-west-1:111122223333:{group}-1234567"


def test_pulumi_leaves_the_weights_to_ecs() -> None:
    plain = canary()
    assert plain.one("ListenerRule", "weather-forward-shifted").ignore_changes == ["actions"]
    assert plain.one("ListenerRule", "weather-test").ignore_changes == ["actions"]
    guarded = released({"strategy": "blue-green"}, sign_in=sign_in())
    assert guarded.one("ListenerRule", "weather-bearer-shifted").ignore_changes == ["actions[1].forward"]
    assert guarded.one("ListenerRule", "weather-metadata").ignore_changes == []


def test_the_role_that_shifts_traffic_reaches_these_rules_and_groups_only() -> None:
    run = canary()
    (trust,) = json.loads(run.one("Role", "weather-shift").inputs["assumeRolePolicy"])["Statement"]
    assert trust["Principal"] == {"Service": "ecs.amazonaws.com"}
    found = statements(run, "weather-shift-policy")
    assert [item.rpartition(":")[2] for item in found["ShiftTraffic"]["Resource"]] == [
        "weather-forward-shifted-1234567",
        "weather-test-1234567",
    ]
    assert found["PlaceTasks"]["Resource"] == [arn(run, "weather-tg"), arn(run, "weather-alt")]
    assert all(action.startswith("elasticloadbalancing:Describe") for action in found["Look"]["Action"])
    assert [sid for sid, statement in found.items() if statement["Resource"] == "*"] == ["Look"]


def test_the_gate_is_asked_when_the_release_has_all_test_traffic() -> None:
    run = canary()
    (hook,) = run.one(SERVICE).inputs["deploymentConfiguration"]["lifecycleHooks"]
    assert (hook["hookTargetArn"], hook["lifecycleStages"]) == (GATE, ["POST_TEST_TRAFFIC_SHIFT"])
    assert json.loads(hook["hookDetails"]) == {
        "environment": "dev",
        "host": "weather.dev.example.com",
        "path": "/mcp",
        "server": "weather",
    }
    assert hook["roleArn"].endswith("weather-gate-1234567")
    assert statements(run, "weather-gate-policy")["AskTheGate"]["Resource"] == GATE
    assert "weather-gate-policy" in run.one(SERVICE).dependencies


@pytest.mark.parametrize("preview", [False, True])
def test_the_gate_may_be_known_only_later(*, preview: bool) -> None:
    def program() -> None:
        later = {key: pulumi.Output.from_input(value) for key, value in BOTH.items()}
        McpServer("weather", server(release={"strategy": "linear", **later}))

    run = record(program, preview=preview)
    advanced = run.one(SERVICE).inputs["loadBalancers"][0]["advancedConfiguration"]
    assert unknown(advanced["testListenerRule"]) is preview


def test_on_the_test_listener_a_release_answers_as_in_production() -> None:
    run = released({"strategy": "canary", **BOTH}, sign_in=sign_in())
    production, test = (
        run.one("ListenerRule", "weather-bearer-shifted").inputs,
        run.one("ListenerRule", "weather-test").inputs,
    )
    assert test == {**production, "listenerArn": TEST_LISTENER}
    assert [action["type"] for action in test["actions"]] == ["jwt-validation", "forward"]
    service = run.one(SERVICE).inputs
    advanced = service["loadBalancers"][0]["advancedConfiguration"]
    assert advanced["productionListenerRule"].endswith("weather-bearer-shifted-1234567")


def test_autoscaling_counts_the_requests_of_both_target_groups() -> None:
    policy = canary().one("appautoscaling/policy:Policy", "weather-scaling-requests").inputs
    configuration = policy["targetTrackingScalingPolicyConfiguration"]
    total, first, second = configuration["customizedMetricSpecification"]["metrics"]
    assert "predefinedMetricSpecification" not in configuration
    assert (total["expression"], total["returnData"]) == ("FILL(group0, 0) + FILL(group1, 0)", True)
    for count, suffix in ((first, "targetgroup/weather-tg/1"), (second, "targetgroup/weather-alt/1")):
        metric = count["metricStat"]["metric"]
        assert (metric["metricName"], count["metricStat"]["stat"], count["returnData"]) == (
            "RequestCountPerTarget",
            "Sum",
            False,
        )
        assert metric["dimensions"] == [
            {"name": "LoadBalancer", "value": "app/dev/1"},
            {"name": "TargetGroup", "value": suffix},
        ]


def test_the_second_target_group_is_an_output() -> None:
    outputs = canary().one("McpServer").outputs
    assert set(outputs) == set(McpServer.__annotations__)
    assert outputs["alternate_target_group_arn_suffix"] == "targetgroup/weather-alt/1"


def test_every_child_belongs_to_the_component_and_its_roles_have_the_boundary_and_the_path() -> None:
    both = {"permissions_boundary_arn": "arn:boundary", "role_path": "/mcp-dev/"}
    run = released({"strategy": "canary", **BOTH}, **both)
    assert {item.parent for item in run if item.custom} == {"weather"}
    assert run.names("Role") >= {"weather-shift", "weather-gate"}
    assert {role.inputs["permissionsBoundary"] for role in run.all("Role")} == {"arn:boundary"}
    assert {role.inputs["path"] for role in run.all("Role")} == {"/mcp-dev/"}


@pytest.mark.parametrize("changes", [{}, {"sign_in": sign_in()}])
def test_a_change_of_strategy_finds_its_place_free_and_its_name_new(changes: dict[str, Any]) -> None:
    before, after = released({}, **changes), released({"strategy": "canary"}, **changes)
    rules = [{rule.name: rule.inputs["priority"] for rule in run.all("ListenerRule")} for run in (before, after)]
    (left,), (came,) = set(rules[0]) - set(rules[1]), set(rules[1]) - set(rules[0])
    assert came == f"{left}-shifted"
    assert rules[1][came] not in rules[0].values()


# --- Alarms -------------------------------------------------------------------------------------------------------


def test_three_alarms_watch_each_target_group() -> None:
    names = {f"weather-release-{what}" for what in ("errors", "hosts", "latency")}
    assert released({}).names("MetricAlarm") == names
    run = canary()
    assert run.names("MetricAlarm") == names | {f"{name}-alternate" for name in names}
    assert run.one(SERVICE).inputs["alarms"]["alarmNames"] == [
        f"dev-weather-release-{what}{suffix}"
        for suffix in ("", "-alternate")
        for what in ("errors", "hosts", "latency")
    ]
    hosts = run.one("MetricAlarm", "weather-release-hosts-alternate").inputs
    assert hosts["dimensions"] == {"LoadBalancer": "app/dev/1", "TargetGroup": "targetgroup/weather-alt/1"}


def test_errors_count_in_percent_of_enough_requests() -> None:
    alarm = released({"error_percent": 2.5}).one("MetricAlarm", "weather-release-errors").inputs
    rate, *counts = alarm["metricQueries"]
    assert rate["expression"] == "IF(requests >= 20, 100 * (FILL(failed, 0) + FILL(unreached, 0)) / requests, 0)"
    assert (rate["returnData"], alarm["threshold"], alarm["comparisonOperator"]) == (True, 2.5, "GreaterThanThreshold")
    assert {count["id"]: count["metric"]["metricName"] for count in counts} == {
        "requests": "RequestCount",
        "failed": "HTTPCode_Target_5XX_Count",
        "unreached": "TargetConnectionErrorCount",
    }
    assert all((count["metric"]["stat"], count["metric"]["period"]) == ("Sum", 60) for count in counts)


def test_unhealthy_tasks_and_slow_answers_roll_back_too() -> None:
    run = released({"latency_seconds": 0.5})
    hosts = run.one("MetricAlarm", "weather-release-hosts").inputs
    assert (hosts["metricName"], hosts["statistic"], hosts["threshold"]) == ("UnHealthyHostCount", "Maximum", 1)
    assert hosts["comparisonOperator"] == "GreaterThanOrEqualToThreshold"
    latency = run.one("MetricAlarm", "weather-release-latency").inputs
    assert (latency["metricName"], latency["extendedStatistic"], latency["threshold"]) == (
        "TargetResponseTime",
        "p95",
        0.5,
    )
    assert latency["evaluateLowSampleCountPercentiles"] == "ignore"
    assert "statistic" not in latency


def test_no_alarm_counts_4xx_and_silence_is_no_failure() -> None:
    for alarm in canary().all("MetricAlarm"):
        assert "4XX" not in json.dumps(alarm.inputs)
        assert alarm.inputs["treatMissingData"] == "notBreaching"
        assert (alarm.inputs["evaluationPeriods"], alarm.inputs["datapointsToAlarm"]) == (2, 2)
        assert alarm.inputs["alarmDescription"]


# --- What is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("release", "line"),
    [
        ("fast", "weather.release: fast is not a group of inputs"),
        (
            {"strategy": "bluegreen"},
            "weather.release.strategy: bluegreen is not one of rolling, blue-green, canary, linear",
        ),
        (
            {"stratgy": "canary"},
            "weather.release.stratgy: canary is no input of this component; did you mean strategy",
        ),
        (
            {"strategy": "canary", "canary_percent": 0},
            "weather.release.canary_percent: 0 is not a plain number from 0.1 to 100",
        ),
        (
            {"strategy": "canary", "canary_percent": 101},
            "weather.release.canary_percent: 101 is not a plain number from 0.1 to 100",
        ),
        (
            {"strategy": "linear", "step_percent": 2},
            "weather.release.step_percent: 2 is not a plain number from 3 to 100",
        ),
        (
            {"strategy": "canary", "canary_percent": True},
            "weather.release.canary_percent: True is not a plain number from 0.1 to 100",
        ),
        (
            {"strategy": "blue-green", "bake_minutes": 1441, "budget_minutes": 2880},
            "weather.release.bake_minutes: 1441 is not a plain integer from 0 to 1440",
        ),
        (
            {"bake_minutes": 5},
            (
                "weather.release.bake_minutes: 5 has no effect with strategy rolling, "
                "only with blue-green, canary, linear; leave it out"
            ),
        ),
        (
            {"strategy": "blue-green", "canary_percent": 5},
            (
                "weather.release.canary_percent: 5 has no effect with strategy blue-green, "
                "only with canary; leave it out"
            ),
        ),
        (
            {"strategy": "canary", "gate_arn": GATE},
            "weather.release.gate_arn: given tries releases on the test listener; give test_listener_arn, too",
        ),
    ],
)
def test_wrong_releases_are_refused(release: object, line: str) -> None:
    assert refusals(release) == [line]


@pytest.mark.parametrize(
    ("release", "waits"),
    [
        ({"strategy": "blue-green", "bake_minutes": 21}, "waits 21: 0 until it has all traffic, 21 of baking after"),
        ({"strategy": "canary", "canary_minutes": 16}, "waits 21: 16 until it has all traffic, 5 of baking after"),
        ({"strategy": "linear", "step_percent": 10}, "waits 32: 27 until it has all traffic, 5 of baking after"),
    ],
)
def test_a_release_that_waits_longer_than_its_budget_is_refused(release: dict[str, object], waits: str) -> None:
    (line,) = refusals(release)
    assert line == (
        "weather.release.budget_minutes: 30 leaves 20 minutes for waiting, and strategy "
        f"{release['strategy']} {waits}; 10 are for tasks that start and drain. Raise it, or wait less"
    )
    assert plan_mcp_server("weather", server(release={**release, "budget_minutes": 42}))


def test_the_longest_waiting_that_fits_is_accepted() -> None:
    assert plan_mcp_server("weather", server(release={"strategy": "blue-green", "bake_minutes": 20}))


def test_traffic_of_two_forwarding_rules_cannot_be_shifted() -> None:
    rule = (
        "shifts one listener rule, and sign_in.unauthenticated forward needs two that forward; "
        "use rolling, or sign_in.unauthenticated reject"
    )
    forwards = sign_in(unauthenticated="forward")
    assert refusals({"strategy": "canary"}, sign_in=forwards) == [f"weather.release.strategy: canary {rule}"]
    assert plan_mcp_server("weather", server(release={}, sign_in=forwards))
