"""Restored DynamoDB tables, read page by page: at most 1 MB is in memory at a time."""

from collections.abc import Iterator, Mapping
from typing import Any

from mcp_function_kit.clients import aws

from . import beats
from .content import Content, canonical
from .findings import Findings
from .subjects import Job, Store

PARTITION = "mcp-ops#heartbeat"
SAMPLE = 25
"""Items that are read once more by their key: the first of each page."""


def validated(store: Store, job: Job) -> Findings:
    """Looks at a restored table."""
    client, findings = aws("dynamodb"), Findings()
    table = client.describe_table(TableName=job.copy)["Table"]
    findings.key(table.get("SSEDescription", {}).get("KMSMasterKeyArn"), store.key_arn)
    if not findings.check("schema", _keys_of(table), _expected_keys(store)):
        return findings  # without its keys nothing can be looked up
    noted = beats.checked(findings, _newest_beat(client, store, job.copy), store, job)
    content = Content()
    sample: list[dict[str, Any]] = []
    for page in _pages(client, store, job.copy):
        if page and len(sample) < SAMPLE:
            sample.append(page[0])
        for item in page:
            content.add(canonical(item))
    findings.content = {"items": content.count, "digest": content.digest}
    if noted:
        findings.count("items", content.count, noted["items"], store.tolerance_percent)
    _check_sample(findings, client, store, job.copy, sample)
    if store.full_comparison:
        _compare(findings, client, store, job, content)
    return findings


def _keys_of(table: Mapping[str, Any]) -> str:
    types = {item["AttributeName"]: item["AttributeType"] for item in table["AttributeDefinitions"]}
    keys = {item["KeyType"]: item["AttributeName"] for item in table["KeySchema"]}
    return ", ".join(f"{keys[kind]} {types[keys[kind]]}" for kind in ("HASH", "RANGE") if kind in keys)


def _expected_keys(store: Store) -> str:
    keys = (store.expectations["partition_key"], store.expectations["sort_key"])
    return ", ".join(f"{key['name']} {key['type']}" for key in keys if key)


def _newest_beat(client: Any, store: Store, table: str) -> str | None:
    reply = client.query(
        TableName=table,
        KeyConditionExpression="#partition = :heartbeat",
        ScanIndexForward=False,
        Limit=1,
        **_heartbeats(store),
    )
    return next((item.get("heartbeat", {}).get("S", "") for item in reply["Items"]), None)


def _pages(client: Any, store: Store, table: str) -> Iterator[list[dict[str, Any]]]:
    """Yields the items that users wrote."""
    pages = client.get_paginator("scan").paginate(
        TableName=table, FilterExpression="#partition <> :heartbeat", **_heartbeats(store)
    )
    for page in pages:
        yield page["Items"]


def _heartbeats(store: Store) -> dict[str, Any]:
    return {
        "ExpressionAttributeNames": {"#partition": store.expectations["partition_key"]["name"]},
        "ExpressionAttributeValues": {":heartbeat": {"S": PARTITION}},
    }


def _check_sample(findings: Findings, client: Any, store: Store, table: str, sample: list[dict[str, Any]]) -> None:
    names = [key["name"] for key in (store.expectations["partition_key"], store.expectations["sort_key"]) if key]
    good = 0
    for item in sample:
        found = client.get_item(TableName=table, Key={name: item[name] for name in names}, ConsistentRead=True)
        good += canonical(found.get("Item")) == canonical(item)
    findings.check("sample", f"{good} read by key", f"{len(sample)} read by key")


def _compare(findings: Findings, client: Any, store: Store, job: Job, copy: Content) -> None:
    if not job.plan:
        findings.notes.append("not compared with the store: who restores by hand does not trust it")
        return
    source = Content()
    for page in _pages(client, store, store.physical_name):
        for item in page:
            source.add(canonical(item))
    findings.check("comparison", copy, f"{source}, as in the store", passed=copy.digest == source.digest)
