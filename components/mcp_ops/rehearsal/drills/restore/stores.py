"""Tables and buckets in the restore drill: written like a server writes, damaged, and read."""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from mcp_ops.rehearsal.drills.drill import Stage
from mcp_ops.rehearsal.drills.restore.setup import StoreEntry
from mcp_ops.rehearsal.simulator.authorization.enforcer import SessionSettings
from mcp_ops.rehearsal.simulator.authorization.request import service
from mcp_ops.rehearsal.simulator.places import Place

OWN = "drill#"
"""What the keys of everything begin with that the drill writes."""
HEARTBEAT = "mcp-ops#heartbeat"
HEARTBEAT_PREFIX = ".mcp-ops/"
BATCH = 25
"""Items that one BatchWriteItem takes."""


@dataclass(frozen=True)
class Held:
    """What a store or a copy holds of the drill's data."""

    count: int
    digest: str

    def __str__(self) -> str:
        """Returns count and digest, for people."""
        return f"{self.count} ({self.digest[:12]})"


class Exercised(Protocol):
    """A store, or a copy of one, in the drill's hands."""

    entry: StoreEntry

    def write(self, numbers: range) -> None:
        """Writes as the server's role, IAM enforced; without one, as the account."""

    def held(self, name: str = "") -> Held:
        """Reads the store, or the copy of a name."""

    def damage(self) -> str:
        """Deletes half and overwrites the rest; returns what was done."""

    def drop(self) -> str:
        """Deletes the store as a whole; returns why that is refused."""

    def clean(self) -> None:
        """Removes what the drill wrote."""


def exercised(stage: Stage, place: Place, entry: StoreEntry) -> Exercised | None:
    """Returns a store to write to and to damage; None for kinds whose data simulated AWS does not keep."""
    kinds: dict[str, type[_Table | _Bucket]] = {"table": _Table, "bucket": _Bucket}
    return kinds[entry.kind](stage, place, entry) if entry.kind in kinds else None


def _writing(stage: Stage, place: Place, entry: StoreEntry, name: str) -> Any:
    if not entry.writer:
        return stage.cloud.client(name, place)
    source = f"arn:{place.partition}:ecs:{place.region}:{place.account}:task/rehearsal/0123456789abcdef"
    settings = SessionSettings(
        session_name="task",
        taken_by=service("ecs-tasks.amazonaws.com"),
        context={"aws:SourceArn": source, "aws:SourceAccount": place.account},
    )
    return stage.cloud.as_role(entry.writer, settings).client(name, place.region)


def _digest(parts: Iterator[str]) -> Held:
    found = sorted(parts)
    return Held(len(found), hashlib.sha256("\n".join(found).encode()).hexdigest())


class _Table:
    """A DynamoDB table."""

    def __init__(self, stage: Stage, place: Place, entry: StoreEntry) -> None:
        self.entry = entry
        self._client = stage.cloud.client("dynamodb", place)
        self._writing = _writing(stage, place, entry, "dynamodb")
        table = self._client.describe_table(TableName=entry.physical_name)["Table"]
        types = {item["AttributeName"]: item["AttributeType"] for item in table["AttributeDefinitions"]}
        self.keys = [(key["AttributeName"], types[key["AttributeName"]]) for key in table["KeySchema"]]

    def write(self, numbers: range) -> None:
        puts = [{"PutRequest": {"Item": self._item(number)}} for number in numbers]
        self._batched(self._writing, self.entry.physical_name, puts)

    def _batched(self, client: Any, name: str, requests: list[dict[str, Any]]) -> None:
        for start in range(0, len(requests), BATCH):
            client.batch_write_item(RequestItems={name: requests[start : start + BATCH]})

    def _item(self, number: int, text: str = "note") -> dict[str, Any]:
        key = {name: {kind: str(number)} for name, kind in self.keys}
        partition = self.keys[0][0]
        return {**key, partition: {"S": f"{OWN}{number:04}"}, "text": {"S": f"{text} {number}"}}

    def held(self, name: str = "") -> Held:
        return _digest(json.dumps(item, sort_keys=True) for item in self.items(name or self.entry.physical_name))

    def items(self, name: str) -> Iterator[dict[str, Any]]:
        """Yields the drill's items of a table."""
        partition = self.keys[0][0]
        for page in self._client.get_paginator("scan").paginate(TableName=name):
            for item in page["Items"]:
                if item[partition]["S"].startswith(OWN):
                    yield item

    def damage(self) -> str:
        items = list(self.items(self.entry.physical_name))
        half = len(items) // 2
        self.delete(self.entry.physical_name, items[:half])
        puts = [{"PutRequest": {"Item": {**item, "text": {"S": "overwritten"}}}} for item in items[half:]]
        self._batched(self._client, self.entry.physical_name, puts)
        return f"{half} items deleted, {len(items) - half} overwritten"

    def delete(self, name: str, items: list[dict[str, Any]]) -> None:
        """Deletes items of a table."""
        names = [key for key, _ in self.keys]
        deletes = [{"DeleteRequest": {"Key": {key: item[key] for key in names}}} for item in items]
        self._batched(self._client, name, deletes)

    def drop(self) -> str:
        table = self._client.describe_table(TableName=self.entry.physical_name)["Table"]
        if table.get("DeletionProtectionEnabled"):
            return "deletion protection refuses to drop it"
        self._client.delete_table(TableName=self.entry.physical_name)
        return ""

    def clean(self) -> None:
        self.delete(self.entry.physical_name, list(self.items(self.entry.physical_name)))


class _Bucket:
    """An S3 bucket."""

    def __init__(self, stage: Stage, place: Place, entry: StoreEntry) -> None:
        self.entry = entry
        self._client = stage.cloud.client("s3", place)
        self._writing = _writing(stage, place, entry, "s3")

    def write(self, numbers: range) -> None:
        for number in numbers:
            self._writing.put_object(
                Bucket=self.entry.physical_name, Key=f"{OWN}{number:04}", Body=f"paper {number}".encode()
            )

    def held(self, name: str = "") -> Held:
        return _digest(f"{key} {body.decode()}" for key, body in self.objects(name or self.entry.physical_name))

    def objects(self, name: str) -> Iterator[tuple[str, bytes]]:
        """Yields the drill's objects of a bucket."""
        for page in self._client.get_paginator("list_objects_v2").paginate(Bucket=name, Prefix=OWN):
            for item in page.get("Contents", ()):
                yield item["Key"], self._client.get_object(Bucket=name, Key=item["Key"])["Body"].read()

    def damage(self) -> str:
        names = [key for key, _ in self.objects(self.entry.physical_name)]
        half = len(names) // 2
        for key in names[:half]:
            self._client.delete_object(Bucket=self.entry.physical_name, Key=key)
        for key in names[half:]:
            self._client.put_object(Bucket=self.entry.physical_name, Key=key, Body=b"overwritten")
        return f"{half} objects deleted, {len(names) - half} overwritten"

    def drop(self) -> str:
        return "a bucket that holds versions cannot be dropped"

    def clean(self) -> None:
        for key, _ in list(self.objects(self.entry.physical_name)):
            self._client.delete_object(Bucket=self.entry.physical_name, Key=key)
