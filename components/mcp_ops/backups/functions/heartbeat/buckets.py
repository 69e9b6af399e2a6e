"""Heartbeats in S3 buckets: objects below a prefix of their own. The bucket's lifecycle removes them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mcp_function_kit.clients import aws

from .beats import moment, sealed

OWN = ".mcp-ops/"
"""What the names of all objects of mcp-ops begin with."""


def beat(store: str, described: Mapping[str, Any], now: datetime) -> None:
    """Counts the current objects of a bucket, page by page, and writes the heartbeat."""
    text = sealed(store, _counts(described["name"]), now)
    aws("s3").put_object(
        Bucket=described["name"],
        Key=f"{OWN}heartbeat/{moment(now)}.json",
        Body=text.encode(),
        ContentType="application/json",
    )


def _counts(bucket: str) -> dict[str, int]:
    objects = size = 0
    for page in aws("s3").get_paginator("list_objects_v2").paginate(Bucket=bucket):
        for item in page.get("Contents", ()):
            if not item["Key"].startswith(OWN):
                objects += 1
                size += item["Size"]
    return {"objects": objects, "bytes": size}
