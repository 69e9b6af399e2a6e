"""The drill `roll-back` over a small stack: who catches which release, and what it says when nobody does."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.rehearsal.drills.support import CONTRACT, ended
from tests.support.projects import write_project

from mcp_ops.rehearsal.drills import processes
from mcp_ops.rehearsal.drills.drill import Outcome

SECRET = "arn:aws:secretsmanager:eu-west-1:111122223333:secret:gate-AbCdEf"
PROGRAM = """
    import pulumi
    import pulumi_aws as aws
    from mcp_ops import Cluster, DeploymentRole, Gateway, McpServer, ReleaseGate

    HERE = {"account_id": "111122223333", "region": "eu-west-1"}
    tags = aws.ProviderDefaultTagsArgs(tags={"Environment": "dev"})
    provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["111122223333"], default_tags=tags)
    opts = pulumi.ResourceOptions(provider=provider)
    net = aws.ec2.Vpc("dev", cidr_block="10.0.0.0/16", opts=opts)
    subnets = [
        aws.ec2.Subnet(
            f"dev-{zone}", vpc_id=net.id, cidr_block=f"10.0.{n}.0/24", availability_zone=f"eu-west-1{zone}", opts=opts
        ).id
        for n, zone in enumerate("ab")
    ]
    proves = {"tool": "double", "arguments": {"value": 4}, "expect": {"result": 8}}
    gate_args = {}
    release = {"strategy": "canary"}
    signs_in = {}
    probes = [proves]
    roles = False
    command = ["python", CONTRACT]
    # changes
    gateway = Gateway(
        "dev",
        {
            **HERE,
            "vpc_id": net.id,
            "subnet_ids": subnets,
            "domain": "dev.example.com",
            "hosted_zone_id": "Z0123456789EXAMPLE",
            "test_ingress_cidrs": {"nat": "198.51.100.7/32"},
        },
        opts,
    )
    cluster = Cluster("dev", {"namespace": False}, opts)
    if release["strategy"] != "rolling":
        servers = {"weather": {**proves, "sign_in": bool(signs_in)}}
        gate = ReleaseGate("dev", {**HERE, "environment": "dev", "servers": servers, **gate_args}, opts)
        release |= {"gate_arn": gate.function_arn, "test_listener_arn": gateway.test_listener_arn.apply(str)}
    server = McpServer(
        "weather",
        {
            **HERE,
            **signs_in,
            "image": "ghcr.io/example/weather:1",
            "environment": "dev",
            "host": "weather.dev.example.com",
            "cluster_arn": cluster.cluster_arn,
            "cluster_name": cluster.cluster_name,
            "vpc_id": net.id,
            "subnet_ids": subnets,
            "listener_arn": gateway.listener_arn,
            "load_balancer_arn_suffix": gateway.load_balancer_arn_suffix,
            "load_balancer_dns_name": gateway.load_balancer_dns_name,
            "load_balancer_zone_id": gateway.load_balancer_zone_id,
            "gateway_security_group_id": gateway.security_group_id,
            "targets_security_group_id": gateway.targets_security_group_id,
            "hosted_zone_id": "Z0123456789EXAMPLE",
            "port": 8344,
            "variables": {"FAULT": ""},
            "release": release,
        },
        opts,
    )
    if roles:
        boundary = aws.iam.Policy(
            "boundary", opts=opts,
            policy={"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
        )
        DeploymentRole(
            "dev",
            {
                **HERE,
                "environment": "dev",
                "owner": "example",
                "owner_id": "1",
                "repository": "operations",
                "repository_id": "2",
                "permissions_boundary_arn": boundary.arn,
                "name_prefixes": ["dev", "weather"],
                "cluster_name": cluster.cluster_name,
            },
            opts,
        )
    entry = {
        "command": command,
        "taskDefinition": server.task_definition_arn,
        "url": server.url,
        "probes": probes,
    }
    pulumi.export("rehearsal", {"servers": {"weather": entry}})
"""

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(scope="module", autouse=True)
def steady() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "slowness", lambda: 2.0)
        yield


def drilled(directory: Path, *changes: str) -> Outcome | str:
    """Returns how the drill ended on a stack with changes, or why it did not run."""
    program = PROGRAM.replace("CONTRACT", repr(CONTRACT)).replace("# changes", "\n    ".join(changes))
    return ended(write_project(directory, program, region="eu-west-1"), "roll-back")


def ran(directory: Path, *changes: str) -> Outcome:
    outcome = drilled(directory, *changes)
    assert isinstance(outcome, Outcome)
    return outcome


def releases(outcome: Outcome) -> dict[str, Any]:
    found: dict[str, Any] = outcome.evidence.facts["releases"]
    return found


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    return ran(tmp_path_factory.mktemp("canary"), "roles = True")


def test_the_good_release_is_accepted_and_each_bad_one_is_caught(canary: Outcome) -> None:
    assert canary.passed, canary.evidence.summary
    caught = {defect: item["caughtBy"] for defect, item in releases(canary).items()}
    assert caught == {
        "none": "",
        "crashes": "circuit breaker, and the gate",
        "wrong": "gate",
        "slow": "gate",
        "tools": "gate",
        "loaded": "alarm dev-weather-release-errors-alternate",
    }


def test_each_refusal_says_why(canary: Outcome) -> None:
    reasons = {defect: item["reason"] for defect, item in releases(canary).items()}
    assert "ConnectionRefusedError" in reasons["crashes"]
    assert reasons["wrong"] == "the call of double returned something else in result"
    assert reasons["slow"].startswith("2 of 2 calls took longer than 0.5 s")
    assert reasons["tools"].startswith("tools differ from the released ones: changed: double; new digest sha256:")


def test_what_fails_under_load_only_passes_the_gate_and_rings_within_what_is_promised(canary: Outcome) -> None:
    loaded = releases(canary)["loaded"]
    assert loaded["gate"]["accepted"]
    assert loaded["load"]["failed"] >= 4
    (seconds,) = loaded["alarms"].values()
    assert 0 < seconds <= loaded["promisedSeconds"] == 600


def test_going_back_by_hand_leads_to_the_good_digest_under_the_role_for_it(canary: Outcome) -> None:
    rollback = canary.evidence.facts["rollback"]
    assert rollback["role"].endswith("role/dev-rollback")
    assert rollback["wentBackTo"] != rollback["left"]
    assert any("release rollback as role dev-rollback" in line for line in canary.evidence.summary)


def test_with_sign_in_the_gate_gets_its_token_and_uses_it(tmp_path: Path) -> None:
    signs_in = {
        "sign_in": {
            "issuer": "https://login.example.com/realms/mcp", "preset": "keycloak", "unauthenticated": "reject",
        }
    }  # fmt: skip
    outcome = ran(
        tmp_path,
        f"signs_in = {signs_in!r}",
        f'gate_args = {{"secret_arn": {SECRET!r}}}',
    )
    assert outcome.passed, outcome.evidence.summary
    assert releases(outcome)["none"]["gate"]["accepted"]


def test_rolling_has_no_gate_and_says_what_that_leaves_to_others(tmp_path: Path) -> None:
    outcome = ran(tmp_path, 'release = {"strategy": "rolling", "latency_seconds": 0.3}')
    assert outcome.passed, outcome.evidence.summary
    found = releases(outcome)
    assert found["crashes"]["caughtBy"] == "circuit breaker"
    assert found["slow"]["caughtBy"] == "alarm dev-weather-release-latency"
    assert found["loaded"]["caughtBy"] == "alarm dev-weather-release-errors"
    for left in ("wrong", "tools"):
        assert not found[left]["caughtBy"]
        assert found[left]["reason"].startswith("rolling has no gate")


def test_a_digest_that_nobody_reviewed_fails_the_good_release(tmp_path: Path) -> None:
    outcome = ran(tmp_path, f'proves["tools_digest"] = "sha256:{"0" * 64}"', "probes = [{**proves}]",
                  'probes[0].pop("tools_digest")')  # fmt: skip
    assert not outcome.passed
    assert any(line.startswith("weather: the good release was not accepted: gate") for line in outcome.evidence.summary)


def test_a_gate_that_knows_no_answer_lets_a_wrong_one_through(tmp_path: Path) -> None:
    outcome = ran(tmp_path, "proves = {}")
    assert not outcome.passed
    assert any("nobody caught the release that answers wrongly" in line for line in outcome.evidence.summary)


def test_alarms_that_ring_when_the_release_is_through_do_not_count(tmp_path: Path) -> None:
    outcome = ran(tmp_path, 'release = {"strategy": "blue-green", "bake_minutes": 1}')
    assert not outcome.passed
    lines = [line for line in outcome.evidence.summary if line.startswith("weather: nobody caught")]
    assert len(lines) == 1
    assert "rings only after 120 s, when the release is through (60 s)" in lines[0]


def test_alarms_that_do_not_take_a_release_back_are_none(tmp_path: Path) -> None:
    outcome = ran(tmp_path, 'release = {"strategy": "canary", "alarms": False}')
    assert not outcome.passed
    assert any("nobody caught the release that fails 1 of 20" in line for line in outcome.evidence.summary)


def test_a_hook_role_that_may_not_ask_is_found(tmp_path: Path) -> None:
    other = {"Effect": "Allow", "Action": "lambda:GetFunction", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [other]})
    outcome = ran(
        tmp_path,
        "def damaged(args):",
        '    if args.name == "weather-gate-policy":',
        f"        return pulumi.ResourceTransformationResult({{**args.props, 'policy': {policy!r}}}, args.opts)",
        "    return None",
        "pulumi.runtime.register_stack_transformation(damaged)",
    )
    assert not outcome.passed
    assert "ECS cannot ask the gate" in outcome.evidence.summary[0]


def test_a_stack_without_releases_is_not_drilled(tmp_path: Path) -> None:
    assert drilled(tmp_path, 'release = {"strategy": "rolling", "alarms": False}') == (
        "no server that can be started here has a gate or alarms that take a release back"
    )


def test_the_table_is_readable(canary: Outcome) -> None:
    assert json.dumps(canary.as_json())
    assert canary.evidence.summary[0] == "weather: canary, gate asked, 6 alarms"
    assert len(canary.evidence.summary) == 8
