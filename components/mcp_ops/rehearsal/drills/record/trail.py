"""Whether the account's trail is on record for good: logging, validated, and in a bucket that gives nothing back."""

import contextlib
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from botocore.exceptions import ClientError

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.drill import Stage
from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator.places import Place

TRAIL = "aws:cloudtrail/trail:Trail"
FILE = b"{}"
DAY = 86_400


def trail_facts(stage: Stage, item: Registration) -> tuple[dict[str, Any], list[str]]:
    """Returns what is so of a trail, and what is wrong with it."""
    place = Place(item.account, item.region)
    client = stage.cloud.client("cloudtrail", place)
    inputs = wire.reveal(item.inputs)
    name = str(item.outputs.get("arn") or item.id)
    status, described = client.get_trail_status(Name=name), client.get_trail(Name=name)["Trail"]
    wanted = {
        "logging": bool(status.get("IsLogging")),
        "validated": bool(described.get("LogFileValidationEnabled")),
        "of every region": bool(described.get("IsMultiRegionTrail")),
        "encrypted with a key of its own": bool(inputs.get("kmsKeyId")),
        "searchable in CloudWatch Logs": bool(inputs.get("cloudWatchLogsGroupArn")),
    }
    s3, bucket = stage.cloud.client("s3", place), str(described["S3BucketName"])
    with _without_policy(s3, bucket):
        kept, refusals = _archive(s3, bucket, place)
    problems = [f"{item.name}: is not {what}" for what, holds in wanted.items() if not holds]
    problems += [f"{item.name}: {problem}" for problem in refusals]
    return {**wanted, **kept}, problems


@contextlib.contextmanager
def _without_policy(s3: Any, bucket: str) -> Iterator[None]:
    """Sets the bucket's policy aside: what refuses in the block is the bucket itself.

    moto takes every Deny of a bucket policy to hold, whatever its conditions; policies are judged in least-privilege.
    """
    try:
        policy = s3.get_bucket_policy(Bucket=bucket)["Policy"]
    except ClientError:
        yield
        return
    s3.delete_bucket_policy(Bucket=bucket)
    try:
        yield
    finally:
        s3.put_bucket_policy(Bucket=bucket, Policy=policy)


def _archive(s3: Any, bucket: str, place: Place) -> tuple[dict[str, Any], list[str]]:
    """Puts a file into the bucket as CloudTrail does, and tries to get rid of it in every way."""
    key = f"AWSLogs/{place.account}/CloudTrail/{place.region}/rehearsal.json.gz"
    version = s3.put_object(Bucket=bucket, Key=key, Body=FILE).get("VersionId")
    if not version:
        s3.delete_object(Bucket=bucket, Key=key)
        return {"versions": False}, ["its bucket keeps no versions"]
    lock = s3.head_object(Bucket=bucket, Key=key, VersionId=version)
    mode, until = lock.get("ObjectLockMode"), lock.get("ObjectLockRetainUntilDate")
    if not mode or not until:
        s3.delete_object(Bucket=bucket, Key=key, VersionId=version)
        return {"versions": True, "locked": False}, ["its bucket does not lock files"]
    problems = list(_deletions(s3, bucket, key, version, str(mode)))
    days = round((until - datetime.now(UTC)).total_seconds() / DAY)
    return {"versions": True, "locked": True, "mode": mode, "days": days}, problems


def _deletions(s3: Any, bucket: str, key: str, version: str, mode: str) -> Iterator[str]:
    """Yields every way to delete a file for good that worked, and leaves the bucket as it was."""
    _works(s3.delete_object, Bucket=bucket, Key=key)  # hides the file behind a marker
    marker = s3.list_object_versions(Bucket=bucket, Prefix=key).get("DeleteMarkers") or []
    if not _works(s3.get_object, Bucket=bucket, Key=key, VersionId=version):
        yield "a file is gone after it was deleted without its version"
    if _works(s3.delete_object, Bucket=bucket, Key=key, VersionId=version):
        yield "a version of a file can be deleted"
    if _works(s3.delete_bucket, Bucket=bucket):
        yield "its bucket can be deleted with files in it"
    for item in marker:
        s3.delete_object(Bucket=bucket, Key=key, VersionId=item["VersionId"])
    bypassed = _works(s3.delete_object, Bucket=bucket, Key=key, VersionId=version, BypassGovernanceRetention=True)
    if bypassed and mode == "COMPLIANCE":
        yield "a version locked for compliance can be deleted"


def _works(call: Any, **parameters: Any) -> bool:
    try:
        call(**parameters)
    except ClientError:
        return False
    return True


def told(name: str, facts: Mapping[str, Any]) -> str:
    """Returns one line for people."""
    holds = ", ".join(what for what, value in facts.items() if value is True and what not in {"versions", "locked"})
    lock = f"; files are locked for {facts['days']} days ({facts['mode'].lower()})" if facts.get("locked") else ""
    return f"{name}: {holds}{lock}"
