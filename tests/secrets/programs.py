"""Inputs that every component of the room accepts, for tests that change one thing."""

from typing import Any

import pulumi

from tests.support.recording import ACCOUNT_ID, REGION

TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:alerts"
BOUNDARY = f"arn:aws:iam::{ACCOUNT_ID}:policy/dev-boundary"
EMERGENCY = f"arn:aws:iam::{ACCOUNT_ID}:role/mcp-dev-emergency"
GENERATED = {"kind": "generated"}
API_KEY = {"kind": "api-key", "hook_url": "https://hooks.example.com/keys"}
SIGNING = {"kind": "signing-key"}
DATABASE = {
    "kind": "database",
    "engine": "postgres",
    "host": "orders.example.com",
    "dbname": "orders",
    "username": "app",
    "cluster_arn": f"arn:aws:rds:{REGION}:{ACCOUNT_ID}:cluster:orders",
    "admin_secret_arn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:admin-AbCdEf",
}
MANAGED = {
    "kind": "database",
    "managed_secret_arn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:rds!cluster-1-AbCdEf",
}


def external(**more: Any) -> Any:
    return {"kind": "external", **more}


def store(secrets: Any, **changes: Any) -> Any:
    return {
        "secrets": secrets,
        "account_id": ACCOUNT_ID,
        "region": REGION,
        "alarm_topic_arn": TOPIC,
        "permissions_boundary_arn": BOUNDARY,
        **changes,
    }


def restart(**changes: Any) -> Any:
    return {
        "store": "mcp-dev",
        "account_id": ACCOUNT_ID,
        "region": REGION,
        "cluster_name": "mcp-dev-cluster",
        "alarm_topic_arn": TOPIC,
        **changes,
    }


def secret(value: str) -> pulumi.Output[str]:
    """Returns what `require_secret` returns."""
    return pulumi.Output.secret(value)
