"""The heartbeat: one in each store, noting what the store holds, sealed."""

import hashlib
import json
from datetime import datetime, timedelta
from typing import Any

import boto3
import pytest

from mcp_ops.backups.functions.heartbeat import databases, handler
from tests.backups.functions.aws import NOW, Aws, make_bucket, make_table, put_items, put_objects, put_store
from tests.backups.functions.aws import aws as aws  # noqa: PLC0414 - a fixture


class Frozen(datetime):
    """A clock that stands still."""

    moment = NOW

    @classmethod
    def now(cls, tz: Any = None) -> Any:
        assert tz is not None
        return cls.moment


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> type[Frozen]:
    monkeypatch.setattr(Frozen, "moment", NOW)
    monkeypatch.setattr(handler, "datetime", Frozen)
    return Frozen


def opened(text: str) -> dict[str, Any]:
    """Returns a heartbeat whose digest holds."""
    beat: dict[str, Any] = json.loads(text)
    digest = beat.pop("digest")
    canonical = json.dumps(beat, sort_keys=True, separators=(",", ":"))
    assert digest == hashlib.sha256(canonical.encode()).hexdigest()
    return beat


def beats(table: str = "notes") -> list[dict[str, Any]]:
    items = boto3.client("dynamodb").scan(TableName=table)["Items"]
    return [item for item in items if item["pk"]["S"] == "mcp-ops#heartbeat"]


@pytest.mark.usefixtures("aws")
def test_a_table_gets_an_item_that_notes_its_own_count() -> None:
    make_table()
    put_items("notes", range(7))
    put_store("table")
    assert handler.handle({}, None) == {"written": ["notes"], "skipped": []}
    (item,) = beats()
    assert item["sk"] == {"S": "2026-11-21T02:30:00Z"}
    assert item["expires"] == {"N": str(int(NOW.timestamp()) + 40 * 86_400)}
    beat = opened(item["heartbeat"]["S"])
    assert len(bytes.fromhex(beat.pop("nonce"))) == 16
    assert beat == {"store": "notes", "time": "2026-11-21T02:30:00Z", "noted": {"items": 7}}


@pytest.mark.usefixtures("aws")
def test_heartbeats_are_not_counted_and_no_two_are_alike(clock: type[Frozen]) -> None:
    make_table()
    put_items("notes", range(3))
    put_store("table")
    handler.handle({}, None)
    clock.moment = NOW + timedelta(days=1)
    handler.handle({}, None)
    found = [opened(item["heartbeat"]["S"]) for item in beats()]
    assert [beat["noted"] for beat in found] == [{"items": 3}, {"items": 3}]
    assert len({beat["nonce"] for beat in found}) == 2


@pytest.mark.parametrize(("sort_key", "expected"), [("N", {"N": str(int(NOW.timestamp()))}), ("", None)])
@pytest.mark.usefixtures("aws")
def test_a_table_with_another_or_no_sort_key(sort_key: str, expected: dict[str, str] | None) -> None:
    make_table(sort_key=sort_key)
    key = {"name": "sk", "type": "N"} if sort_key else None
    put_store("table", expectations={"sort_key": key, "ttl_attribute": None})
    handler.handle({}, None)
    (item,) = beats()
    assert item.get("sk") == expected
    assert "expires" not in item


@pytest.mark.usefixtures("aws")
def test_a_bucket_gets_an_object_that_notes_the_others(clock: type[Frozen]) -> None:
    make_bucket()
    put_objects("papers", range(3))
    put_store("bucket")
    handler.handle({}, None)
    clock.moment = NOW + timedelta(days=1)
    handler.handle({}, None)
    name = ".mcp-ops/heartbeat/2026-11-22T02:30:00Z.json"
    body = boto3.client("s3").get_object(Bucket="papers", Key=name)["Body"].read()
    assert opened(body)["noted"] == {"objects": 3, "bytes": len("paper 0") * 3}


@pytest.mark.usefixtures("aws")
def test_an_empty_bucket_is_noted_as_empty() -> None:
    make_bucket()
    put_store("bucket")
    handler.handle({}, None)
    name = ".mcp-ops/heartbeat/2026-11-21T02:30:00Z.json"
    body = boto3.client("s3").get_object(Bucket="papers", Key=name)["Body"].read()
    assert opened(body)["noted"] == {"objects": 0, "bytes": 0}


def test_a_database_gets_a_row_through_the_data_api(aws: Aws) -> None:
    put_store("database")
    aws.data.answers = {"select": [[{"stringValue": "public.orders"}, {"longValue": 12}]]}
    handler.handle({}, None)
    count, create, insert, prune = aws.data.statements
    assert count["sql"] == databases.COUNT
    assert create["sql"].startswith("create table if not exists mcp_ops_heartbeat")
    assert {statement["database"] for statement in aws.data.statements} == {"app"}
    parameters = {item["name"]: item["value"] for item in insert["parameters"]}
    assert parameters["time"] == {"stringValue": "2026-11-21T02:30:00Z"}
    assert opened(parameters["beat"]["stringValue"])["noted"] == {"tables": {"public.orders": 12}}
    assert {"name": "days", "value": {"longValue": 40}} in prune["parameters"]


@pytest.mark.usefixtures("aws")
def test_a_file_system_takes_none() -> None:
    put_store("files")
    assert handler.handle({}, None) == {"written": [], "skipped": ["fs-1"]}


@pytest.mark.usefixtures("aws")
def test_one_store_that_fails_leaves_the_others_their_heartbeat(caplog: pytest.LogCaptureFixture) -> None:
    make_bucket()
    put_store("bucket")
    put_store("table")
    with pytest.raises(RuntimeError, match=r"no heartbeat in notes$"):
        handler.handle({}, None)
    assert boto3.client("s3").list_objects_v2(Bucket="papers")["KeyCount"] == 1
    assert [record.store for record in caplog.records if record.levelname == "ERROR"] == ["notes"]  # type: ignore[attr-defined] # an extra
