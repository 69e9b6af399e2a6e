"""The validation: it accepts good copies, also of stores that change, and refuses bad ones, each for its reason."""

import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from benchmarks.validate_restore import measured

from mcp_ops.backups.functions.heartbeat import beats, buckets, tables
from mcp_ops.backups.functions.validate_restore import handler
from mcp_ops.backups.functions.validate_restore.content import Content, canonical
from mcp_ops.backups.functions.validate_restore.findings import SLACK_BYTES, bounds
from tests.backups.functions.aws import (
    ARNS,
    COPY,
    KEY,
    NOW,
    OTHER_KEY,
    PLAN_ARN,
    Aws,
    job,
    make_bucket,
    make_table,
    put_items,
    put_objects,
    put_store,
)
from tests.backups.functions.aws import aws as aws  # noqa: PLC0414 - a fixture

EVENT = {"source": "aws.backup", "detail": {"restoreJobId": "job-1", "status": "COMPLETED"}}
BY_HAND = {"restoreJobId": "job-1"}


def described(kind: str) -> dict[str, Any]:
    name = {"table": "notes", "bucket": "papers"}[kind]
    value = boto3.client("ssm").get_parameter(Name=f"/mcp-ops/dev/stores/{name}")["Parameter"]["Value"]
    found: dict[str, Any] = json.loads(value)
    return found


def failed(verdict: dict[str, Any]) -> set[str]:
    """Names of the checks that failed."""
    assert verdict["valid"] == all(check["passed"] for check in verdict["checks"])
    return {check["check"] for check in verdict["checks"] if not check["passed"]}


def metrics() -> dict[str, float]:
    cloudwatch = boto3.client("cloudwatch")
    found = {}
    for metric in cloudwatch.list_metrics(Namespace="McpOps/Backups")["Metrics"]:
        dimensions = {item["Name"]: item["Value"] for item in metric["Dimensions"]}
        assert dimensions == {"Environment": "dev", "Store": dimensions["Store"]}
        now = datetime.now(UTC)
        (point,) = cloudwatch.get_metric_statistics(
            Namespace="McpOps/Backups",
            MetricName=metric["MetricName"],
            Dimensions=metric["Dimensions"],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=3600,
            Statistics=["Maximum"],
        )["Datapoints"]
        found[metric["MetricName"]] = point["Maximum"]
    return found


def copy_table(key: str = KEY) -> None:
    """Copies every item, like a restore."""
    make_table(COPY, key=key)
    client = boto3.client("dynamodb")
    for item in client.scan(TableName="notes")["Items"]:
        client.put_item(TableName=COPY, Item=item)


@pytest.fixture
def table(aws: Aws) -> Aws:
    """A table with 20 items and a heartbeat, and a good copy of it that a test restored."""
    make_table()
    put_items("notes", range(20))
    put_store("table")
    tables.beat("notes", described("table"), NOW)
    copy_table()
    copy = ARNS["table"].replace("notes", COPY)
    aws.backup.job = job(SourceResourceArn=ARNS["table"], CreatedResourceArn=copy)
    return aws


@pytest.fixture
def bucket(aws: Aws) -> Aws:
    """A bucket with 20 objects and a heartbeat, and a good copy of it that a test restored."""
    for name in ("papers", COPY):
        make_bucket(name)
        put_objects(name, range(20))
    put_store("bucket")
    buckets.beat("papers", described("bucket"), NOW)
    client = boto3.client("s3")
    (beat,) = client.list_objects_v2(Bucket="papers", Prefix=".mcp-ops/")["Contents"]
    body = client.get_object(Bucket="papers", Key=beat["Key"])["Body"].read()
    client.put_object(Bucket=COPY, Key=beat["Key"], Body=body)
    aws.backup.job = job()
    return aws


def delete_items(keep: int) -> None:
    client = boto3.client("dynamodb")
    for number in range(keep, 20):
        client.delete_item(TableName=COPY, Key={"pk": {"S": f"user-{number}"}, "sk": {"S": "1"}})


def write_beat(text: str) -> None:
    key = {"pk": {"S": "mcp-ops#heartbeat"}, "sk": {"S": "2026-11-21T02:30:00Z"}}
    boto3.client("dynamodb").put_item(TableName=COPY, Item={**key, "heartbeat": {"S": text}})


def put_beat(text: bytes) -> None:
    name = ".mcp-ops/heartbeat/2026-11-21T02:30:00Z.json"
    boto3.client("s3").put_object(Bucket=COPY, Key=name, Body=text)


# Good copies


def test_a_good_table_is_accepted_reported_and_measured(table: Aws) -> None:
    verdict = handler.handle(EVENT, None)
    assert verdict["store"] == "notes"
    assert failed(verdict) == set()
    assert [check["check"] for check in verdict["checks"]] == [
        "encryption",
        "schema",
        "heartbeat",
        "heartbeat-age",
        "items",
        "sample",
    ]
    assert verdict["content"]["items"] == 20
    assert verdict["restoreMinutes"] == 4
    assert verdict["recoveryPointAgeHours"] == 2.5
    assert table.backup.told == [
        {"RestoreJobId": "job-1", "ValidationStatus": "SUCCESSFUL", "ValidationStatusMessage": "6 checks passed"}
    ]
    assert metrics() == {"ValidationFailures": 0, "RestoreMinutes": 4, "RecoveryPointAgeHours": 2.5}


@pytest.mark.usefixtures("bucket")
def test_a_good_bucket_is_accepted() -> None:
    verdict = handler.handle(EVENT, None)
    assert failed(verdict) == set()
    assert verdict["content"] == {"objects": 20, "bytes": 150}


@pytest.mark.parametrize("numbers", [range(20, 27), range(0)])
@pytest.mark.usefixtures("table")
def test_a_store_that_changed_before_its_backup_is_no_failure(numbers: range) -> None:
    put_items(COPY, numbers)
    put_items("notes", range(100, 200))
    assert failed(handler.handle(EVENT, None)) == set()


@pytest.mark.usefixtures("table")
def test_a_table_without_sort_key_is_accepted() -> None:
    client = boto3.client("dynamodb")
    for name in ("notes", COPY):
        client.delete_table(TableName=name)
        make_table(name, sort_key="")
    put_store("table", expectations={"sort_key": None})
    tables.beat("notes", described("table"), NOW)
    (item,) = client.scan(TableName="notes")["Items"]
    client.put_item(TableName=COPY, Item=item)
    assert failed(handler.handle(EVENT, None)) == set()


@pytest.mark.usefixtures("table")
def test_an_empty_store_has_an_empty_copy() -> None:
    delete_items(0)
    write_beat(beats.sealed("notes", {"items": 0}, NOW))
    assert failed(handler.handle(EVENT, None)) == set()


@pytest.mark.usefixtures("bucket")
def test_an_empty_bucket_says_that_encryption_was_not_looked_at() -> None:
    client = boto3.client("s3")
    for number in range(20):
        client.delete_object(Bucket=COPY, Key=f"paper-{number}")
    put_beat(beats.sealed("papers", {"objects": 0, "bytes": 0}, NOW).encode())
    verdict = handler.handle(EVENT, None)
    assert failed(verdict) == set()
    assert verdict["notes"] == ["encryption was not looked at: the copy holds no object"]


# Bad copies


BAD_TABLES: dict[str, tuple[Callable[[], None], set[str]]] = {
    "empty": (lambda: delete_items(0), {"items"}),
    "missing items": (lambda: delete_items(9), {"items"}),
    "too many items": (lambda: put_items(COPY, range(20, 35)), {"items"}),
    "no heartbeat": (lambda: boto3.client("dynamodb").delete_item(
        TableName=COPY, Key={"pk": {"S": "mcp-ops#heartbeat"}, "sk": {"S": "2026-11-21T02:30:00Z"}}
    ) and None, {"heartbeat"}),
    "old heartbeat": (
        lambda: write_beat(beats.sealed("notes", {"items": 20}, NOW - timedelta(hours=31))), {"heartbeat-age"}
    ),
    "altered heartbeat": (
        lambda: write_beat(beats.sealed("notes", {"items": 20}, NOW).replace('"items": 20', '"items": 21')),
        {"heartbeat"},
    ),
    "another store's heartbeat": (lambda: write_beat(beats.sealed("maps", {"items": 20}, NOW)), {"heartbeat"}),
    "no heartbeat at all": (lambda: write_beat("[]"), {"heartbeat"}),
    "no JSON": (lambda: write_beat("beat"), {"heartbeat"}),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_TABLES)
def test_a_bad_table_is_refused_for_its_reason(table: Aws, what: str) -> None:
    spoil, checks = BAD_TABLES[what]
    spoil()
    verdict = handler.handle(EVENT, None)
    assert failed(verdict) == checks
    (told,) = table.backup.told
    assert told["ValidationStatus"] == "FAILED"
    assert told["ValidationStatusMessage"].startswith(f"{next(iter(checks))}: found ")
    assert metrics()["ValidationFailures"] == 1


@pytest.mark.parametrize("key", ["", OTHER_KEY])
@pytest.mark.usefixtures("table")
def test_a_table_without_the_stores_key_is_refused(key: str) -> None:
    boto3.client("dynamodb").delete_table(TableName=COPY)
    copy_table(key)
    assert failed(handler.handle(EVENT, None)) == {"encryption"}


@pytest.mark.usefixtures("table")
def test_a_table_with_other_keys_is_refused() -> None:
    boto3.client("dynamodb").delete_table(TableName=COPY)
    make_table(COPY, partition="id")
    assert failed(handler.handle(EVENT, None)) == {"schema"}


def test_items_that_cannot_be_read_by_key_are_refused(table: Aws, monkeypatch: pytest.MonkeyPatch) -> None:
    client = boto3.client("dynamodb")
    monkeypatch.setattr(client, "get_item", lambda **_: {})
    monkeypatch.setattr(
        boto3, "client", lambda service, **_: client if service == "dynamodb" else table.client(service)
    )
    assert failed(handler.handle(EVENT, None)) == {"sample"}


BAD_BUCKETS: dict[str, tuple[Callable[[], Any], set[str]]] = {
    "empty": (
        lambda: [boto3.client("s3").delete_object(Bucket=COPY, Key=f"paper-{number}") for number in range(20)],
        {"objects", "bytes"},
    ),
    "missing objects": (
        lambda: [boto3.client("s3").delete_object(Bucket=COPY, Key=f"paper-{number}") for number in range(11)],
        {"objects", "bytes"},
    ),
    "another key": (lambda: put_objects(COPY, range(20), OTHER_KEY), {"encryption"}),
    "no key": (lambda: put_objects(COPY, range(20), ""), {"encryption"}),
    "no versions": (
        lambda: boto3.client("s3").put_bucket_versioning(
            Bucket=COPY, VersioningConfiguration={"Status": "Suspended"}
        ),
        {"schema"},
    ),
    "altered heartbeat": (
        lambda: put_beat(beats.sealed("papers", {"objects": 20, "bytes": 150}, NOW).encode().replace(b"150", b"15")),
        {"heartbeat"},
    ),
    "unreadable heartbeat": (lambda: put_beat(b"\xff"), {"heartbeat"}),
    "old heartbeat": (
        lambda: put_beat(
            beats.sealed("papers", {"objects": 20, "bytes": 150}, NOW - timedelta(hours=31)).encode()
        ),
        {"heartbeat-age"},
    ),
    "no heartbeat": (
        lambda: boto3.client("s3").delete_object(
            Bucket=COPY, Key=".mcp-ops/heartbeat/2026-11-21T02:30:00Z.json"
        ),
        {"heartbeat"},
    ),
    "far more bytes": (
        lambda: put_beat(beats.sealed("papers", {"objects": 20, "bytes": 10**12}, NOW).encode()), {"bytes"}
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", BAD_BUCKETS)
@pytest.mark.usefixtures("bucket")
def test_a_bad_bucket_is_refused_for_its_reason(what: str) -> None:
    spoil, checks = BAD_BUCKETS[what]
    spoil()
    assert failed(handler.handle(EVENT, None)) == checks


def test_a_bucket_without_versions_since_ever_is_refused(bucket: Aws) -> None:
    bucket.backup.job["CreatedResourceArn"] = "arn:aws:s3:::plain"
    make_bucket("plain", versioned=False)
    assert failed(handler.handle(EVENT, None)) == {"schema", "heartbeat"}


# Full comparison


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.usefixtures("table")
def test_a_table_that_does_not_change_is_compared_item_by_item(*, same: bool) -> None:
    put_store("table", full_comparison=True)
    if not same:
        put_items(COPY, range(19, 20), "another note")
    assert failed(handler.handle(EVENT, None)) == (set() if same else {"comparison"})


@pytest.mark.parametrize("same", [True, False])
@pytest.mark.usefixtures("bucket")
def test_a_bucket_that_does_not_change_is_compared_object_by_object(*, same: bool) -> None:
    put_store("bucket", full_comparison=True)
    if not same:
        put_objects(COPY, range(19, 20), body="qaper")
    verdict = handler.handle(EVENT, None)
    assert failed(verdict) == (set() if same else {"comparison"})
    assert len(verdict["content"]["digest"]) == 64


@pytest.mark.parametrize("kind", ["table", "bucket"])
def test_a_restore_by_hand_is_not_compared_with_a_store_that_nobody_trusts(
    request: pytest.FixtureRequest, kind: str
) -> None:
    aws: Aws = request.getfixturevalue(kind)
    put_store(kind, full_comparison=True)
    aws.backup.job.pop("CreatedBy")
    verdict = handler.handle(BY_HAND, None)
    assert failed(verdict) == set()
    assert "not compared with the store" in verdict["notes"][0]


# Jobs


def test_a_restore_by_hand_is_neither_reported_nor_measured(bucket: Aws) -> None:
    bucket.backup.job = job(CreatedBy=None)
    assert failed(handler.handle(BY_HAND, None)) == set()
    assert bucket.backup.told == []
    assert metrics() == {}


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"Status": "RUNNING"}, "the job is RUNNING"),
        ({"CreatedBy": None}, "the job was not started by mcp_dev_restores"),
        (
            {"CreatedBy": {"RestoreTestingPlanArn": PLAN_ARN.replace("_dev_", "_prod_")}},
            "the job was not started by mcp_dev_restores",
        ),
        ({"ValidationStatus": "SUCCESSFUL"}, "the job was validated before: SUCCESSFUL"),
    ],
)
def test_other_jobs_are_ignored(aws: Aws, changes: dict[str, Any], reason: str) -> None:
    aws.backup.job = job(**changes)
    assert handler.handle(EVENT, None) == {"ignored": reason}
    assert aws.backup.told == []


def test_a_restore_by_hand_that_goes_on_is_ignored(aws: Aws) -> None:
    aws.backup.job = job(Status="PENDING", CreatedBy=None)
    assert handler.handle(BY_HAND, None) == {"ignored": "the job is PENDING"}


def test_a_restore_that_failed_counts_as_a_failed_validation(aws: Aws) -> None:
    put_store("table")
    put_store("bucket")
    aws.backup.job = job(Status="FAILED", StatusMessage="no subnet group", CreatedResourceArn=None)
    verdict = handler.handle(EVENT, None)
    assert failed(verdict) == {"restore"}
    assert verdict["checks"][0]["found"] == "FAILED: no subnet group"
    assert verdict["restoreMinutes"] is None
    assert aws.backup.told == []  # AWS Backup takes results of completed jobs only
    assert metrics() == {"ValidationFailures": 1}


def test_completed_with_issues_is_told(bucket: Aws) -> None:
    bucket.backup.job["StatusMessage"] = "3 objects were skipped"
    assert handler.handle(EVENT, None)["notes"] == ["AWS Backup says: 3 objects were skipped"]


@pytest.mark.usefixtures("aws")
def test_what_nobody_described_raises() -> None:
    with pytest.raises(
        LookupError, match="arn:aws:s3:::papers is no store that is described below /mcp-ops/dev/stores"
    ):
        handler.handle(EVENT, None)


# File systems


@pytest.fixture
def files(aws: Aws) -> Aws:
    put_store("files")
    good = {"Encrypted": True, "KmsKeyId": KEY, "LifeCycleState": "available", "SizeInBytes": {"Value": 1000}}
    aws.described.file_systems = {"fs-1": dict(good), "fs-2": dict(good)}
    copy = ARNS["files"].replace("fs-1", "fs-2")
    aws.backup.job = job(SourceResourceArn=ARNS["files"], CreatedResourceArn=copy)
    return aws


def test_a_good_file_system_is_accepted_and_says_what_was_not_read(files: Aws) -> None:
    verdict = handler.handle(EVENT, None)
    assert failed(verdict) == set()
    assert verdict["notes"] == ["files were not read, and 2 access points have to be made anew"]
    (told,) = files.backup.told
    assert "files were not read" in told["ValidationStatusMessage"]


@pytest.mark.parametrize(
    ("changes", "size", "checks"),
    [
        ({"Encrypted": False}, 1000, {"encryption"}),
        ({"KmsKeyId": OTHER_KEY}, 1000, {"encryption"}),
        ({"LifeCycleState": "error"}, 1000, {"state"}),
        ({}, 0, {"bytes"}),
    ],
)
def test_a_bad_file_system_is_refused(files: Aws, changes: dict[str, Any], size: int, checks: set[str]) -> None:
    files.described.file_systems["fs-2"].update(changes)
    files.backup.job["BackupSizeInBytes"] = size
    assert failed(handler.handle(EVENT, None)) == checks


@pytest.mark.parametrize(("size", "checks"), [(1000, set()), (0, {"bytes"})])
def test_a_file_system_restored_by_hand_need_not_have_its_source(files: Aws, size: int, checks: set[str]) -> None:
    del files.described.file_systems["fs-1"]
    files.backup.job = {**files.backup.job, "BackupSizeInBytes": size}
    del files.backup.job["CreatedBy"]
    assert failed(handler.handle(BY_HAND, None)) == checks


# Databases


@pytest.fixture
def database(aws: Aws) -> Aws:
    put_store("database")
    aws.described.clusters["orders-copy"] = {
        "StorageEncrypted": True,
        "KmsKeyId": KEY,
        "Engine": "aurora-postgresql",
        "EngineVersion": "16.8",
        "DatabaseName": "app",
        "DBSubnetGroup": "orders",
        "VpcSecurityGroups": [{"VpcSecurityGroupId": "sg-1"}, {"VpcSecurityGroupId": "sg-2"}],
    }
    copy = f"{ARNS['database']}-copy"
    aws.backup.job = job(SourceResourceArn=ARNS["database"], CreatedResourceArn=copy)
    beat = beats.sealed("orders", {"tables": {"public.orders": 50}}, NOW)
    aws.data.answers = {
        "select beat": [[{"stringValue": beat}]],
        "select table_schema": [[{"stringValue": "public.orders"}, {"longValue": 49}]],
    }
    return aws


def readable(aws: Aws) -> None:
    """Gives the copy an instance with the Data API, as the procedure for a restore by hand does."""
    aws.described.clusters["orders-copy"].update(DBClusterMembers=[{}], HttpEndpointEnabled=True)


def test_a_cluster_without_instances_is_looked_at_from_outside(database: Aws) -> None:
    verdict = handler.handle(EVENT, None)
    assert failed(verdict) == set()
    assert verdict["notes"] == ["rows were not read: the copy has no instance with the Data API"]
    assert database.data.statements == []


@pytest.mark.parametrize(
    ("changes", "checks"),
    [
        ({"StorageEncrypted": False}, {"encryption"}),
        ({"KmsKeyId": OTHER_KEY}, {"encryption"}),
        ({"EngineVersion": "15.2"}, {"schema"}),
        ({"DatabaseName": "other"}, {"schema"}),
        ({"DBSubnetGroup": "default", "VpcSecurityGroups": []}, {"network"}),
    ],
)
def test_a_bad_cluster_is_refused(database: Aws, changes: dict[str, Any], checks: set[str]) -> None:
    database.described.clusters["orders-copy"].update(changes)
    assert failed(handler.handle(EVENT, None)) == checks


def test_rows_are_read_where_there_is_an_instance(database: Aws) -> None:
    readable(database)
    verdict = handler.handle(EVENT, None)
    assert failed(verdict) == set()
    assert verdict["content"] == {"tables": {"public.orders": 49}}
    assert {statement["resourceArn"] for statement in database.data.statements} == {f"{ARNS['database']}-copy"}


@pytest.mark.parametrize(
    ("answers", "checks"),
    [
        ({"select beat": []}, {"heartbeat"}),
        ({"select table_schema": []}, {"table public.orders"}),
        (
            {"select table_schema": [[{"stringValue": "public.orders"}, {"longValue": 5}]]},
            {"rows of public.orders"},
        ),
    ],
)
def test_bad_rows_are_refused(database: Aws, answers: dict[str, list[Any]], checks: set[str]) -> None:
    readable(database)
    database.data.answers = {**database.data.answers, **answers}
    assert failed(handler.handle(EVENT, None)) == checks


# Tolerance, digests and memory


def test_memory_does_not_grow_with_the_table() -> None:
    small, large = measured(400, page=200)["peak_mib"], measured(2_000, page=200)["peak_mib"]
    assert large < small * 1.2


@pytest.mark.parametrize(
    ("noted", "tolerance", "least", "most"),
    [
        (1000, 20, 800, 1200),
        (30, 20, 20, 40),  # ten items of slack
        (12, 20, 6, 22),  # but never more than half is lost
        (1, 20, 1, 11),
        (0, 20, 0, 10),
        (50, 0, 50, 50),
        (50, 100, 1, 100),  # an empty copy is never good
    ],
)
def test_counts_may_differ_as_stores_change(noted: int, tolerance: int, least: int, most: int) -> None:
    assert bounds(noted, tolerance, 10) == (least, most)


def test_small_buckets_may_grow_by_64_mib() -> None:
    assert bounds(1000, 20, SLACK_BYTES) == (500, 1000 + 64 * 1024 * 1024)


def test_a_digest_knows_contents_but_no_order() -> None:
    one, other, less = Content(), Content(), Content()
    for part in (b"a", b"b", b"b"):
        one.add(part)
    for part in (b"b", b"a", b"b"):
        other.add(part)
    less.add(b"a")
    less.add(b"b")
    assert one.digest == other.digest != less.digest
    assert str(one).startswith("3 with digest ")


def test_an_item_has_one_text_however_its_sets_are_ordered() -> None:
    one = {
        "a": {"SS": ["x", "y"]},
        "l": {"L": [{"NS": ["1", "2"]}]},
        "b": {"BS": [b"1", b"2"]},
        "m": {"M": {"SS": {"S": "z"}}},
    }
    other = {
        "m": {"M": {"SS": {"S": "z"}}},
        "b": {"BS": [b"2", b"1"]},
        "l": {"L": [{"NS": ["2", "1"]}]},
        "a": {"SS": ["y", "x"]},
    }
    assert canonical(one) == canonical(other)
    assert canonical(one) != canonical({**one, "l": {"L": []}})
