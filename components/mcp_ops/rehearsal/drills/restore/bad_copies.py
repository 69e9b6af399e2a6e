"""Copies that a restore test must refuse, each for its own reason; made of good ones after their restore."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp_ops.rehearsal.drills.drill import Stage
from mcp_ops.rehearsal.drills.restore.stores import BATCH, HEARTBEAT, HEARTBEAT_PREFIX, OWN
from mcp_ops.rehearsal.simulator.places import Place

OTHER_KEY = "text"
"""Partition key of a table with a wrong schema: an attribute that every item of the drill has."""


@dataclass(frozen=True)
class Bad:
    """One way in which a copy can be bad."""

    name: str
    table: Callable[[Any, str], None]
    """Spoils a restored table, by a client and its name."""
    bucket: Callable[[Any, str], None]
    checks: frozenset[str]
    """Checks of which at least one must fail, in whatever words a kind of store has for it."""


def spoiler(stage: Stage, place: Place, bad: Bad) -> Callable[[Mapping[str, Any]], None]:
    """Returns what spoils the copy of a restore job, for `run_restore_test`."""

    def spoil(job: Mapping[str, Any]) -> None:
        name = job["CreatedResourceArn"].replace(":", "/").rsplit("/", maxsplit=1)[-1]
        if job["ResourceType"] == "DynamoDB":
            bad.table(stage.cloud.client("dynamodb", place), name)
        elif job["ResourceType"] == "S3":
            bad.bucket(stage.cloud.client("s3", place), name)

    return spoil


def _keys(client: Any, table: str) -> list[str]:
    return [key["AttributeName"] for key in client.describe_table(TableName=table)["Table"]["KeySchema"]]


def _items(client: Any, table: str, *, beats: bool) -> list[dict[str, Any]]:
    """Returns heartbeats or everything else."""
    partition = _keys(client, table)[0]
    items = client.scan(TableName=table)["Items"]
    return [item for item in items if (item[partition]["S"] == HEARTBEAT) == beats]


def _delete_items(client: Any, table: str, keep: int) -> None:
    names = _keys(client, table)
    items = _items(client, table, beats=False)[keep:]
    _batched(client, table, [{"DeleteRequest": {"Key": {name: item[name] for name in names}}} for item in items])


def _batched(client: Any, table: str, requests: list[dict[str, Any]]) -> None:
    for start in range(0, len(requests), BATCH):
        client.batch_write_item(RequestItems={table: requests[start : start + BATCH]})


def _delete_objects(client: Any, bucket: str, keep: int) -> None:
    listed = client.list_objects_v2(Bucket=bucket).get("Contents", [])
    names = [item["Key"] for item in listed if not item["Key"].startswith(HEARTBEAT_PREFIX)]
    for name in names[keep:]:
        client.delete_object(Bucket=bucket, Key=name)


def _fewer(count: int) -> int:
    """Returns how many are left when most are missing."""
    return count // 4


def _miss_items(client: Any, table: str) -> None:
    _delete_items(client, table, _fewer(len(_items(client, table, beats=False))))


def _miss_objects(client: Any, bucket: str) -> None:
    _delete_objects(client, bucket, _fewer(len(client.list_objects_v2(Bucket=bucket).get("Contents", []))))


def _altered(text: str) -> str:
    """Returns a heartbeat that notes nothing, under the digest of the one that was written."""
    beat = json.loads(text)
    return json.dumps({**beat, "noted": dict.fromkeys(beat["noted"], 0)})


def _alter_items(client: Any, table: str) -> None:
    for item in _items(client, table, beats=True):
        text = _altered(item["heartbeat"]["S"])
        client.put_item(TableName=table, Item={**item, "heartbeat": {"S": text}})


def _alter_objects(client: Any, bucket: str) -> None:
    for item in client.list_objects_v2(Bucket=bucket, Prefix=HEARTBEAT_PREFIX).get("Contents", []):
        text = client.get_object(Bucket=bucket, Key=item["Key"])["Body"].read().decode()
        client.put_object(Bucket=bucket, Key=item["Key"], Body=_altered(text).encode())


def _other_schema(client: Any, table: str) -> None:
    """Makes the table anew with another key."""
    told = client.describe_table(TableName=table)["Table"]
    keys = [{"AttributeName": OTHER_KEY, "KeyType": "HASH"}]
    attributes = [{"AttributeName": OTHER_KEY, "AttributeType": "S"}]
    key = told.get("SSEDescription", {}).get("KMSMasterKeyArn", "")
    sealed = {"SSESpecification": {"Enabled": True, "SSEType": "KMS", "KMSMasterKeyId": key}} if key else {}
    _made_anew(client, table, KeySchema=keys, AttributeDefinitions=attributes, **sealed)


def _made_anew(client: Any, table: str, **described: Any) -> None:
    items = _items(client, table, beats=False) + _items(client, table, beats=True)
    client.delete_table(TableName=table)
    client.create_table(TableName=table, BillingMode="PAY_PER_REQUEST", **described)
    _batched(client, table, [{"PutRequest": {"Item": {OTHER_KEY: {"S": "beat"}, **item}}} for item in items])


def _without_versions(client: Any, bucket: str) -> None:
    client.put_bucket_versioning(Bucket=bucket, VersioningConfiguration={"Status": "Suspended"})


def _other_encryption(client: Any, table: str) -> None:
    """Makes the table anew without the store's key."""
    told = client.describe_table(TableName=table)["Table"]
    described = {member: told[member] for member in ("KeySchema", "AttributeDefinitions")}
    _made_anew(client, table, **described)


def _other_keys(client: Any, bucket: str) -> None:
    for item in client.list_objects_v2(Bucket=bucket, Prefix=OWN).get("Contents", []):
        body = client.get_object(Bucket=bucket, Key=item["Key"])["Body"].read()
        client.put_object(Bucket=bucket, Key=item["Key"], Body=body, ServerSideEncryption="AES256")


BAD: tuple[Bad, ...] = (
    Bad(
        "empty",
        lambda client, table: _delete_items(client, table, 0),
        lambda client, bucket: _delete_objects(client, bucket, 0),
        frozenset({"items", "objects"}),
    ),
    Bad("missing items", _miss_items, _miss_objects, frozenset({"items", "objects"})),
    Bad("altered heartbeat", _alter_items, _alter_objects, frozenset({"heartbeat"})),
    Bad("wrong schema", _other_schema, _without_versions, frozenset({"schema"})),
    Bad("wrong encryption", _other_encryption, _other_keys, frozenset({"encryption"})),
)
"""All but the old recovery point, which is not made of a good one."""

OLD = "old point"
OLD_HOURS = 40
"""Hours between the last heartbeat and the backup of an old point: more than a day and a late start."""
OLD_CHECK = frozenset({"heartbeat-age"})
