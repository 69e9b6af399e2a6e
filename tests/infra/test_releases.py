"""Releases: what the settings lead to, and which settings are refused."""

from typing import Any

import pytest

from tests.infra.documents import FILE, REGISTRY, errors
from tests.infra.stacks import registered

Change = tuple[str, Any]
REJECT = ("signIn.unauthenticated", "reject")
ENDPOINTS = ["ecr.api", "ecr.dkr", "logs", "secretsmanager"]
NONE = ("signIn", {"mode": "none"})
INTERNAL = ("network.internal", True)


def fleet(count: int) -> Change:
    """Returns servers that do not meet in a block of listener priorities."""
    image = f"{REGISTRY}/dev/weather:1.0.0"
    return "servers", {f"s{number}": {"image": image, "ruleBlock": 1000 + 10 * number} for number in range(count)}


# --- What is registered -------------------------------------------------------------------------------------------


def test_by_default_releases_roll_with_alarms() -> None:
    found = registered()
    assert found.names("TargetGroup") == {"weather-tg", "maps-tg"}
    assert found.names("Listener") == {"mcp-dev-http", "mcp-dev-https"}
    alarms = found.one("ecs/service:Service", "maps-service").inputs["alarms"]["alarmNames"]
    assert alarms == [f"dev-maps-release-{what}" for what in ("errors", "hosts", "latency")]


def test_settings_reach_service_and_alarms() -> None:
    chosen = {
        "strategy": "canary",
        "canaryPercent": 2.5,
        "canaryMinutes": 4,
        "bakeMinutes": 3,
        "budgetMinutes": 20,
        "errorPercent": 5,
        "latencySeconds": 12,
        "requireDigest": False,
        "gate": {"enabled": False},
    }
    found = registered(("deployment", chosen))
    assert found.one("ecs/service:Service", "weather-service").inputs["deploymentConfiguration"] == {
        "strategy": "CANARY",
        "bakeTimeInMinutes": "3",
        "canaryConfiguration": {"canaryPercent": 2.5, "canaryBakeTimeInMinutes": "4"},
    }
    assert found.one("MetricAlarm", "maps-release-errors-alternate").inputs["threshold"] == 5
    assert found.one("MetricAlarm", "maps-release-latency").inputs["threshold"] == 12


@pytest.mark.parametrize("preview", [False, True])
def test_releases_are_tried_from_the_nat_gateways_of_a_public_gateway(*, preview: bool) -> None:
    found = registered(("deployment.strategy", "linear"), preview=preview)
    names = {rule.name for rule in found.all("SecurityGroupIngressRule") if rule.inputs["fromPort"] == 8443}
    assert names == {"mcp-dev-test-from-nat-a", "mcp-dev-test-from-nat-b"}
    assert {"weather-test", "maps-test"} <= found.names("ListenerRule")


def test_releases_are_tried_from_the_network_of_an_internal_gateway() -> None:
    found = registered(("deployment.strategy", "linear"), ("deployment.testCidrs", ["10.99.0.0/24"]), INTERNAL)
    rules = [rule.inputs for rule in found.all("SecurityGroupIngressRule") if rule.inputs["fromPort"] == 8443]
    assert {rule["cidrIpv4"] for rule in rules} == {"10.0.0.0/16", "10.99.0.0/24"}


def test_where_nobody_is_known_to_try_releases_there_is_no_test_listener() -> None:
    subnets = ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"]
    existing = {"vpcId": "vpc-0123456789abcdef0", "publicSubnetIds": subnets, "privateSubnetIds": subnets}
    found = registered(("deployment.strategy", "blue-green"), ("network", {"existing": existing}))
    assert "mcp-dev-test" not in found.names("Listener")
    advanced = found.one("ecs/service:Service", "maps-service").inputs["loadBalancers"][0]["advancedConfiguration"]
    assert "testListenerRule" not in advanced


# --- What is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        (
            [("deployment.strategy", "green")],
            "deployment.strategy: green is not offered; use rolling, blue-green, canary or linear",
        ),
        (
            [("deployment.canaryPercent", 5)],
            ("deployment.canaryPercent: 5.0 has no effect with strategy rolling, only with canary; leave it out"),
        ),
        (
            [("deployment.strategy", "canary"), ("deployment.canaryPercent", 0.05)],
            "deployment.canaryPercent: 0.05 is too small; at least 0.1",
        ),
        (
            [("deployment.strategy", "canary"), ("deployment.bakeMinutes", 26)],
            (
                "deployment.budgetMinutes: 30 leaves 20 minutes for waiting, and strategy canary waits 31: 5 until it "
                "has all traffic, 26 of baking after; 10 are for tasks that start and drain. Raise it, or wait less"
            ),
        ),
        (
            [("deployment.strategy", "canary"), ("signIn.unauthenticated", "forward")],
            (
                "deployment.strategy: canary shifts one listener rule, and signIn.unauthenticated forward needs two "
                "that forward; use rolling, or signIn.unauthenticated reject"
            ),
        ),
        (
            [("deployment.testCidrs", ["192.0.2.0/24"])],
            "deployment.testCidrs: [192.0.2.0/24] has no effect with strategy rolling; leave it out",
        ),
        (
            [("deployment.strategy", "linear"), ("deployment.testCidrs", ["0.0.0.0/0"])],
            "deployment.testCidrs[0]: 0.0.0.0/0 is every address; releases are not tried in public",
        ),
        (
            [("deployment.strategy", "linear"), ("deployment.gate", {})],
            (
                "deployment.gate.secret: null is missing: behind sign-in the gate needs a client of its own; name its "
                "secret, or set gate.enabled: false"
            ),
        ),
        (
            [("deployment.gate.tools", {"wether": "sha256:" + "0" * 64})],
            "deployment.gate.tools.wether: wether is no server of this stack",
        ),
        (
            [fleet(34)],
            (
                "network.listenerRules: 100 are fewer rules than 34 servers need, 3 each; AWS raises the quota 'Rules "
                "per Application Load Balancer' on request (Service Quotas, Elastic Load Balancing): set here what it "
                "granted, or split the servers"
            ),
        ),
        (
            [fleet(51), ("deployment.strategy", "linear"), ("network.listenerRules", 1000)],
            (
                "deployment.strategy: linear needs 2 target groups a server, 102 in all; a load balancer takes 100, "
                "which AWS does not raise: use rolling, or split the servers over two stacks"
            ),
        ),
    ],
)
def test_rules_name_place_value_and_way_out(changes: list[Change], line: str) -> None:
    assert errors(*changes) == [f"{FILE}: {line}"]


@pytest.mark.parametrize(
    "changes",
    [
        [fleet(33)],
        [fleet(100), NONE, INTERNAL],
        [fleet(100), ("network.listenerRules", 300)],
        [fleet(50), ("deployment.strategy", "blue-green"), ("network.listenerRules", 200)],
        [("deployment.strategy", "canary"), ("deployment.bakeMinutes", 15), ("deployment.canaryMinutes", 5)],
    ],
)
def test_what_keeps_the_rules_is_accepted(changes: list[Change]) -> None:
    assert errors(*changes) == []
