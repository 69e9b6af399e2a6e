from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

Create = Callable[..., Any]
Client = Callable[[str], Any]

SUBNETS = ["subnet-0aaa", "subnet-0bbb"]


@pytest.fixture(scope="module")
def made() -> dict[str, Any]:
    """What the first test that needs it creates."""
    return {}


@pytest.fixture
def balancer(create: Create, made: dict[str, Any]) -> Any:
    if "balancer" not in made:
        made["balancer"] = create(
            "aws:lb/loadBalancer:LoadBalancer",
            "edge",
            subnets=SUBNETS,
            internal=False,
            idleTimeout=300,
            dropInvalidHeaderFields=True,
            accessLogs={"bucket": "edge-logs", "enabled": True},
        )
    return made["balancer"]


@pytest.fixture
def target_group(create: Create, made: dict[str, Any]) -> Any:
    if "group" not in made:
        made["group"] = create(
            "aws:alb/targetGroup:TargetGroup",
            "tg",
            port=8000,
            protocol="HTTP",
            targetType="ip",
            vpcId="vpc-0aaa",
            deregistrationDelay=120,
            healthCheck={"path": "/healthz", "matcher": "200", "interval": 15, "unhealthyThreshold": 3},
            stickiness={"type": "lb_cookie", "cookieDuration": 60},
        )
    return made["group"]


@pytest.fixture
def listener(create: Create, made: dict[str, Any], balancer: Any) -> Any:
    if "listener" not in made:
        made["listener"] = create(
            "aws:lb/listener:Listener",
            loadBalancerArn=balancer.id,
            port=80,
            protocol="HTTP",
            defaultActions=[
                {"type": "fixed-response", "fixedResponse": {"contentType": "text/plain", "statusCode": "404"}}
            ],
            routingHttpResponseServerEnabled=False,
            routingHttpResponseXFrameOptionsHeaderValue="DENY",
        )
    return made["listener"]


def test_a_load_balancer_has_the_names_that_others_use(balancer: Any, client: Client) -> None:
    assert balancer.outputs["arnSuffix"] == balancer.id.partition(":loadbalancer/")[2]
    assert balancer.outputs["arnSuffix"].startswith("app/edge-")
    assert balancer.outputs["zoneId"] == "Z215JYRZR1TBD5"
    assert balancer.outputs["dnsName"].endswith(".eu-central-1.elb.amazonaws.com")
    held = client("elbv2").describe_load_balancer_attributes(LoadBalancerArn=balancer.id)["Attributes"]
    attributes = {item["Key"]: item["Value"] for item in held}
    assert attributes["idle_timeout.timeout_seconds"] == "300"
    assert attributes["routing.http.drop_invalid_header_fields.enabled"] == "true"
    assert attributes["access_logs.s3.bucket"] == "edge-logs"


def test_a_target_group_checks_health_as_told(target_group: Any, client: Client) -> None:
    held = client("elbv2").describe_target_groups(TargetGroupArns=[target_group.id])["TargetGroups"][0]
    assert (held["HealthCheckPath"], held["HealthCheckIntervalSeconds"], held["UnhealthyThresholdCount"]) == (
        "/healthz",
        15,
        3,
    )
    assert target_group.outputs["arnSuffix"].startswith("targetgroup/tg-")
    listed = client("elbv2").describe_target_group_attributes(TargetGroupArn=target_group.id)["Attributes"]
    attributes = {item["Key"]: item["Value"] for item in listed}
    assert attributes["deregistration_delay.timeout_seconds"] == "120"
    assert attributes["stickiness.lb_cookie.duration_seconds"] == "60"


def test_a_listener_sets_the_headers_of_responses(listener: Any, client: Client) -> None:
    held = client("elbv2").describe_listener_attributes(ListenerArn=listener.id)["Attributes"]
    attributes = {item["Key"]: item["Value"] for item in held}
    assert attributes["routing.http.response.server.enabled"] == "false"
    assert attributes["routing.http.response.x_frame_options.header_value"] == "DENY"


def test_a_rule_without_priority_comes_last(create: Create, listener: Any, target_group: Any) -> None:
    forward = {"listenerArn": listener.id, "actions": [{"type": "forward", "targetGroupArn": target_group.id}]}
    rule = "aws:lb/listenerRule:ListenerRule"
    create(rule, "first", **forward, priority=40, conditions=[{"pathPattern": {"values": ["/mcp"]}}])
    second = create(rule, "second", **forward, conditions=[{"hostHeader": {"values": ["a.example.com"]}}])
    assert second.outputs["priority"] == 41


def test_a_taken_priority_is_refused(create: Create, listener: Any) -> None:
    redirect = [{"type": "redirect", "redirect": {"statusCode": "HTTP_301", "port": "443", "protocol": "HTTPS"}}]
    rule = {
        "listenerArn": listener.id,
        "priority": 7,
        "actions": redirect,
        "conditions": [{"sourceIp": {"values": ["10.0.0.0/8"]}}],
    }
    create("aws:lb/listenerRule:ListenerRule", "one", **rule)
    with pytest.raises(Refusal, match="PriorityInUse"):
        create("aws:lb/listenerRule:ListenerRule", "two", **rule)


def test_verifying_tokens_is_only_checked(create: Create, listener: Any, target_group: Any) -> None:
    issuer = {"issuer": "https://issuer.example.com", "jwksEndpoint": "https://issuer.example.com/jwks.json"}
    made = create(
        "aws:lb/listenerRule:ListenerRule",
        "signed",
        listenerArn=listener.id,
        priority=50,
        actions=[
            {"type": "jwt-validation", "jwtValidation": issuer},
            {"type": "forward", "targetGroupArn": target_group.id},
        ],
        conditions=[{"pathPattern": {"values": ["/signed"]}}],
    )
    assert made.id.startswith(listener.id.replace(":listener/", ":listener-rule/") + "/")
    assert [call.reason for call in made.operations if not call.executed] == [
        "moto rejects the jwt-validation action, which ELB has had since 2025-11"
    ]


def test_a_protocol_that_elb_does_not_have_is_refused(create: Create) -> None:
    with pytest.raises(Refusal, match="Protocol: 'HTTP3' is none of HTTP, HTTPS"):
        create("aws:lb/targetGroup:TargetGroup", "odd", port=80, protocol="HTTP3", vpcId="vpc-0aaa")
