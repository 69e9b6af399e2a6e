"""The release gate of a stack: what its settings register, what it asks of each server, and what is refused."""

import json
from typing import Any

import pytest

from tests.infra.documents import FILE, GONE, SECRET, errors, settings
from tests.infra.stacks import registered, stack
from tests.support.recording import Recorded, Recording, unknown

Change = tuple[str, Any]
CANARY = ("deployment.strategy", "canary")
KEY = "arn:aws:kms:eu-central-1:111111111111:key/12345678-1234-1234-1234-123456789012"
DIGEST = "sha256:" + "a" * 64
OPEN = [("signIn", {"mode": "none"}), ("network.internal", True), ("deployment.gate", GONE)]
"""Servers without sign-in, and a gate without a client."""
FUNCTION = "lambda/function:Function"


def gate(*changes: Change, preview: bool = False) -> Recorded:
    """Returns the gate's function of the minimal settings with changes."""
    return registered(CANARY, *changes, preview=preview).one(FUNCTION, "mcp-dev-gate")


def proves(function: Recorded) -> dict[str, Any]:
    """Returns what the function asks of each server."""
    found: dict[str, Any] = json.loads(function.inputs["code"].assets["release_gate/servers.json"].text)
    return found


def allowed(found: Recording) -> dict[str, Any]:
    """Returns the statements of the gate's role by their ids."""
    (policy,) = [item for item in found.all("RolePolicy") if item.name.startswith("mcp-dev-gate")]
    return {statement["Sid"]: statement for statement in json.loads(policy.inputs["policy"])["Statement"]}


# --- What is registered -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("strategy", ["blue-green", "canary", "linear"])
def test_where_traffic_shifts_the_gate_decides_on_every_server(strategy: str) -> None:
    found = registered(("deployment.strategy", strategy))
    arn = found.one("mcp-ops:index:ReleaseGate", "mcp-dev").outputs["function_arn"]
    for server in ("weather", "maps"):
        service = found.one("ecs/service:Service", f"{server}-service").inputs
        (hook,) = service["deploymentConfiguration"]["lifecycleHooks"]
        assert (hook["hookTargetArn"], hook["lifecycleStages"]) == (arn, ["POST_TEST_TRAFFIC_SHIFT"])


@pytest.mark.parametrize(
    "changes",
    [
        [],
        [CANARY, ("deployment.gate.enabled", False)],
        # Nobody is known to be able to try a release: a VPC of somebody else's, and no testCidrs.
        [
            ("deployment.strategy", "blue-green"),
            (
                "network",
                {
                    "existing": {
                        "vpcId": "vpc-0123456789abcdef0",
                        "publicSubnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
                        "privateSubnetIds": ["subnet-0123456789abcdef0", "subnet-0123456789abcdef1"],
                    }
                },
            ),
        ],
    ],
)
def test_without_a_test_listener_or_by_choice_there_is_no_gate(changes: list[Change]) -> None:
    found = registered(*changes)
    assert not found.all("mcp-ops:index:ReleaseGate")
    for service in found.all("ecs/service:Service"):
        assert "lifecycleHooks" not in service.inputs.get("deploymentConfiguration", {})


def test_settings_reach_the_function() -> None:
    found = registered(
        CANARY,
        ("deployment.gate", {"secret": SECRET, "secretKey": KEY, "latencySeconds": 0.25, "samples": 40}),
        ("retention.logsDays", 7),
    )
    function = found.one(FUNCTION, "mcp-dev-gate").inputs
    assert function["environment"]["variables"] == {"LATENCY_SECONDS": "0.25", "SAMPLES": "40", "SECRET_ARN": SECRET}
    assert function["timeout"] == 70  # a minute, and 40 calls of 0.25 s
    assert allowed(found)["Credentials"]["Resource"] == SECRET
    assert allowed(found)["CredentialsKey"]["Resource"] == KEY
    logs = found.one("LogGroup", "mcp-dev-gate-logs").inputs
    assert (logs["name"], logs["retentionInDays"]) == ("/mcp-ops/functions/mcp-dev-gate", 7)


def test_without_a_client_it_may_read_no_secret() -> None:
    found = registered(CANARY, *OPEN)
    assert allowed(found).keys().isdisjoint({"Credentials", "CredentialsKey"})
    assert "SECRET_ARN" not in found.one(FUNCTION, "mcp-dev-gate").inputs["environment"]["variables"]


def test_it_runs_in_the_private_subnets_under_the_boundary() -> None:
    found = registered(CANARY)
    tasks = found.one("ecs/service:Service", "maps-service").inputs["networkConfiguration"]["subnets"]
    assert found.one(FUNCTION, "mcp-dev-gate").inputs["vpcConfig"]["subnetIds"] == tasks
    assert found.one("iam/role:Role", "mcp-dev-gate-role").inputs["permissionsBoundary"]
    assert found.names("SecurityGroupEgressRule") >= {"mcp-dev-gate-to-https", "mcp-dev-gate-to-test"}


def test_the_gate_is_watched_like_every_function() -> None:
    watched = {
        alarm.inputs["dimensions"]["FunctionName"]
        for alarm in registered(CANARY).all("MetricAlarm")
        if "FunctionName" in alarm.inputs.get("dimensions", {})
    }
    assert any("gate" in name for name in watched)


def test_a_preview_knows_what_is_asked_but_no_network() -> None:
    function = gate(preview=True)
    assert proves(function).keys() == {"weather", "maps"}
    assert unknown(function.inputs["vpcConfig"]["subnetIds"])


# --- What it asks -------------------------------------------------------------------------------------------------


def test_by_default_a_release_needs_sign_in_and_no_call() -> None:
    assert proves(gate()) == {"weather": {"signIn": True}, "maps": {"signIn": True}}
    assert proves(gate(*OPEN)) == {"weather": {}, "maps": {}}


def test_the_probes_call_wins_over_the_rehearsals() -> None:
    probed = {"tool": "forecast", "arguments": {"city": "Bonn"}, "expect": {"city": "Bonn"}}
    rehearsed = {"command": ["python"], "probes": [{"tool": "echo", "arguments": {"value": 1}}, {"tool": "other"}]}
    both = [("servers.weather.rehearsal", rehearsed), ("servers.maps.rehearsal", rehearsed)]
    found = proves(gate(*both, ("monitoring.servers", {"weather": {"probe": probed}})))
    assert found["weather"] == {**probed, "signIn": True}
    assert found["maps"] == {"tool": "echo", "arguments": {"value": 1}, "signIn": True}


def test_a_probe_that_calls_no_tool_leaves_the_rehearsals_call() -> None:
    rehearsed = {"command": ["python"], "probes": [{"tool": "echo", "expect": {"value": 1}}]}
    watch = {"weather": {"probe": {"secret": SECRET}}}
    found = proves(gate(("servers.weather.rehearsal", rehearsed), ("monitoring.servers", watch)))
    assert found["weather"] == {"tool": "echo", "expect": {"value": 1}, "signIn": True}


def test_a_tools_digest_holds_for_its_server_alone() -> None:
    found = proves(gate(("deployment.gate.tools", {"maps": DIGEST})))
    assert found["maps"] == {"toolsDigest": DIGEST, "signIn": True}
    assert "toolsDigest" not in found["weather"]


@pytest.mark.parametrize("name", ["dev", "staging", "prod"])
def test_the_projects_own_stacks_have_a_gate_where_traffic_shifts(name: str) -> None:
    found = stack(name)
    shifts = any(
        service.inputs.get("deploymentConfiguration", {}).get("strategy", "ROLLING") != "ROLLING"
        for service in found.all("ecs/service:Service")
    )
    assert bool(found.all("mcp-ops:index:ReleaseGate")) is shifts


# --- What is refused ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "line"),
    [
        ([("deployment.gate", True)], "deployment.gate: true is not a group of keys"),
        ([("deployment.gate.enabled", "no")], "deployment.gate.enabled: no is neither true nor false"),
        ([("deployment.gate.latencySeconds", 0)], "deployment.gate.latencySeconds: 0 is too small; at least 0.01"),
        ([("deployment.gate.latencySeconds", 61)], "deployment.gate.latencySeconds: 61 is too large; at most 60"),
        ([("deployment.gate.samples", 0)], "deployment.gate.samples: 0 is too small; at least 1"),
        ([("deployment.gate.samples", 101)], "deployment.gate.samples: 101 is too large; at most 100"),
        ([("deployment.gate.samples", 2.5)], "deployment.gate.samples: 2.5 is not a whole number"),
        (
            [("deployment.gate.latencySeconds", 10), ("deployment.gate.samples", 90)],
            (
                "deployment.gate.samples: 90 calls of 10 s exceed the 900 s of a function; lower them, or "
                "gate.latencySeconds"
            ),
        ),
        (
            [("deployment.gate.tools", {"maps": "md5:1"})],
            "deployment.gate.tools.maps: md5:1 is no digest; it is sha256: and 64 hex digits",
        ),
        (
            [("deployment.gate", {"secretKey": KEY})],
            (
                f"deployment.gate.secretKey: {KEY} has no effect without gate.secret; leave it out, or name the secret "
                "that it encrypts"
            ),
        ),
        (
            [("deployment.gate.sample", 5)],
            "deployment.gate: sample is not a setting; did you mean samples?",
        ),
        (
            [("servers.weather.rehearsal", {"command": ["python"], "probes": [{"tool": "a b"}]})],
            "servers.weather.rehearsal.probes[0].tool: 'a b' is not the name of a tool: letters, digits, _, - and .",
        ),
    ],
)
def test_wrong_settings_are_refused_with_place_value_and_rule(changes: list[Change], line: str) -> None:
    assert errors(*changes) == [f"{FILE}: {line}"]


@pytest.mark.parametrize("secret", ["gate", "arn:aws:s3:::gate"])
def test_a_secret_is_named_by_its_arn(secret: str) -> None:
    (line,) = errors(("deployment.gate.secret", secret))
    assert line.startswith(f"{FILE}: deployment.gate.secret: ")
    assert "is not the full ARN of a secret" in line


def test_a_wrong_value_does_not_lead_to_a_second_line() -> None:
    changes = [("deployment.gate.latencySeconds", "fast"), ("deployment.gate.samples", 100)]
    (line,) = errors(*changes)
    assert line.startswith(f"{FILE}: deployment.gate.latencySeconds: fast")


def test_the_longest_gate_that_a_function_can_run_is_accepted() -> None:
    chosen = settings(("deployment.gate.latencySeconds", 8.4), ("deployment.gate.samples", 100)).deployment.gate
    assert (chosen.latency_seconds, chosen.samples) == (8.4, 100)
