"""Warns of security groups that let the whole internet in."""

from collections.abc import Iterator, Mapping
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.findings.finding import Finding
from mcp_ops.rehearsal.record import Registration, Run

ANYWHERE = frozenset({"0.0.0.0/0", "::/0"})
WEB_PORTS = frozenset({80, 443})
"""Ports that an internet-facing load balancer has to open to everybody."""

_BALANCERS = (
    "aws:lb/loadBalancer:LoadBalancer",
    "aws:alb/loadBalancer:LoadBalancer",
    "aws:elb/loadBalancer:LoadBalancer",
)
_GROUPS = ("aws:ec2/securityGroup:SecurityGroup", "aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
_RULE = "aws:ec2/securityGroupRule:SecurityGroupRule"
_INGRESS_RULE = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"

_SOURCES = ("cidrBlocks", "ipv6CidrBlocks", "cidrIpv4", "cidrIpv6")


def network_findings(run: Run) -> list[Finding]:
    """Returns a warning for every ingress rule, standalone or inline, that is open to any address.

    Ports 80 and 443 over TCP are spared on a group that a load balancer of the run carries.
    """
    balanced = _groups_of_balancers(run)
    return [
        Finding("warning", "open-ingress", where, message, source, item.urn)
        for item, group, path, rule in _rules(run)
        if not (group in balanced and _is_web(rule))
        for message in [f"lets any address reach {_ports(rule)}; name the sources"]
        for where, source in _open_sources(rule, path)
    ]


def _groups_of_balancers(run: Run) -> set[str]:
    lists = [wire.reveal(item.inputs).get("securityGroups") for item in run.of_type(*_BALANCERS)]
    return {group for groups in lists if isinstance(groups, list) for group in groups if isinstance(group, str)}


def _rules(run: Run) -> Iterator[tuple[Registration, str, str, Mapping[str, Any]]]:
    """Yields every ingress rule with the id of its group and the path of its inputs."""
    for item in run.of_type(_INGRESS_RULE, _RULE, *_GROUPS):
        inputs = wire.reveal(item.inputs)
        if item.type in _GROUPS:
            inline = inputs.get("ingress")
            for index, rule in enumerate(inline if isinstance(inline, list) else []):
                if isinstance(rule, Mapping):
                    yield item, item.id, f"ingress[{index}].", rule
        elif item.type == _INGRESS_RULE or inputs.get("type") == "ingress":
            yield item, str(inputs.get("securityGroupId")), "", inputs


def _open_sources(rule: Mapping[str, Any], path: str) -> Iterator[tuple[str, str]]:
    for name in _SOURCES:
        value = rule.get(name)
        for item in value if isinstance(value, list) else [value]:
            if isinstance(item, str) and item in ANYWHERE:
                yield f"{path}{name}", item


def _is_web(rule: Mapping[str, Any]) -> bool:
    return (
        _protocol(rule) in {"tcp", "6"}
        and rule.get("fromPort") == rule.get("toPort")
        and rule.get("fromPort") in WEB_PORTS
    )


def _protocol(rule: Mapping[str, Any]) -> str:
    return str(rule.get("ipProtocol", rule.get("protocol", "-1"))).lower()


def _ports(rule: Mapping[str, Any]) -> str:
    protocol, first, last = _protocol(rule), rule.get("fromPort"), rule.get("toPort")
    if protocol in {"-1", "all"}:
        return "every port"
    return f"{protocol} port {first}" if first == last else f"{protocol} ports {first} to {last}"
