"""Heartbeats in DynamoDB tables: items of a partition of their own."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from mcp_function_kit.clients import aws

from .beats import KEPT_DAYS, moment, sealed

PARTITION = "mcp-ops#heartbeat"
_DAY = 86_400


def beat(store: str, described: Mapping[str, Any], now: datetime) -> None:
    """Counts the items of a table, page by page, and writes the heartbeat.

    Without a sort key there is room for one heartbeat, which is overwritten each day.
    """
    expected, table = described["expectations"], described["name"]
    partition, sort = expected["partition_key"]["name"], expected["sort_key"]
    text = sealed(store, {"items": _count(table, partition)}, now)
    item = {partition: {"S": PARTITION}, "heartbeat": {"S": text}}
    if sort:
        epoch = str(int(now.timestamp()))
        item[sort["name"]] = {"N": epoch} if sort["type"] == "N" else {"S": moment(now)}
    if expected["ttl_attribute"]:
        item[expected["ttl_attribute"]] = {"N": str(int(now.timestamp()) + KEPT_DAYS * _DAY)}
    aws("dynamodb").put_item(TableName=table, Item=item)


def _count(table: str, partition: str) -> int:
    pages = aws("dynamodb").get_paginator("scan")
    counted = pages.paginate(
        TableName=table,
        Select="COUNT",
        FilterExpression="#partition <> :heartbeat",
        ExpressionAttributeNames={"#partition": partition},
        ExpressionAttributeValues={":heartbeat": {"S": PARTITION}},
    )
    return sum(page["Count"] for page in counted)
