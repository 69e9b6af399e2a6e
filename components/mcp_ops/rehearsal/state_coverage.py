"""What holds state in a stack, and whether it is backed up and restored to prove it; read from what was registered."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mcp_ops.rehearsal.record import Registration, Run

HOLDERS = {
    "aws:dynamodb/table:Table": "DynamoDB",
    "aws:efs/fileSystem:FileSystem": "EFS",
    "aws:rds/cluster:Cluster": "Aurora",
    "aws:rds/instance:Instance": "RDS",
    "aws:s3/bucket:Bucket": "S3",
}
"""What holds state, with AWS Backup's name for it. Logs, images and users have no backups in AWS Backup."""

_SELECTION = "aws:backup/selection:Selection"
_TEST = "aws:backup/restoreTestingSelection:RestoreTestingSelection"
_TAG = "aws:ResourceTag/"


@dataclass(frozen=True)
class State:
    """One resource that holds state."""

    name: str
    """Logical name."""
    kind: str
    backed_up: bool
    tested: bool
    """Whether a restore test restores it."""

    @property
    def covered(self) -> bool:
        """Whether it is backed up and its backups are proved."""
        return self.backed_up and self.tested

    def as_json(self) -> dict[str, Any]:
        """Returns it for a JSON report."""
        return {"name": self.name, "kind": self.kind, "backedUp": self.backed_up, "restoreTested": self.tested}


def state_of(run: Run) -> tuple[State, ...]:
    """Returns what holds state, in the order of registration.

    A bucket whose objects expire keeps logs, not state; the destination of a replication holds what its source holds.
    """
    excused = set(_expiring(run)) | set(_replicas(run))
    tags = set(_selecting_tags(run))
    tests = set(_testing_tags(run))
    found = []
    for item in run.resources():
        if item.type in HOLDERS and not _names(item) & excused:
            kind, own = HOLDERS[item.type], set(_tags(item).items())
            tested = any((kind, *tag) in tests for tag in own)
            found.append(State(item.name, kind, bool(own & tags), tested))
    return tuple(found)


def _names(item: Registration) -> set[str]:
    return {str(item.outputs.get(key)) for key in ("arn", "bucket", "id") if item.outputs.get(key)} | {item.id}


def _tags(item: Registration) -> Mapping[str, str]:
    return {**(item.outputs.get("tagsAll") or {}), **(item.inputs.get("tags") or {})}


def _all(run: Run, kind: str) -> Iterator[Mapping[str, Any]]:
    return (item.inputs for item in run.of_type(kind))


def _expiring(run: Run) -> Iterator[str]:
    """Yields the buckets from which everything goes after a time."""
    for inputs in _all(run, "aws:s3/bucketLifecycleConfiguration:BucketLifecycleConfiguration"):
        rules = inputs.get("rules") or ()
        if any(rule.get("expiration") and not (rule.get("filter") or {}).get("prefix") for rule in rules):
            yield str(inputs.get("bucket"))


def _replicas(run: Run) -> Iterator[str]:
    for inputs in _all(run, "aws:s3/bucketReplicationConfig:BucketReplicationConfig"):
        for rule in inputs.get("rules") or ():
            yield str((rule.get("destination") or {}).get("bucket"))


def _selecting_tags(run: Run) -> Iterator[tuple[str, str]]:
    for inputs in _all(run, _SELECTION):
        for tag in inputs.get("selectionTags") or ():
            if tag.get("type") == "STRINGEQUALS":
                yield str(tag.get("key")), str(tag.get("value"))


def _testing_tags(run: Run) -> Iterator[tuple[str, str, str]]:
    """Yields resource type, key and value of every condition by which a restore test finds what it restores."""
    for inputs in _all(run, _TEST):
        for condition in (inputs.get("protectedResourceConditions") or {}).get("stringEquals") or ():
            key = str(condition.get("key")).removeprefix(_TAG)
            yield str(inputs.get("protectedResourceType")), key, str(condition.get("value"))
