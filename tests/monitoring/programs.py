"""Inputs that the components of the room accept, for tests that change one thing."""

import json
from typing import Any

from mcp_ops.rehearsal.findings import check_policy
from tests.support.recording import ACCOUNT_ID, REGION

TOPICS = {
    "critical": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:mcp-dev-critical",
    "warning": f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:mcp-dev-warning",
}
BOUNDARY = f"arn:aws:iam::{ACCOUNT_ID}:policy/dev-boundary"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/notifications"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:channel-AbCdEf"
PLACE = {"environment": "dev", "account_id": ACCOUNT_ID, "region": REGION}
RUNBOOKS = "https://github.com/example/mcp-ops/blob/main/docs/runbooks"


def server(**changes: Any) -> Any:
    return {
        "environment": "dev",
        "server": "weather",
        "cluster_name": "dev",
        "service_name": "weather-service",
        "load_balancer_arn_suffix": "app/dev/1",
        "target_group_arn_suffix": "targetgroup/weather/1",
        "log_group_name": "/mcp-ops/dev/weather",
        "topic_arns": TOPICS,
        **changes,
    }


def business(**changes: Any) -> Any:
    return {
        "metric": "CostPrevented",
        "summary": "Hardly any cost was prevented today.",
        "severity": "warning",
        "runbook": "business",
        "below": 1,
        **changes,
    }


def notifications(**changes: Any) -> Any:
    return {**PLACE, "key_arn": KEY, "emails": ["ops@example.com"], **changes}


def probe(**changes: Any) -> Any:
    target = {"url": "https://weather.dev.example.com/mcp", "tool": "forecast", "arguments": {"city": "Bonn"}}
    return {**PLACE, "targets": {"weather": target}, **changes}


def external(**changes: Any) -> Any:
    services = {"site": {"provider": "vercel", "project": "site", "secret_arn": SECRET}}
    return {**PLACE, "services": services, "topic_arns": TOPICS, **changes}


def platform(**changes: Any) -> Any:
    return {
        "environment": "dev",
        "region": REGION,
        "topic_arns": TOPICS,
        "load_balancer_arn_suffix": "app/dev/1",
        "certificate_arn": f"arn:aws:acm:{REGION}:{ACCOUNT_ID}:certificate/1",
        "web_acl_metric": "mcp-dev",
        "functions": {"probe": {"function_name": "probe-1", "dead_letter_queue_name": "probe-dead-1"}},
        "queues": {"inbox": "inbox-1"},
        "tables": {"notes": "notes-1"},
        **changes,
    }


def delivery(**changes: Any) -> Any:
    return {**PLACE, "cluster_name": "mcp-dev-cluster", "alarm_prefix": "mcp-dev-", **changes}


def dashboard(**changes: Any) -> Any:
    shown = {
        "cluster_name": "dev",
        "service_name": "weather-service",
        "load_balancer_arn_suffix": "app/dev/1",
        "target_group_arn_suffix": "targetgroup/weather/1",
    }
    arns = [f"arn:aws:cloudwatch:{REGION}:{ACCOUNT_ID}:alarm:mcp-dev-weather-probe"]
    return {"environment": "dev", "region": REGION, "servers": {"weather": shown}, "alarm_arns": arns, **changes}


def statements(document: str) -> dict[str, Any]:
    """Returns the statements of a function's role by Sid; those of this room have no finding."""
    found = {item["Sid"]: item for item in json.loads(document)["Statement"]}
    # The mocks' ARNs of queues and log groups are not AWS's.
    own = [item for sid, item in found.items() if sid not in {"WriteOwnLogs", "KeepDeadLetters"}]
    policy = json.dumps({"Version": "2012-10-17", "Statement": own})
    assert not own or check_policy(policy, "identity", "policy", account=ACCOUNT_ID) == []
    return found
