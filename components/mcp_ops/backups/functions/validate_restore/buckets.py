"""Restored S3 buckets: listed page by page, a sample read, and in a full comparison everything, in chunks."""

import hashlib
from collections.abc import Iterator
from typing import Any

from mcp_function_kit.clients import aws

from . import beats
from .content import Content
from .findings import SLACK_BYTES, Findings
from .subjects import Job, Store

OWN = ".mcp-ops/"
SAMPLE = 25
"""Objects that are read: the first of each page of the list."""
_CHUNK = 1024 * 1024


def validated(store: Store, job: Job) -> Findings:
    """Looks at a restored bucket."""
    client, findings = aws("s3"), Findings()
    versioning = client.get_bucket_versioning(Bucket=job.copy).get("Status", "Suspended")
    findings.check("schema", f"versioning {versioning}", f"versioning {store.expectations['versioning']}")
    noted = beats.checked(findings, _newest_beat(client, job.copy), store, job)
    objects = size = 0
    sample: list[str] = []
    for page in _pages(client, job.copy):
        objects += len(page)
        size += sum(item["Size"] for item in page)
        if page and len(sample) < SAMPLE:
            sample.append(page[0]["Key"])
    findings.content = {"objects": objects, "bytes": size}
    if noted:
        findings.count("objects", objects, noted["objects"], store.tolerance_percent)
        findings.count("bytes", size, noted["bytes"], store.tolerance_percent, SLACK_BYTES)
    _check_sample(findings, client, store, job.copy, sample)
    if store.full_comparison:
        _compare(findings, client, store, job)
    return findings


def _newest_beat(client: Any, bucket: str) -> str | None:
    """Returns the newest heartbeat: their names sort by time."""
    newest = ""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=f"{OWN}heartbeat/"):
        for item in page.get("Contents", ()):
            newest = max(newest, item["Key"])
    if not newest:
        return None
    body: bytes = client.get_object(Bucket=bucket, Key=newest)["Body"].read()
    return body.decode(errors="replace")


def _pages(client: Any, bucket: str) -> Iterator[list[dict[str, Any]]]:
    """Yields the current objects that users wrote."""
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
        yield [item for item in page.get("Contents", ()) if not item["Key"].startswith(OWN)]


def _check_sample(findings: Findings, client: Any, store: Store, bucket: str, sample: list[str]) -> None:
    """Reads objects, and looks at the key that each is encrypted with: a bucket's default says nothing of those."""
    good, keys = 0, set()
    for name in sample:
        reply = client.get_object(Bucket=bucket, Key=name)
        keys.add(reply.get("SSEKMSKeyId", ""))
        good += sum(len(chunk) for chunk in reply["Body"].iter_chunks(_CHUNK)) == reply["ContentLength"]
    findings.check("sample", f"{good} read", f"{len(sample)} read")
    for key in sorted(keys):
        findings.key(key, store.key_arn)
    if not keys:
        findings.notes.append("encryption was not looked at: the copy holds no object")


def _compare(findings: Findings, client: Any, store: Store, job: Job) -> None:
    if not job.plan:
        findings.notes.append("not compared with the store: who restores by hand does not trust it")
        return
    copy, source = _content(client, job.copy), _content(client, store.physical_name)
    findings.content["digest"] = copy.digest
    findings.check("comparison", copy, f"{source}, as in the store", passed=copy.digest == source.digest)


def _content(client: Any, bucket: str) -> Content:
    content = Content()
    for page in _pages(client, bucket):
        for item in page:
            body = hashlib.sha256()
            for chunk in client.get_object(Bucket=bucket, Key=item["Key"])["Body"].iter_chunks(_CHUNK):
                body.update(chunk)
            content.add(item["Key"].encode() + b"\0" + body.digest())
    return content
