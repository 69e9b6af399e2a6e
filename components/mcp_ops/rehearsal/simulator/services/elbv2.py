"""Elastic Load Balancing: application, network and gateway load balancers, target groups and certificates."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import renamed
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.regions import LOAD_BALANCER_ZONES
from mcp_ops.rehearsal.simulator.services import elbv2_listener
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step

LOAD_BALANCER_ATTRIBUTES = {
    "accessLogs.bucket": "access_logs.s3.bucket",
    "accessLogs.enabled": "access_logs.s3.enabled",
    "accessLogs.prefix": "access_logs.s3.prefix",
    "clientKeepAlive": "client_keep_alive.seconds",
    "connectionLogs.bucket": "connection_logs.s3.bucket",
    "connectionLogs.enabled": "connection_logs.s3.enabled",
    "connectionLogs.prefix": "connection_logs.s3.prefix",
    "desyncMitigationMode": "routing.http.desync_mitigation_mode",
    "dnsRecordClientRoutingPolicy": "dns_record.client_routing_policy",
    "dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
    "enableCrossZoneLoadBalancing": "load_balancing.cross_zone.enabled",
    "enableDeletionProtection": "deletion_protection.enabled",
    "enableHttp2": "routing.http2.enabled",
    "enableTlsVersionAndCipherSuiteHeaders": "routing.http.x_amzn_tls_version_and_cipher_suite.enabled",
    "enableWafFailOpen": "waf.fail_open.enabled",
    "enableXffClientPort": "routing.http.xff_client_port.enabled",
    "enableZonalShift": "zonal_shift.config.enabled",
    "healthCheckLogs.bucket": "health_check_logs.s3.bucket",
    "healthCheckLogs.enabled": "health_check_logs.s3.enabled",
    "healthCheckLogs.prefix": "health_check_logs.s3.prefix",
    "idleTimeout": "idle_timeout.timeout_seconds",
    "preserveHostHeader": "routing.http.preserve_host_header.enabled",
    "secondaryIpsAutoAssignedPerSubnet": "secondary_ips.auto_assigned.per_subnet",
    "xffHeaderProcessingMode": "routing.http.xff_header_processing.mode",
}
"""Input to key of `ModifyLoadBalancerAttributes`; ELB's guide lists the keys under "Load balancer attributes"."""

DNS_FAILOVER = "target_group_health.dns_failover.minimum_healthy_targets"
ROUTING_FAILOVER = "target_group_health.unhealthy_state_routing.minimum_healthy_targets"
UNHEALTHY = "target_health_state.unhealthy"

TARGET_GROUP_ATTRIBUTES = {
    "connectionTermination": "deregistration_delay.connection_termination.enabled",
    "deregistrationDelay": "deregistration_delay.timeout_seconds",
    "lambdaMultiValueHeadersEnabled": "lambda.multi_value_headers.enabled",
    "loadBalancingAlgorithmType": "load_balancing.algorithm.type",
    "loadBalancingAnomalyMitigation": "load_balancing.algorithm.anomaly_mitigation",
    "loadBalancingCrossZoneEnabled": "load_balancing.cross_zone.enabled",
    "preserveClientIp": "preserve_client_ip.enabled",
    "proxyProtocolV2": "proxy_protocol_v2.enabled",
    "slowStart": "slow_start.duration_seconds",
    "stickiness.enabled": "stickiness.enabled",
    "stickiness.type": "stickiness.type",
    "targetFailover.onDeregistration": "target_failover.on_deregistration",
    "targetFailover.onUnhealthy": "target_failover.on_unhealthy",
    "targetGroupHealth.dnsFailover.minimumHealthyTargetsCount": f"{DNS_FAILOVER}.count",
    "targetGroupHealth.dnsFailover.minimumHealthyTargetsPercentage": f"{DNS_FAILOVER}.percentage",
    "targetGroupHealth.unhealthyStateRouting.minimumHealthyTargetsCount": (f"{ROUTING_FAILOVER}.count"),
    "targetGroupHealth.unhealthyStateRouting.minimumHealthyTargetsPercentage": (f"{ROUTING_FAILOVER}.percentage"),
    "targetHealthState.enableUnhealthyConnectionTermination": f"{UNHEALTHY}.connection_termination.enabled",
    "targetHealthState.unhealthyDrainingInterval": f"{UNHEALTHY}.draining_interval_seconds",
    "lbCookieDuration": "stickiness.lb_cookie.duration_seconds",
    "appCookieDuration": "stickiness.app_cookie.duration_seconds",
    "appCookieName": "stickiness.app_cookie.cookie_name",
}
"""Input, after `_target_group`, to key of `ModifyTargetGroupAttributes`."""

HEALTH_CHECK = {
    "enabled": "healthCheckEnabled",
    "healthyThreshold": "healthyThresholdCount",
    "interval": "healthCheckIntervalSeconds",
    "matcher": "matcher",
    "path": "healthCheckPath",
    "port": "healthCheckPort",
    "protocol": "healthCheckProtocol",
    "timeout": "healthCheckTimeoutSeconds",
    "unhealthyThreshold": "unhealthyThresholdCount",
}


def _load_balancer(inputs: dict[str, Any]) -> dict[str, Any]:
    rest = renamed(inputs, {"loadBalancerType": "type"})
    if isinstance(rest.get("subnetMappings"), list):
        rest["subnetMappings"] = [
            {key: value for key, value in item.items() if key != "outpostId"} if isinstance(item, dict) else item
            for item in rest["subnetMappings"]
        ]
    internal = rest.pop("internal", None)
    if internal is not None:
        rest["scheme"] = "internal" if internal is True else "internet-facing"
    return rest


def _target_group(inputs: dict[str, Any]) -> dict[str, Any]:
    rest = dict(inputs)
    check = rest.pop("healthCheck", None) or {}
    rest |= {HEALTH_CHECK.get(key, f"healthCheck.{key}"): value for key, value in check.items()}
    if rest.get("protocol") in {"GENEVE", "TCP", "TCP_UDP", "TLS", "UDP"} and "matcher" in rest and not rest["matcher"]:
        del rest["matcher"]
    if "matcher" in rest:
        kind = "GrpcCode" if rest.get("protocolVersion") == "GRPC" else "HttpCode"
        rest["matcher"] = {kind: rest["matcher"]}
    for several, one in (("targetFailovers", "targetFailover"), ("targetHealthStates", "targetHealthState")):
        items = rest.pop(several, None)
        if items:
            rest[one] = items[0]
    return _with_cookies(rest)


def _with_cookies(rest: dict[str, Any]) -> dict[str, Any]:
    """Gives the cookie's settings the name of the kind of stickiness, as AWS keeps them apart."""
    stickiness = rest.get("stickiness") or {}
    kind = {"lb_cookie": "lb", "app_cookie": "app"}.get(str(stickiness.get("type")), "")
    if kind and stickiness.get("cookieDuration") is not None:
        rest[f"{kind}CookieDuration"] = stickiness["cookieDuration"]
    if kind == "app" and stickiness.get("cookieName"):
        rest["appCookieName"] = stickiness["cookieName"]
    if stickiness:
        rest["stickiness"] = {
            "enabled": True,
            **{key: value for key, value in stickiness.items() if key in {"enabled", "type"}},
        }
    return rest


def _roots(paths: dict[str, str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(path.split(".", maxsplit=1)[0] for path in paths))


@step("enforceSecurityGroupInboundRulesOnPrivateLinkTraffic")
def _private_link_rules(context: Context) -> None:
    enforce = context.take("enforceSecurityGroupInboundRulesOnPrivateLinkTraffic")
    if enforce:
        groups = {"LoadBalancerArn": context.id or None, "SecurityGroups": context.inputs.get("securityGroups") or []}
        context.call(
            "elbv2.SetSecurityGroups", {**groups, "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": enforce}
        )


def _load_balancer_parts(context: Context) -> dict[str, Any]:
    balancer = context.find("LoadBalancers[0]") or {}
    zone = LOAD_BALANCER_ZONES.get(context.place.region, balancer.get("CanonicalHostedZoneId"))
    return {
        "Suffix": {"value": context.id.partition(":loadbalancer/")[2]},
        "VpcOf": balancer.get("VpcId"),
        "Zone": zone,
    }


def _target_group_parts(context: Context) -> dict[str, Any]:
    return {"Suffix": {"value": context.id.rpartition(":")[2]}}


def _target(inputs: dict[str, Any]) -> dict[str, Any]:
    """Puts one target into the list that AWS takes."""
    names = {"targetId": "Id", "port": "Port", "availabilityZone": "AvailabilityZone", "quicServerId": "QuicServerId"}
    target = {names[key]: value for key, value in inputs.items() if key in names}
    return {**{key: value for key, value in inputs.items() if key not in names}, "targets": [target]}


LOAD_BALANCER = Spec(
    create=Call("elbv2.CreateLoadBalancer"),
    id="LoadBalancers[0].LoadBalancerArn",
    then=(
        Call(
            "elbv2.ModifyLoadBalancerAttributes",
            inputs=_roots(LOAD_BALANCER_ATTRIBUTES),
            pairs={"Attributes": LOAD_BALANCER_ATTRIBUTES},
            constant={"LoadBalancerArn": "{id}"},
            when=_roots(LOAD_BALANCER_ATTRIBUTES),
        ),
        Call(
            "elbv2.ModifyCapacityReservation",
            inputs=("minimumLoadBalancerCapacity",),
            constant={"LoadBalancerArn": "{id}"},
            when=("minimumLoadBalancerCapacity",),
        ),
        _private_link_rules,
        _load_balancer_parts,
    ),
    outputs={
        "arn": "{id}",
        "arnSuffix": "Suffix.value",
        "dnsName": "LoadBalancers[0].DNSName",
        "vpcId": "VpcOf",
        "zoneId": "Zone",
    },
    reshape=_load_balancer,
)

TARGET_GROUP = Spec(
    create=Call("elbv2.CreateTargetGroup"),
    id="TargetGroups[0].TargetGroupArn",
    then=(
        Call(
            "elbv2.ModifyTargetGroupAttributes",
            inputs=_roots(TARGET_GROUP_ATTRIBUTES),
            pairs={"Attributes": TARGET_GROUP_ATTRIBUTES},
            constant={"TargetGroupArn": "{id}"},
            when=_roots(TARGET_GROUP_ATTRIBUTES),
        ),
        _target_group_parts,
    ),
    outputs={"arn": "{id}", "arnSuffix": "Suffix.value"},
    reshape=_target_group,
)

TARGET_GROUP_ATTACHMENT = Spec(
    create=Call("elbv2.RegisterTargets"), id="{input.targetGroupArn}-{request.Targets[0].Id}", reshape=_target
)

LISTENER_CERTIFICATE = Spec(
    create=Call("elbv2.AddListenerCertificates", rename={"certificateArn": "Certificates.CertificateArn"}),
    id="{input.listenerArn}_{input.certificateArn}",
)

TYPES = {
    "loadBalancer:LoadBalancer": LOAD_BALANCER,
    "targetGroup:TargetGroup": TARGET_GROUP,
    "targetGroupAttachment:TargetGroupAttachment": TARGET_GROUP_ATTACHMENT,
    "listenerCertificate:ListenerCertificate": LISTENER_CERTIFICATE,
    "listener:Listener": elbv2_listener.LISTENER,
    "listenerRule:ListenerRule": elbv2_listener.LISTENER_RULE,
}

SPECS: Specs = {
    **{f"aws:{module}/{name}": spec for module in ("lb", "alb") for name, spec in TYPES.items()},
    "aws:lb/trustStore:TrustStore": Spec(
        create=Call("elbv2.CreateTrustStore"), id="TrustStores[0].TrustStoreArn", outputs={"arn": "{id}"}
    ),
    "aws:lb/trustStoreRevocation:TrustStoreRevocation": Spec(
        create=Call(
            "elbv2.AddTrustStoreRevocations",
            rename={
                "revocationsS3Bucket": "RevocationContents.S3Bucket",
                "revocationsS3Key": "RevocationContents.S3Key",
                "revocationsS3ObjectVersion": "RevocationContents.S3ObjectVersion",
            },
        ),
        id="{input.trustStoreArn},{TrustStoreRevocations[0].RevocationId || '1'}",
    ),
}
