"""A gateway with a server that shifts traffic and keeps files: what simulated AWS makes of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from mcp_ops.rehearsal.rehearse import Options, Rehearsal, rehearsed
from tests.hosting.programs import sign_in
from tests.support import projects

PROGRAM = """
    import pulumi
    import pulumi_aws as aws
    from mcp_ops import Cluster, Gateway, McpServer, Network

    HERE = {"account_id": "111122223333", "region": "eu-west-1"}
    zones = ["eu-west-1a", "eu-west-1b"]
    provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["111122223333"])
    opts = pulumi.ResourceOptions(provider=provider)
    net = Network("dev", {**HERE, "availability_zones": zones, "nat": "single"}, opts)
    gate = Gateway(
        "dev",
        {
            **HERE,
            "vpc_id": net.vpc_id,
            "subnet_ids": net.public_subnet_ids,
            "domain": "dev.example.com",
            "hosted_zone_id": "Z0123456789EXAMPLE",
            "test_ingress_cidrs": {"nat": net.nat_addresses.apply(lambda found: f"{found['a']}/32")},
        },
        opts,
    )
    files = aws.ec2.SecurityGroup("files", vpc_id=net.vpc_id, description="Files", opts=opts)
    system = aws.efs.FileSystem("files", encrypted=True, opts=opts)
    point = aws.efs.AccessPoint("notes", file_system_id=system.id, posix_user={"uid": 1000, "gid": 1000}, opts=opts)
    cluster = Cluster("dev", {}, opts)
    for name, release in RELEASES.items():
        McpServer(
            name,
            {
                **HERE,
                "image": "ghcr.io/example/weather:1",
                "environment": "dev",
                "host": f"{name}.dev.example.com",
                "cluster_arn": cluster.cluster_arn,
                "cluster_name": cluster.cluster_name,
                "vpc_id": net.vpc_id,
                "subnet_ids": net.private_subnet_ids,
                "listener_arn": gate.listener_arn,
                "load_balancer_arn_suffix": gate.load_balancer_arn_suffix,
                "load_balancer_dns_name": gate.load_balancer_dns_name,
                "load_balancer_zone_id": gate.load_balancer_zone_id,
                "gateway_security_group_id": gate.security_group_id,
                "targets_security_group_id": gate.targets_security_group_id,
                "hosted_zone_id": "Z0123456789EXAMPLE",
                **({"sign_in": SIGN_IN} if name == "signed" else {}),
                "release": {
                    **release,
                    "test_listener_arn": gate.test_listener_arn.apply(str),
                    "gate_arn": "arn:aws:lambda:eu-west-1:111122223333:function:gate",
                },
                "volumes": {
                    "notes": {
                        "file_system_id": system.id,
                        "access_point_id": point.id,
                        "security_group_id": files.id,
                        "path": "/data",
                    }
                },
            },
            opts,
        )
"""
RELEASES = {
    "canary": {"strategy": "canary", "canary_percent": 0.5},
    "linear": {"strategy": "linear", "step_percent": 33.5},
    "signed": {"strategy": "canary"},
    "swap": {"strategy": "blue-green", "bake_minutes": 2},
}


@pytest.fixture(scope="module")
def rehearsal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rehearsal]:
    program = PROGRAM.replace("RELEASES", repr(RELEASES)).replace("SIGN_IN", repr(sign_in()))
    directory: Path = projects.write_project(tmp_path_factory.mktemp("hosting"), program, name="hosting", stack="dev")
    with rehearsed(directory, "dev", Options()) as (found, _):
        yield found


def test_aws_takes_every_strategy_with_test_listener_gate_and_files(rehearsal: Rehearsal) -> None:
    assert rehearsal.errors == []
    services = rehearsal.run.of_type("aws:ecs/service:Service")
    assert {service.name for service in services} == {f"{name}-service" for name in RELEASES}


def test_nobody_would_mind_what_is_registered(rehearsal: Rehearsal) -> None:
    assert [str(finding) for finding in rehearsal.findings] == []


def test_rules_alarms_and_target_groups_are_carried_out(rehearsal: Rehearsal) -> None:
    kinds = (
        "aws:lb/listenerRule:ListenerRule",
        "aws:lb/targetGroup:TargetGroup",
        "aws:cloudwatch/metricAlarm:MetricAlarm",
        "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule",
        "aws:appautoscaling/policy:Policy",
    )
    found = [item for kind in kinds for item in rehearsal.run.of_type(kind)]
    assert len(found) > 10 * len(RELEASES)
    # moto does not know the action that verifies tokens.
    assert {item.name for item in found if item.fidelity != "executed"} == {"signed-bearer-shifted", "signed-test"}


def test_the_test_listener_is_open_to_the_nat_gateway(rehearsal: Rehearsal) -> None:
    (address,) = rehearsal.run.of_type("aws:ec2/eip:Eip")
    rules = rehearsal.run.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    (rule,) = [rule for rule in rules if rule.inputs["fromPort"] == 8443]
    assert rule.inputs["cidrIpv4"] == f"{address.outputs['publicIp']}/32"
