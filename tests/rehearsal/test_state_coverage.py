"""What holds state in a stack, and whether it is backed up and restored to prove it."""

import io
from typing import Any

import pytest
from rich.console import Console

from mcp_ops.rehearsal.parity import Parity
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.report.parity_text import print_parity
from mcp_ops.rehearsal.state_coverage import State, state_of

TAGS = {"Backup": "daily"}
SELECTED = {"selectionTags": [{"type": "STRINGEQUALS", "key": "Backup", "value": "daily"}]}


def made(kind: str, name: str, outputs: dict[str, Any] | None = None, **inputs: Any) -> Registration:
    return Registration(f"urn::{name}", kind, name, "", custom=True, inputs=inputs, outputs=outputs or {}, id=name)


def selection(**changes: Any) -> Registration:
    return made("aws:backup/selection:Selection", "tagged", **{**SELECTED, **changes})


def prover(kind: str = "DynamoDB", value: str = "daily") -> Registration:
    conditions = {"stringEquals": [{"key": "aws:ResourceTag/Backup", "value": value}]}
    return made(
        "aws:backup/restoreTestingSelection:RestoreTestingSelection",
        "test",
        protectedResourceType=kind,
        protectedResourceConditions=conditions,
    )


def table(**inputs: Any) -> Registration:
    return made("aws:dynamodb/table:Table", "notes", **inputs)


def run(*items: Registration) -> Run:
    return Run("project", "dev", list(items))


def test_what_carries_the_tag_of_plan_and_test_is_covered() -> None:
    (found,) = state_of(run(table(tags=TAGS), selection(), prover()))
    assert found == State("notes", "DynamoDB", backed_up=True, tested=True)
    assert found.covered
    assert found.as_json() == {"name": "notes", "kind": "DynamoDB", "backedUp": True, "restoreTested": True}


def test_tags_of_the_provider_count_too() -> None:
    item = made("aws:dynamodb/table:Table", "notes", {"tagsAll": TAGS})
    assert state_of(run(item, selection(), prover()))[0].covered


@pytest.mark.parametrize(
    ("items", "backed_up", "tested"),
    [
        ([table(), selection(), prover()], False, False),
        ([table(tags=TAGS), prover()], False, True),
        ([table(tags=TAGS), selection()], True, False),
        ([table(tags=TAGS), selection(), prover("S3")], True, False),
        ([table(tags=TAGS), selection(), prover(value="other")], True, False),
        (
            [table(tags=TAGS), selection(selectionTags=[{"type": "OTHER", "key": "Backup", "value": "daily"}])],
            False,
            False,
        ),
    ],
)
def test_what_lacks_one_of_them_is_not(items: list[Registration], backed_up: bool, tested: bool) -> None:
    (found,) = state_of(run(*items))
    assert (found.backed_up, found.tested, found.covered) == (backed_up, tested, False)


def test_buckets_of_logs_and_replicas_are_no_state() -> None:
    expiry = made(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "expiry",
        bucket="logs",
        rules=[{"expiration": {"days": 30}, "filter": {"prefix": ""}}],
    )
    partly = made(
        "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration",
        "partly",
        bucket="papers",
        rules=[{"expiration": {"days": 1}, "filter": {"prefix": "tmp/"}}],
    )
    replication = made(
        "aws:s3/bucketReplicationConfig:BucketReplicationConfig",
        "replication",
        rules=[{"destination": {"bucket": "arn:aws:s3:::copy"}}],
    )
    buckets = [
        made("aws:s3/bucket:Bucket", name, {"arn": f"arn:aws:s3:::{name}", "bucket": name})
        for name in ("logs", "papers", "copy")
    ]
    assert [item.name for item in state_of(run(*buckets, expiry, partly, replication))] == ["papers"]


def test_parity_names_what_is_not_covered() -> None:
    items = (
        State("notes", "DynamoDB", backed_up=True, tested=True),
        State("papers", "S3", backed_up=True, tested=False),
    )
    text = io.StringIO()
    parity = Parity(("dev", "prod"), (), (), {"dev": items, "prod": items[:1]})
    print_parity(Console(file=text, width=120), parity)
    assert "state of dev: 1 of 2 backed up and restore-tested; not: S3 papers" in text.getvalue()
    assert "state of prod: 1 of 1 backed up and restore-tested" in text.getvalue()
    assert parity.as_json()["state"]["prod"][0]["name"] == "notes"
