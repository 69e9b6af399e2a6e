"""Inputs that every component accepts, for tests that change one thing."""

from typing import Any

from tests.support.recording import ACCOUNT_ID, REGION

DIGEST = "sha256:" + "0" * 64
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:token-AbCdEf"


def network(**changes: Any) -> Any:
    zones = [f"{REGION}a", f"{REGION}b"]
    return {"region": REGION, "account_id": ACCOUNT_ID, "availability_zones": zones, **changes}


def gateway(**changes: Any) -> Any:
    return {
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-1", "subnet-2"],
        "domain": "dev.example.com",
        "hosted_zone_id": "Z1",
        "account_id": ACCOUNT_ID,
        "region": REGION,
        **changes,
    }


def server(**changes: Any) -> Any:
    return {
        "image": f"{ACCOUNT_ID}.dkr.ecr.{REGION}.amazonaws.com/weather:1",
        "environment": "dev",
        "account_id": ACCOUNT_ID,
        "region": REGION,
        "host": "weather.dev.example.com",
        "cluster_arn": f"arn:aws:ecs:{REGION}:{ACCOUNT_ID}:cluster/dev",
        "cluster_name": "dev",
        "vpc_id": "vpc-1",
        "subnet_ids": ["subnet-1", "subnet-2"],
        "listener_arn": f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT_ID}:listener/app/dev/1/2",
        "load_balancer_arn_suffix": "app/dev/1",
        "load_balancer_dns_name": "dev.elb.amazonaws.com",
        "load_balancer_zone_id": "Z2",
        "gateway_security_group_id": "sg-gateway",
        "targets_security_group_id": "sg-targets",
        "hosted_zone_id": "Z1",
        **changes,
    }


ISSUER = "https://login.example.com/realms/mcp"


def sign_in(**changes: Any) -> Any:
    return {"issuer": ISSUER, "preset": "keycloak", "scopes": {"forecast": ["weather.read"]}, **changes}


def web_acl(**changes: Any) -> Any:
    balancer = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT_ID}:loadbalancer/app/dev/1"
    return {"load_balancer_arn": balancer, "account_id": ACCOUNT_ID, "region": REGION, **changes}


def cognito_issuer(**changes: Any) -> Any:
    servers = {"weather": {"url": "https://weather.dev.example.com/mcp", "scopes": ["weather.read"]}}
    return {"region": REGION, "domain_prefix": f"mcp-dev-{ACCOUNT_ID}", "servers": servers, **changes}
