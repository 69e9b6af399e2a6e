"""How requests reach a server: its security group, target group, listener rule and record."""

import pulumi
import pulumi_aws as aws

from mcp_ops.hosting.gateway_plan import FORWARD_OFFSET
from mcp_ops.hosting.listener_rules import Route
from mcp_ops.hosting.mcp_server_args import McpServerArgs
from mcp_ops.hosting.mcp_server_plan import HEALTH_PATH, McpServerPlan
from mcp_ops.hosting.sign_in import Issuer, refusing_action, register_sign_in
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
        self.targets = self._target_group()
        self.needs = [*self._rules(), *self._listener_rules(issuer)]
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
        callers = {"gateway": self.args["gateway_security_group_id"], **(self.args.get("callers") or {})}
        return [out, *(rule for caller, group in callers.items() for rule in self._let_in(caller, group))]

    def _let_in(self, caller: str, caller_group: pulumi.Input[str]) -> list[pulumi.Resource]:
        port = {"ip_protocol": "tcp", "from_port": self.plan.port, "to_port": self.plan.port}
        return [
            aws.vpc.SecurityGroupIngressRule(
                f"{self.name}-from-{caller}",
                security_group_id=self.group.id,
                description=f"MCP from {caller}",
                referenced_security_group_id=caller_group,
                opts=self.child,
                **port,
            ),
            aws.vpc.SecurityGroupEgressRule(
                f"{self.name}-reached-by-{caller}",
                security_group_id=caller_group,
                description=f"MCP to {self.plan.family}",
                referenced_security_group_id=self.group.id,
                opts=self.child,
                **port,
            ),
        ]

    def _target_group(self) -> aws.lb.TargetGroup:
        return aws.lb.TargetGroup(
            f"{self.name}-tg",
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

    def _listener_rules(self, issuer: Issuer | None) -> list[aws.lb.ListenerRule]:
        # The rules name the server's own paths and nothing else: neither health check nor any other path is public.
        address, sign_in = self.plan.address, self.plan.sign_in
        first = address.forward_priority - FORWARD_OFFSET
        route = Route(self.name, self.args["listener_arn"], address.host, address.path, first, self.tags, self.child)
        forward = aws.lb.ListenerRuleActionArgs(type="forward", target_group_arn=self.targets.arn)
        if sign_in is None or issuer is None:
            return [route.rule("forward", FORWARD_OFFSET, [forward])]
        guarded = register_sign_in(route, issuer, sign_in, self.targets.arn)
        if sign_in.forwards_unauthenticated:
            return [*guarded, route.rule("forward", FORWARD_OFFSET, [forward])]
        return [*guarded, route.rule("refuse", FORWARD_OFFSET, [refusing_action(sign_in)])]

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
