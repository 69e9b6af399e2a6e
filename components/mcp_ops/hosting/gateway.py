"""The one way in: a load balancer that many servers share.

Two of its default quotas bound the servers behind one gateway: 100 rules (one a server, three with sign-in, one more
for test traffic), which AWS raises on request, and 100 target groups (one a server, two where releases shift traffic).
Not managed here: the servers' rules, records, target groups and sign-in (McpServer), and the web application firewall
(WebAcl).
"""

from collections.abc import Sequence
from typing import Any

import pulumi
import pulumi_aws as aws

from mcp_ops.hosting.access_logs import AccessLogs
from mcp_ops.hosting.gateway_plan import HTTP, HTTPS, TEST_PORT, GatewayArgs, GatewayPlan, plan_gateway
from mcp_ops.hosting.gateway_security import GatewayGroups, GatewaySecurity
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:Gateway"  # noqa: S105 - a resource type, not a password

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"
"""TLS 1.3 and 1.2, forward secrecy, post-quantum key exchange: AWS's recommendation; the API's own default is of
2016."""

RESPONSE_HEADERS = {
    "routing_http_response_strict_transport_security_header_value": "max-age=31536000; includeSubDomains",
    "routing_http_response_x_content_type_options_header_value": "nosniff",
    "routing_http_response_x_frame_options_header_value": "DENY",
    "routing_http_response_content_security_policy_header_value": "default-src 'none'; frame-ancestors 'none'",
    "routing_http_response_server_enabled": False,
}
"""Listener attributes that set or remove headers of every response, whatever the server sent."""

NOT_FOUND = '{"error":"not found"}'
"""Body of the answer to a request that no server's rule matches."""


class Gateway(pulumi.ComponentResource):
    """A load balancer that serves HTTPS only, with modern TLS, security headers and access logs."""

    listener_arn: pulumi.Output[str]
    """ARN of the HTTPS listener."""
    load_balancer_arn: pulumi.Output[str]
    """ARN of the load balancer."""
    load_balancer_arn_suffix: pulumi.Output[str]
    """Part of its ARN that CloudWatch's metrics carry."""
    load_balancer_dns_name: pulumi.Output[str]
    """Its own DNS name, the target of alias records."""
    load_balancer_zone_id: pulumi.Output[str]
    """Route 53 zone of its DNS name."""
    test_listener_arn: pulumi.Output[str | None]
    """ARN of the listener for test traffic on port 8443, if somebody may use it."""
    security_group_id: pulumi.Output[str]
    """Its security group."""
    targets_security_group_id: pulumi.Output[str]
    """The group that every task behind the gateway joins: the only one that the gateway sends to."""
    certificate_arn: pulumi.Output[str]
    """ARN of the certificate in use."""
    access_log_bucket: pulumi.Output[str]
    """Name of the bucket with the access logs."""

    def __init__(self, name: str, args: GatewayArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_gateway(name, args)
        super().__init__(TOKEN, name, {}, opts)
        parts = _Parts(self, name, args, plan)
        groups = GatewaySecurity(name, args, plan, parts.child).register()
        logs = AccessLogs(name, plan, parts.tags, parts.child)
        balancer = parts.load_balancer(groups, logs)
        self.certificate_arn = parts.certificate_arn()
        parts.redirect(balancer)
        self.listener_arn = parts.listener("https", HTTPS, balancer, self.certificate_arn).arn
        self.test_listener_arn = pulumi.Output.from_input(None)
        if plan.test_listener:
            self.test_listener_arn = parts.listener("test", TEST_PORT, balancer, self.certificate_arn).arn
        self.load_balancer_arn = balancer.arn
        self.load_balancer_arn_suffix = balancer.arn_suffix
        self.load_balancer_dns_name = balancer.dns_name
        self.load_balancer_zone_id = balancer.zone_id
        self.security_group_id = groups.balancer_id
        self.targets_security_group_id = groups.targets_id
        self.access_log_bucket = logs.bucket.bucket
        self.register_outputs({key: getattr(self, key) for key in Gateway.__annotations__})


class _Parts:
    """Registers the resources of a planned gateway, concern by concern."""

    def __init__(self, parent: pulumi.Resource, name: str, args: GatewayArgs, plan: GatewayPlan) -> None:
        self.name, self.args, self.plan = name, args, plan
        self.child = pulumi.ResourceOptions(parent=parent)
        self.tags = merge_tags({}, args.get("tags"))

    def load_balancer(self, groups: GatewayGroups, logs: AccessLogs) -> aws.lb.LoadBalancer:
        """Registers the load balancer."""
        plan = self.plan
        return aws.lb.LoadBalancer(
            f"{self.name}-lb",
            load_balancer_type="application",
            internal=plan.internal,
            subnets=self.args["subnet_ids"],
            security_groups=[groups.balancer_id],
            idle_timeout=plan.idle_timeout_seconds,
            enable_deletion_protection=plan.deletion_protection,
            drop_invalid_header_fields=True,
            desync_mitigation_mode="defensive",
            xff_header_processing_mode="append",
            # Servers check Host: it must reach them as the client sent it.
            preserve_host_header=True,
            access_logs=aws.lb.LoadBalancerAccessLogsArgs(bucket=logs.bucket.bucket, enabled=True),
            tags=self.tags,
            # AWS tries to write to the bucket when access logs are switched on.
            opts=pulumi.ResourceOptions.merge(self.child, pulumi.ResourceOptions(depends_on=[logs.policy])),
        )

    def certificate_arn(self) -> pulumi.Output[str]:
        """Returns the ARN of the given certificate, or registers one and returns its ARN once it is valid."""
        if not self.plan.own_certificate:
            return pulumi.Output.from_input(self.args["certificate_arn"])
        certificate = aws.acm.Certificate(
            f"{self.name}-certificate",
            domain_name=self.plan.domain,
            subject_alternative_names=[f"*.{self.plan.domain}"],
            validation_method="DNS",
            tags=self.tags,
            opts=self.child,
        )
        # The domain and its wildcard are proved by the same record.
        proof = certificate.domain_validation_options.apply(_proof)
        record = aws.route53.Record(
            f"{self.name}-certificate-proof",
            zone_id=self.args["hosted_zone_id"],
            name=proof["name"],
            type="CNAME",
            records=[proof["value"]],
            ttl=300,
            # ACM asks for the same record again when a certificate of the same domain replaces this one.
            allow_overwrite=True,
            opts=self.child,
        )
        validation = aws.acm.CertificateValidation(
            f"{self.name}-certificate-valid",
            certificate_arn=certificate.arn,
            validation_record_fqdns=[record.fqdn],
            opts=self.child,
        )
        certificate_arn: pulumi.Output[str] = validation.certificate_arn
        return certificate_arn

    def redirect(self, balancer: aws.lb.LoadBalancer) -> None:
        """Registers the HTTP listener, which knows one answer: the same address with HTTPS."""
        redirect = aws.lb.ListenerDefaultActionRedirectArgs(protocol="HTTPS", port=str(HTTPS), status_code="HTTP_301")
        aws.lb.Listener(
            f"{self.name}-http",
            load_balancer_arn=balancer.arn,
            protocol="HTTP",
            port=HTTP,
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="redirect", redirect=redirect)],
            tags=self.tags,
            opts=self.child,
        )

    def listener(
        self, role: str, port: int, balancer: aws.lb.LoadBalancer, certificate_arn: pulumi.Output[str]
    ) -> aws.lb.Listener:
        """Registers an HTTPS listener that answers 404 until servers add rules."""
        not_found = aws.lb.ListenerDefaultActionFixedResponseArgs(
            status_code="404", content_type="application/json", message_body=NOT_FOUND
        )
        return aws.lb.Listener(
            f"{self.name}-{role}",
            load_balancer_arn=balancer.arn,
            protocol="HTTPS",
            port=port,
            ssl_policy=TLS_POLICY,
            certificate_arn=certificate_arn,
            default_actions=[aws.lb.ListenerDefaultActionArgs(type="fixed-response", fixed_response=not_found)],
            tags=self.tags,
            opts=self.child,
            **RESPONSE_HEADERS,
        )


def _proof(options: Sequence[Any]) -> dict[str, str]:
    """Returns name and value of the record that proves the domain; empty from a provider that does not say them."""
    if not options:
        return {"name": "", "value": ""}
    return {"name": options[0].resource_record_name, "value": options[0].resource_record_value}
