from typing import Any

import pytest
from tests.rehearsal.findings.support import only, registration, run_of

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.findings import Finding, findings_of

RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
OLD_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
BALANCER = "aws:lb/loadBalancer:LoadBalancer"


def rule(**inputs: Any) -> dict[str, Any]:
    given = {"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 443, "toPort": 443, "cidrIpv4": "0.0.0.0/0"}
    return {**given, **inputs}


def found(inputs: dict[str, Any], kind: str = RULE, groups: Any = ()) -> list[Finding]:
    balancer = registration(BALANCER, "alb", {"securityGroups": groups if groups != () else []})
    return findings_of(run_of(balancer, registration(kind, "web", inputs, id="sg-1")))


@pytest.mark.parametrize(
    ("inputs", "where", "ports"),
    [
        (rule(), "cidrIpv4", "tcp port 443"),
        (rule(cidrIpv4=None, cidrIpv6="::/0"), "cidrIpv6", "tcp port 443"),
        (rule(fromPort=0, toPort=65535), "cidrIpv4", "tcp ports 0 to 65535"),
        (rule(ipProtocol="-1", fromPort=None, toPort=None), "cidrIpv4", "every port"),
    ],
)
def test_an_open_rule_is_a_warning(inputs: dict[str, Any], where: str, ports: str) -> None:
    finding = only(found(inputs))
    assert (finding.level, finding.rule, finding.where) == ("warning", "open-ingress", where)
    assert ports in finding.message
    assert finding.urn.endswith("::web")


@pytest.mark.parametrize(
    ("inputs", "expected"),
    [
        (rule(), 0),
        (rule(fromPort=80, toPort=80), 0),
        (rule(fromPort=80, toPort=443), 1),
        (rule(fromPort=22, toPort=22), 1),
        (rule(ipProtocol="udp"), 1),
        (rule(securityGroupId="sg-2"), 1),
    ],
)
def test_a_load_balancer_may_be_open_on_web_ports(inputs: dict[str, Any], expected: int) -> None:
    assert len(found(inputs, groups=["sg-1"])) == expected


def test_a_rule_with_named_sources_is_sound() -> None:
    assert found(rule(cidrIpv4="10.0.0.0/16")) == []
    assert found(rule(cidrIpv4=None, referencedSecurityGroupId="sg-2")) == []
    assert found(rule(cidrIpv4=wire.UNKNOWN)) == []


def test_rules_of_the_older_resource_count_for_ingress_only() -> None:
    inputs = {"type": "ingress", "securityGroupId": "sg-1", "protocol": "tcp", "fromPort": 22, "toPort": 22}
    everywhere = {"cidrBlocks": ["10.0.0.0/8", "0.0.0.0/0"], "ipv6CidrBlocks": ["::/0"]}
    assert [item.where for item in found({**inputs, **everywhere}, OLD_RULE)] == ["cidrBlocks", "ipv6CidrBlocks"]
    assert found({**inputs, **everywhere, "type": "egress"}, OLD_RULE) == []


def test_inline_rules_count_like_standalone_ones() -> None:
    inline = {"protocol": "tcp", "fromPort": 443, "toPort": 443, "cidrBlocks": ["0.0.0.0/0"]}
    group = {"ingress": [inline], "egress": [inline]}
    assert only(found(group, GROUP)).where == "ingress[0].cidrBlocks"
    assert found(group, GROUP, groups=["sg-1"]) == []


def test_unknown_groups_of_a_load_balancer_are_passed_over() -> None:
    assert len(found(rule(), groups=wire.UNKNOWN)) == 1
    assert len(found(rule(), groups=[wire.UNKNOWN])) == 1
