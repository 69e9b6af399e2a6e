"""Inputs that every component of the room accepts, for tests that change one thing."""

import json
from typing import Any

from tests.support.recording import ACCOUNT_ID, REGION

BOUNDARY = f"arn:aws:iam::{ACCOUNT_ID}:policy/dev-boundary"
EMERGENCY = f"arn:aws:iam::{ACCOUNT_ID}:role/dev-emergency"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT_ID}:key/state"
REPLICA = "eu-central-1"
REPLICA_KEY = f"arn:aws:kms:{REPLICA}:{ACCOUNT_ID}:key/replica"
TOPIC = f"arn:aws:sns:{REGION}:{ACCOUNT_ID}:alerts"
VAULT = f"arn:aws:backup:{REGION}:{ACCOUNT_ID}:backup-vault:mcp-dev"
TABLE = f"arn:aws:dynamodb:{REGION}:{ACCOUNT_ID}:table/notes-1234567"
BUCKET = "arn:aws:s3:::papers-1234567"
FILES = f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT_ID}:file-system/fs-01234567"
CLUSTER = f"arn:aws:rds:{REGION}:{ACCOUNT_ID}:cluster:orders-1234567"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:rds!cluster-1-AbCdEf"
SUBNETS = {"a": "subnet-0000000a", "b": "subnet-0000000b"}

SHAPES: dict[str, Any] = {
    "table": {"sort_key": "sk", "ttl_attribute": "expires"},
    "bucket": {},
    "files": {"vpc_id": "vpc-1", "subnet_ids": SUBNETS, "servers": ["weather", "maps"]},
    "database": {"vpc_id": "vpc-1", "subnet_ids": SUBNETS},
}


def store(kind: str = "table", **changes: Any) -> Any:
    args = {"account_id": ACCOUNT_ID, "region": REGION, "backup_plan": "mcp-dev", "key_arn": KEY, kind: SHAPES[kind]}
    return {key: value for key, value in {**args, **changes}.items() if value is not None}


def policy(**changes: Any) -> Any:
    args = {
        "account_id": ACCOUNT_ID,
        "region": REGION,
        "key_arn": KEY,
        "store_key_arns": [KEY],
        "exempt_role_arns": [EMERGENCY],
        "alarm_topic_arn": TOPIC,
        "permissions_boundary_arn": BOUNDARY,
    }
    return {key: value for key, value in {**args, **changes}.items() if value is not None}


def restored(kind: str, arn: str, **changes: Any) -> Any:
    name = arn.rsplit(":", maxsplit=1)[-1].rsplit("/", maxsplit=1)[-1]
    database = {"secret_arn": SECRET, "subnet_group": "orders", "security_group_ids": ["sg-1"]}
    expectations = json.dumps(database if kind == "database" else {})
    return {"kind": kind, "arn": arn, "physical_name": name, "key_arn": KEY, "expectations": expectations, **changes}


ALL_STORES = {
    "files": restored("files", FILES),
    "notes": restored("table", TABLE),
    "orders": restored("database", CLUSTER),
    "papers": restored("bucket", BUCKET),
}


def restore_test(**changes: Any) -> Any:
    args = {
        "environment": "dev",
        "account_id": ACCOUNT_ID,
        "region": REGION,
        "backup_plan": "mcp-dev",
        "vault_arn": VAULT,
        "stores": {"notes": restored("table", TABLE)},
        "alarm_topic_arn": TOPIC,
        "permissions_boundary_arn": BOUNDARY,
    }
    return {key: value for key, value in {**args, **changes}.items() if value is not None}
