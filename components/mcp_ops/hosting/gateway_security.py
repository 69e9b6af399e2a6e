"""Who reaches the gateway, and whom it reaches."""

from functools import partial
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from mcp_ops.hosting.gateway_plan import HTTP, HTTPS, TARGET_PORTS, TEST_PORT, GatewayArgs, GatewayPlan, check_source
from mcp_ops.tags import merge_tags

_DESCRIPTIONS = {HTTPS: "HTTPS", HTTP: "HTTP, answered with a redirect", TEST_PORT: "HTTPS of the test listener"}


class GatewayGroups(NamedTuple):
    """The security groups of a gateway."""

    balancer_id: pulumi.Output[str]
    targets_id: pulumi.Output[str]
    """Known when the gateway may send to it."""


class GatewaySecurity:
    """Registers the group of the load balancer, and the group that every task behind it joins.

    The second one lets nothing in or out; it is what the load balancer's one outbound rule names. A rule for each
    server instead would end at the 60th: AWS's default quota of rules in one direction of a group.
    """

    def __init__(self, name: str, args: GatewayArgs, plan: GatewayPlan, child: pulumi.ResourceOptions) -> None:
        self.name, self.args, self.plan, self.child = name, args, plan, child

    def register(self) -> GatewayGroups:
        """Registers groups and rules."""
        balancer = self._group("lb", f"Load balancer of {self.name}")
        targets = self._group("targets", f"What the load balancer of {self.name} may reach")
        out = aws.vpc.SecurityGroupEgressRule(
            f"{self.name}-to-targets",
            security_group_id=balancer.id,
            description="MCP servers, at the port that each one's own group lets in",
            referenced_security_group_id=targets.id,
            ip_protocol="tcp",
            from_port=TARGET_PORTS[0],
            to_port=TARGET_PORTS[1],
            opts=self.child,
        )
        for cidr in self.plan.ingress_cidrs:
            place = cidr.replace("/", "-")
            self._let_in(balancer, f"https-from-{place}", HTTPS, cidr=cidr)
            self._let_in(balancer, f"http-from-{place}", HTTP, cidr=cidr)
        for key, block in (self.args.get("test_ingress_cidrs") or {}).items():
            checked = pulumi.Output.from_input(block).apply(partial(check_source, self.name, key))
            self._let_in(balancer, f"test-from-{key}", TEST_PORT, cidr=checked)
        for key, group in (self.args.get("test_ingress_security_groups") or {}).items():
            self._let_in(balancer, f"test-from-{key}", TEST_PORT, group=group)
        targets_id: pulumi.Output[str] = out.referenced_security_group_id.apply(str)
        return GatewayGroups(balancer.id, targets_id)

    def _group(self, role: str, description: str) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            f"{self.name}-{role}",
            description=description,
            vpc_id=self.args["vpc_id"],
            tags=merge_tags({"Name": f"{self.name}-{role}"}, self.args.get("tags")),
            opts=self.child,
        )

    def _let_in(
        self,
        balancer: aws.ec2.SecurityGroup,
        role: str,
        port: int,
        *,
        cidr: pulumi.Input[str] | None = None,
        group: pulumi.Input[str] | None = None,
    ) -> None:
        aws.vpc.SecurityGroupIngressRule(
            f"{self.name}-{role}",
            security_group_id=balancer.id,
            description=_DESCRIPTIONS[port],
            cidr_ipv4=cidr,
            referenced_security_group_id=group,
            ip_protocol="tcp",
            from_port=port,
            to_port=port,
            opts=self.child,
        )
