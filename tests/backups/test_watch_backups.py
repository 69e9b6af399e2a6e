"""The hourly watch: how old the newest backup, restorable moment and proved restore of each store are."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mcp_ops.backups.functions.watch_backups import ages, handler

NOW = datetime(2026, 11, 21, 12, tzinfo=UTC)
PLAN = "mcp_dev_restores"
PLAN_ARN = f"arn:aws:backup:eu-west-1:123456789012:restore-testing-plan:{PLAN}-0123"
TABLE = "arn:aws:dynamodb:eu-west-1:123456789012:table/notes"
BUCKET = "arn:aws:s3:::papers"
CLUSTER = "arn:aws:rds:eu-west-1:123456789012:cluster:orders"


def ago(**units: float) -> datetime:
    return NOW - timedelta(**units)


class Backup:
    """The part of AWS Backup that moto does not have."""

    def __init__(self) -> None:
        self.begun = ago(days=30)
        self.points: dict[str, list[dict[str, Any]]] = {}
        self.jobs: dict[str, list[dict[str, Any]]] = {}

    def get_restore_testing_plan(self, RestoreTestingPlanName: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
        assert RestoreTestingPlanName == PLAN
        return {"RestoreTestingPlan": {"CreationTime": self.begun}}

    def get_paginator(self, operation: str) -> "Pages":
        if operation == "list_recovery_points_by_resource":
            return Pages("RecoveryPoints", self.points)
        assert operation == "list_restore_jobs_by_protected_resource"
        return Pages("RestoreJobs", self.jobs)


class Pages:
    """One item a page."""

    def __init__(self, member: str, items: dict[str, list[dict[str, Any]]]) -> None:
        self._member, self._items = member, items

    def paginate(self, ResourceArn: str) -> Iterator[dict[str, Any]]:  # noqa: N803 - AWS's name
        for item in self._items.get(ResourceArn, []):
            yield {self._member: [item]}


class Frozen(datetime):
    """A clock that stands still."""

    @classmethod
    def now(cls, tz: Any = None) -> "datetime":
        assert tz is UTC
        return NOW


@pytest.fixture
def backup(monkeypatch: pytest.MonkeyPatch) -> Iterator[Backup]:
    made, real = Backup(), boto3.client
    for name, value in {
        "AWS_DEFAULT_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "testing",
        "AWS_SECRET_ACCESS_KEY": "testing",
        "ENVIRONMENT": "dev",
        "STORES_PATH": "/mcp-ops/dev/stores",
        "METRIC_NAMESPACE": "McpOps/Backups",
        "RESTORE_TESTING_PLAN": PLAN,
    }.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(boto3, "client", lambda service, **kw: made if service == "backup" else real(service, **kw))
    monkeypatch.setattr(handler, "datetime", Frozen)
    with mock_aws():
        yield made


def put_store(name: str, arn: str, kind: str = "bucket") -> None:
    value = json.dumps({"kind": kind, "arn": arn, "name": arn.rsplit("/", maxsplit=1)[-1].rsplit(":", maxsplit=1)[-1]})
    boto3.client("ssm").put_parameter(Name=f"/mcp-ops/dev/stores/{name}", Value=value, Type="String")


def make_table(*, recovery: bool) -> None:
    client = boto3.client("dynamodb")
    keys = [{"AttributeName": "pk", "KeyType": "HASH"}]
    attributes = [{"AttributeName": "pk", "AttributeType": "S"}]
    client.create_table(
        TableName="notes", KeySchema=keys, AttributeDefinitions=attributes, BillingMode="PAY_PER_REQUEST"
    )
    client.update_continuous_backups(
        TableName="notes", PointInTimeRecoverySpecification={"PointInTimeRecoveryEnabled": recovery}
    )


def point(created: datetime, status: str = "COMPLETED") -> dict[str, Any]:
    return {"CreationDate": created, "Status": status}


def job(completed: datetime, status: str = "SUCCESSFUL", plan: str = PLAN_ARN) -> dict[str, Any]:
    return {
        "CompletionDate": completed,
        "ValidationStatus": status,
        "CreatedBy": {"RestoreTestingPlanArn": plan} if plan else {},
    }


def published() -> dict[tuple[str, str], float]:
    found = {}
    cloudwatch = boto3.client("cloudwatch")
    for metric in cloudwatch.list_metrics(Namespace="McpOps/Backups")["Metrics"]:
        dimensions = {item["Name"]: item["Value"] for item in metric["Dimensions"]}
        assert set(dimensions) == {"Environment", "Store"}
        assert dimensions["Environment"] == "dev"
        now = datetime.now(UTC)
        statistics = cloudwatch.get_metric_statistics(
            Namespace="McpOps/Backups",
            MetricName=metric["MetricName"],
            Dimensions=metric["Dimensions"],
            StartTime=now - timedelta(hours=1),
            EndTime=now + timedelta(hours=1),
            Period=3600,
            Statistics=["Maximum"],
        )
        (datapoint,) = statistics["Datapoints"]
        found[dimensions["Store"], metric["MetricName"]] = datapoint["Maximum"]
    return found


def test_the_newest_usable_backup_and_the_newest_proof_count(backup: Backup) -> None:
    put_store("papers", BUCKET)
    backup.points[BUCKET] = [point(ago(hours=30)), point(ago(hours=6)), point(ago(hours=1), "PARTIAL")]
    backup.jobs[BUCKET] = [
        job(ago(days=9)),
        job(ago(days=2)),
        job(ago(days=1), "FAILED"),
        job(ago(hours=5), plan=""),
        job(ago(hours=5), plan=PLAN_ARN.replace("_dev_", "_prod_")),
    ]
    assert handler.handle({}, None) == {
        "papers": {"BackupAgeHours": 6, "RecoveryPointAgeHours": 6, "DaysSinceProvedRestore": 2}
    }
    assert published() == {
        ("papers", "BackupAgeHours"): 6,
        ("papers", "RecoveryPointAgeHours"): 6,
        ("papers", "DaysSinceProvedRestore"): 2,
    }


def test_what_never_happened_counts_from_the_day_of_the_plan(backup: Backup) -> None:
    put_store("papers", BUCKET)
    backup.begun = ago(hours=12)
    assert handler.handle({}, None)["papers"] == {
        "BackupAgeHours": 12,
        "RecoveryPointAgeHours": 12,
        "DaysSinceProvedRestore": 0.5,
    }


def test_a_table_can_be_restored_to_a_newer_moment_than_its_backup(backup: Backup) -> None:
    make_table(recovery=True)
    put_store("notes", TABLE, "table")
    backup.points[TABLE] = [point(ago(hours=20))]
    found = ages.measured({"kind": "table", "arn": TABLE, "name": "notes"}, PLAN, datetime.now(UTC))
    assert found.recovery_point_hours < 0.1


def test_a_table_without_recovery_has_its_backup_only(backup: Backup) -> None:
    make_table(recovery=False)
    backup.points[TABLE] = [point(ago(hours=20))]
    found = ages.measured({"kind": "table", "arn": TABLE, "name": "notes"}, PLAN, NOW)
    assert found.recovery_point_hours == found.backup_hours == 20


@pytest.mark.parametrize(("latest", "hours"), [(ago(minutes=6), 0.1), (None, 20)])
def test_a_database_says_itself_to_which_moment_it_can_be_restored(
    backup: Backup, monkeypatch: pytest.MonkeyPatch, latest: datetime | None, hours: float
) -> None:
    class Rds:
        def describe_db_clusters(self, DBClusterIdentifier: str) -> dict[str, Any]:  # noqa: N803 - AWS's name
            assert DBClusterIdentifier == "orders"
            return {"DBClusters": [{"LatestRestorableTime": latest} if latest else {}]}

    clients = {"backup": backup, "rds": Rds()}
    monkeypatch.setattr(boto3, "client", lambda service, **_: clients[service])
    backup.points[CLUSTER] = [point(ago(hours=20), "AVAILABLE")]
    found = ages.measured({"kind": "database", "arn": CLUSTER, "name": "orders"}, PLAN, NOW)
    assert found.recovery_point_hours == pytest.approx(hours)
    assert found.backup_hours == 20


def test_one_store_that_cannot_be_measured_leaves_the_others_measured(
    backup: Backup, caplog: pytest.LogCaptureFixture
) -> None:
    put_store("notes", TABLE, "table")
    put_store("papers", BUCKET)
    backup.points[BUCKET] = [point(ago(hours=6))]
    with pytest.raises(RuntimeError, match="could not measure notes"):
        handler.handle({}, None)
    assert {store for store, _ in published()} == {"papers"}
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == [
        "A store could not be measured"
    ]


def test_nothing_to_watch_publishes_nothing(backup: Backup) -> None:
    assert handler.handle({}, None) == {}
    assert published() == {}
    assert backup.points == {}


def test_a_backup_of_this_second_has_no_negative_age(backup: Backup) -> None:
    backup.points[BUCKET] = [point(NOW + timedelta(seconds=2))]
    assert ages.measured({"kind": "bucket", "arn": BUCKET, "name": "papers"}, PLAN, NOW).backup_hours == 0
