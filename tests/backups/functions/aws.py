"""Simulated AWS for the functions of the room: moto, and doubles of what moto does not have."""

import functools
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

REGION = "eu-west-1"
ACCOUNT = "123456789012"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/11111111-2222-3333-4444-555555555555"
OTHER_KEY = KEY.replace("11111111", "99999999")
PATH = "/mcp-ops/dev/stores"
PLAN = "mcp_dev_restores"
PLAN_ARN = f"arn:aws:backup:{REGION}:{ACCOUNT}:restore-testing-plan:{PLAN}-0123"
NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
"""When the heart beats."""
COPY = "awsbackup-restore-test-1"


class Backup:
    """AWS Backup, as far as the validation function asks it."""

    def __init__(self) -> None:
        self.job = job()
        self.told: list[dict[str, Any]] = []

    def describe_restore_job(self, RestoreJobId: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        assert RestoreJobId == "job-1"
        return self.job

    def put_restore_validation_result(self, **result: Any) -> None:
        self.told.append(result)


class Data:
    """The Data API: answers by the beginning of a statement."""

    def __init__(self) -> None:
        self.answers: dict[str, list[Any]] = {}
        self.statements: list[dict[str, Any]] = []

    def execute_statement(self, **statement: Any) -> dict[str, Any]:
        self.statements.append(statement)
        rows = next((rows for start, rows in self.answers.items() if statement["sql"].startswith(start)), None)
        return {} if rows is None else {"records": rows}


class Described:
    """A service that describes what a test says."""

    def __init__(self) -> None:
        self.clusters: dict[str, dict[str, Any]] = {}
        self.file_systems: dict[str, dict[str, Any]] = {}

    def describe_db_clusters(self, DBClusterIdentifier: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        return {"DBClusters": [self.clusters[DBClusterIdentifier]]}

    def describe_file_systems(self, FileSystemId: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        return {"FileSystems": [self.file_systems[FileSystemId]]}


class Aws:
    """Everything that a function can reach."""

    def __init__(self) -> None:
        self.backup, self.data, self.described = Backup(), Data(), Described()

    def client(self, service: str, **_: Any) -> Any:
        doubles = {"backup": self.backup, "rds-data": self.data, "rds": self.described, "efs": self.described}
        return doubles.get(service) or _client(service)


@functools.cache
def _client(service: Any) -> Any:
    """Returns a client, made once: loading a service's model takes longer than a test."""
    session = boto3.Session(aws_access_key_id="testing", aws_secret_access_key="testing", region_name=REGION)
    return session.client(service)


@pytest.fixture
def aws(monkeypatch: pytest.MonkeyPatch) -> Iterator[Aws]:
    """AWS, with the environment of both functions."""
    variables = {
        "ENVIRONMENT": "dev",
        "STORES_PATH": PATH,
        "METRIC_NAMESPACE": "McpOps/Backups",
        "RESTORE_TESTING_PLAN": PLAN,
        "MAX_RECOVERY_POINT_AGE_HOURS": "30",
    }
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    made = Aws()
    monkeypatch.setattr(boto3, "client", made.client)
    with mock_aws():
        yield made


def job(**changes: Any) -> dict[str, Any]:
    """A restore job of the plan, which took four minutes, of a backup begun half an hour after the heartbeat."""
    created = NOW + timedelta(hours=3)
    told = {
        "RestoreJobId": "job-1",
        "Status": "COMPLETED",
        "SourceResourceArn": "arn:aws:s3:::papers",
        "CreatedResourceArn": f"arn:aws:s3:::{COPY}",
        "CreationDate": created,
        "CompletionDate": created + timedelta(minutes=4),
        "RecoveryPointCreationDate": NOW + timedelta(minutes=30),
        "BackupSizeInBytes": 1000,
        "CreatedBy": {"RestoreTestingPlanArn": PLAN_ARN},
        **changes,
    }
    return {key: value for key, value in told.items() if value is not None}


EXPECTATIONS: dict[str, dict[str, Any]] = {
    "table": {
        "partition_key": {"name": "pk", "type": "S"},
        "sort_key": {"name": "sk", "type": "S"},
        "ttl_attribute": "expires",
    },
    "bucket": {"versioning": "Enabled"},
    "files": {"access_points": 2},
    "database": {
        "engine": "aurora-postgresql",
        "engine_version": "16.6",
        "database": "app",
        "secret_arn": f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:orders",
        "subnet_group": "orders",
        "security_group_ids": ["sg-2", "sg-1"],
    },
}
ARNS = {
    "table": f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/notes",
    "bucket": "arn:aws:s3:::papers",
    "files": f"arn:aws:elasticfilesystem:{REGION}:{ACCOUNT}:file-system/fs-1",
    "database": f"arn:aws:rds:{REGION}:{ACCOUNT}:cluster:orders",
}
NAMES = {"table": "notes", "bucket": "papers", "files": "fs-1", "database": "orders"}


def put_store(kind: str, **changes: Any) -> None:
    """Writes the parameter that describes a store."""
    expectations = {**EXPECTATIONS[kind], **changes.pop("expectations", {})}
    value = {
        "kind": kind,
        "arn": ARNS[kind],
        "name": NAMES[kind],
        "key_arn": KEY,
        "tolerance_percent": 20,
        "full_comparison": False,
        "expectations": expectations,
        **changes,
    }
    name = f"{PATH}/{changes.get('name', NAMES[kind])}"
    boto3.client("ssm").put_parameter(Name=name, Value=json.dumps(value), Type="String", Overwrite=True)


def make_table(name: str = "notes", sort_key: str = "S", key: str = KEY, partition: str = "pk") -> None:
    """Makes a table; `sort_key` is its type, empty for none."""
    keys = [(partition, "S", "HASH"), *([("sk", sort_key, "RANGE")] if sort_key else [])]
    boto3.client("dynamodb").create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": attribute, "KeyType": role} for attribute, _, role in keys],
        AttributeDefinitions=[{"AttributeName": attribute, "AttributeType": kind} for attribute, kind, _ in keys],
        **({"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}} if key else {}),
    )


def put_items(name: str, numbers: range, text: str = "note") -> None:
    """Writes items with a string sort key."""
    client = boto3.client("dynamodb")
    for number in numbers:
        tags = {"SS": [f"b{number}", f"a{number}"]}
        item = {"pk": {"S": f"user-{number}"}, "sk": {"S": "1"}, "text": {"S": text}, "tags": tags, "raw": {"B": b"\0"}}
        client.put_item(TableName=name, Item=item)


def make_bucket(name: str = "papers", *, versioned: bool = True) -> None:
    """Makes a bucket."""
    client = boto3.client("s3")
    client.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": REGION})
    if versioned:
        client.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})


def put_objects(name: str, numbers: range, key: str = KEY, body: str = "paper") -> None:
    """Writes objects under a key; empty for Amazon S3's own."""
    sealed = {"ServerSideEncryption": "aws:kms", "SSEKMSKeyId": key} if key else {}
    for number in numbers:
        boto3.client("s3").put_object(Bucket=name, Key=f"paper-{number}", Body=f"{body} {number}".encode(), **sealed)
