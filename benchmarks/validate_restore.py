"""Measures the validation of a large restored table, compared with its source: seconds, and memory.

    python benchmarks/validate_restore.py [ITEMS]        # 100,000 unless said otherwise

The function runs as it is; DynamoDB is a double that makes up pages of 1 MB as they are asked for, so that what is
measured is the function's own. Items have about 300 bytes. Network and DynamoDB's own time are not in it: AWS Lambda
adds about 20 ms a page.
"""

import json
import os
import sys
import time
import tracemalloc
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import boto3

from mcp_ops.backups.functions.heartbeat.beats import sealed
from mcp_ops.backups.functions.validate_restore import tables
from mcp_ops.backups.functions.validate_restore.subjects import Job, Store

NOW = datetime(2026, 11, 21, 2, 30, tzinfo=UTC)
KEY = "arn:aws:kms:eu-central-1:123456789012:key/1"
PAGE = 3500
"""Items of 300 bytes in a page of 1 MB."""


class DynamoDb:
    """A table of so many items, none of which exists before it is asked for."""

    def __init__(self, items: int, page: int) -> None:
        self._items, self._page = items, page

    def describe_table(self, **_: str) -> dict[str, Any]:
        """Describes the table."""
        keys = [{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}]
        types = [{"AttributeName": name, "AttributeType": "S"} for name in ("pk", "sk")]
        described = {"KeySchema": keys, "AttributeDefinitions": types, "SSEDescription": {"KMSMasterKeyArn": KEY}}
        return {"Table": described}

    def query(self, **_: Any) -> dict[str, Any]:
        """Returns the heartbeat."""
        return {"Items": [{"heartbeat": {"S": sealed("notes", {"items": self._items}, NOW)}}]}

    def get_item(self, Key: dict[str, Any], **_: Any) -> dict[str, Any]:  # noqa: N803 - AWS's name
        """Returns one item."""
        return {"Item": item(int(Key["pk"]["S"].partition("-")[2]))}

    def get_paginator(self, _: str) -> "DynamoDb":
        """Returns what gives pages."""
        return self

    def paginate(self, **_: Any) -> Iterator[dict[str, Any]]:
        """Yields pages of items."""
        for start in range(0, self._items, self._page):
            yield {"Items": [item(number) for number in range(start, min(start + self._page, self._items))]}


def item(number: int) -> dict[str, Any]:
    """Returns an item of about 300 bytes."""
    tags = {"SS": ["blue", "green"]}
    return {"pk": {"S": f"user-{number}"}, "sk": {"S": "1"}, "text": {"S": "x" * 240}, "tags": tags, "at": {"N": "1"}}


def measured(items: int, page: int = PAGE) -> dict[str, float]:
    """Validates a table of so many items, once for the time and once for the memory."""
    half_an_hour = timedelta(minutes=30)
    job = Job("1", "COMPLETED", "", "arn", "arn:table/copy", NOW, NOW, NOW + half_an_hour, 0, "plan", "")
    keys = {"partition_key": {"name": "pk", "type": "S"}, "sort_key": {"name": "sk", "type": "S"}}
    store = Store("notes", "table", "arn", "notes", KEY, 20, full_comparison=True, expectations=keys)
    with (
        mock.patch.object(boto3, "client", return_value=DynamoDb(items, page)),
        mock.patch.dict(os.environ, {"MAX_RECOVERY_POINT_AGE_HOURS": "30"}),
    ):
        started = time.perf_counter()
        findings = tables.validated(store, job)
        seconds = time.perf_counter() - started
        tracemalloc.start()
        tables.validated(store, job)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    if not findings.valid or findings.content["items"] != items:
        raise SystemExit(f"the copy was refused: {findings.summary()}")
    return {"items": items, "seconds": round(seconds, 2), "peak_mib": round(peak / 2**20, 2)}


if __name__ == "__main__":
    largest = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    for count in (largest // 10, largest):
        print(json.dumps(measured(count)))
