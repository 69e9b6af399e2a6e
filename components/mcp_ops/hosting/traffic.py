"""How requests reach a server: its security group, target group, listener rule and record."""

from typing import Any

import pulumi
import pulumi_aws as aws

from mcp_ops.hosting.gateway_plan import FORWARD_OFFSET, SHIFTING_OFFSET
from mcp_ops.hosting.listener_rules import Forwarding, Route
from mcp_ops.hosting.mcp_server_args import McpServerArgs
from mcp_ops.hosting.mcp_server_plan import HEALTH_PATH, McpServerPlan
from mcp_ops.hosting.sign_in import Issuer, refusing_action, register_bearer, register_metadata
from mcp_ops.hosting.volumes import NFS
from mcp_ops.tags import merge_tags

_HTTPS = 443
_SESSION_SECONDS = 86_400

HEALTH_CHECK = {"interval": 10, "timeout": 5, "healthy_threshold": 2, "unhealthy_threshold": 3}
"""A new task is in service after 20 s at most, a broken one out of it after 30 s."""


class Traffic:
    """Registers the way from the gateway, and from callers inside the network, to the tasks of one server."""

    def __init__(
        self,
        name: str,
        args: McpServerArgs,
        plan: McpServerPlan,
        tags: dict[str, pulumi.Input[str]],
        child: pulumi.ResourceOptions,
        issuer: Issuer | None,
    ) -> None:
        self.name, self.args, self.plan, self.tags, self.child = name, args, plan, tags, child
        self.group = self._security_group()
        self.targets = self._target_group("tg")
        self.alternate = self._target_group("alt") if plan.release.shifts else None
        """The group that the next release joins, where traffic shifts."""
        self.forwarding = Forwarding(self.targets.arn, self.alternate.arn if self.alternate else None)
        others = self._other_rules(issuer)
        self.production_rule = self._forwarding_rule(self.args["listener_arn"], issuer)
        """The rule through which calls reach the tasks, with sign-in those with a token."""
        self.test_rule = self._test_rule(issuer)
        rules = [*others, self.production_rule, *([self.test_rule] if self.test_rule else [])]
        self.needs = [*self._rules(), *rules]
        """What must exist before the first task starts."""
        if plan.address.creates_record:
            self._record()

    def _security_group(self) -> aws.ec2.SecurityGroup:
        return aws.ec2.SecurityGroup(
            f"{self.name}-tasks",
            description=f"Tasks of {self.plan.family}",
            vpc_id=self.args["vpc_id"],
            tags=merge_tags({"Name": f"{self.plan.family}-tasks"}, self.tags),
            opts=self.child,
        )

    def _rules(self) -> list[pulumi.Resource]:
        out = aws.vpc.SecurityGroupEgressRule(
            f"{self.name}-to-https",
            security_group_id=self.group.id,
            description="AWS and other APIs",
            cidr_ipv4="0.0.0.0/0",
            ip_protocol="tcp",
            from_port=_HTTPS,
            to_port=_HTTPS,
            opts=self.child,
        )
        # The gateway sends to all its targets by one rule of its own.
        own, port, family = self.group.id, self.plan.port, self.plan.family
        callers = self.args.get("callers") or {}
        rules: list[pulumi.Resource] = [out]
        for caller, group in {"gateway": self.args["gateway_security_group_id"], **callers}.items():
            rules.append(self._way_in(f"from-{caller}", f"MCP from {caller}", own, group, port))
        for caller, group in callers.items():
            rules.append(self._way_out(f"reached-by-{caller}", f"MCP to {family}", group, own, port))
        for volume, args in sorted((self.args.get("volumes") or {}).items()):
            files = args["security_group_id"]
            rules.append(self._way_out(f"to-files-{volume}", f"Files of {volume}", own, files, NFS))
            rules.append(self._way_in(f"mounts-{volume}", f"Files for {family}", files, own, NFS))
        return rules

    def _way_in(
        self, role: str, description: str, group: pulumi.Input[str], source: pulumi.Input[str], port: int
    ) -> aws.vpc.SecurityGroupIngressRule:
        return aws.vpc.SecurityGroupIngressRule(
            f"{self.name}-{role}", description=description, **_between(group, source, port), opts=self.child
        )

    def _way_out(
        self, role: str, description: str, group: pulumi.Input[str], target: pulumi.Input[str], port: int
    ) -> aws.vpc.SecurityGroupEgressRule:
        return aws.vpc.SecurityGroupEgressRule(
            f"{self.name}-{role}", description=description, **_between(group, target, port), opts=self.child
        )

    def _target_group(self, role: str) -> aws.lb.TargetGroup:
        return aws.lb.TargetGroup(
            f"{self.name}-{role}",
            vpc_id=self.args["vpc_id"],
            target_type="ip",
            protocol="HTTP",
            port=self.plan.port,
            deregistration_delay=self.plan.deregistration_delay_seconds,
            # Tool calls differ in length: the next one goes to the task with the fewest open.
            load_balancing_algorithm_type="least_outstanding_requests",
            stickiness=aws.lb.TargetGroupStickinessArgs(
                type="lb_cookie", enabled=self.plan.legacy_sessions, cookie_duration=_SESSION_SECONDS
            ),
            health_check=aws.lb.TargetGroupHealthCheckArgs(
                path=HEALTH_PATH, protocol="HTTP", matcher="200", **HEALTH_CHECK
            ),
            tags=self.tags,
            opts=self.child,
        )

    def _route(self, listener_arn: pulumi.Input[str]) -> Route:
        address = self.plan.address
        first = address.forward_priority - FORWARD_OFFSET
        return Route(self.name, listener_arn, address.host, address.path, first, self.tags, self.child)

    def _forwarding_rule(
        self, listener_arn: pulumi.Input[str], issuer: Issuer | None, role: str = ""
    ) -> aws.lb.ListenerRule:
        # The rule names the server's own path and nothing else: neither health check nor any other path is public.
        route, forwarding = self._route(listener_arn), self.forwarding
        suffix = "-shifted" if forwarding.shifts else ""
        if self.plan.sign_in and issuer:
            return register_bearer(route, issuer, self.plan.sign_in, forwarding, role or f"bearer{suffix}")
        offset = SHIFTING_OFFSET if forwarding.shifts else FORWARD_OFFSET
        return route.rule(role or f"forward{suffix}", offset, [forwarding.action()], ignored=forwarding.ignored(0))

    def _test_rule(self, issuer: Issuer | None) -> aws.lb.ListenerRule | None:
        if not self.plan.release.tested:
            return None
        return self._forwarding_rule(self.args["release"]["test_listener_arn"], issuer, "test")

    def _other_rules(self, issuer: Issuer | None) -> list[aws.lb.ListenerRule]:
        """Registers what sign-in needs besides: its metadata, and an answer for requests without token."""
        sign_in = self.plan.sign_in
        if sign_in is None or issuer is None:
            return []
        route = self._route(self.args["listener_arn"])
        found = register_metadata(route, issuer, sign_in)
        if sign_in.forwards_unauthenticated:
            return [found, route.rule("forward", FORWARD_OFFSET, [self.forwarding.action()])]
        return [found, route.rule("refuse", FORWARD_OFFSET, [refusing_action(sign_in)])]

    def _record(self) -> None:
        alias = aws.route53.RecordAliasArgs(
            name=self.args["load_balancer_dns_name"],
            zone_id=self.args["load_balancer_zone_id"],
            evaluate_target_health=True,
        )
        aws.route53.Record(
            f"{self.name}-record",
            zone_id=self.args["hosted_zone_id"],
            name=self.plan.address.host,
            type="A",
            aliases=[alias],
            opts=self.child,
        )


def _between(group: pulumi.Input[str], other: pulumi.Input[str], port: int) -> dict[str, Any]:
    """Returns the rule of `group` for `other`, whichever of them sends."""
    return {
        "security_group_id": group,
        "referenced_security_group_id": other,
        "ip_protocol": "tcp",
        "from_port": port,
        "to_port": port,
    }
