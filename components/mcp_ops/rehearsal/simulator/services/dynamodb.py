"""Amazon DynamoDB."""

import json
from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step
from mcp_ops.rehearsal.simulator.values import given, without

SHAPED = (
    "attributes",
    "billingMode",
    "globalSecondaryIndexes",
    "hashKey",
    "localSecondaryIndexes",
    "onDemandThroughput",
    "rangeKey",
    "readCapacity",
    "serverSideEncryption",
    "streamEnabled",
    "streamViewType",
    "writeCapacity",
)
"""Inputs that `_table` turns into DynamoDB's own structures."""

RESTORE = {
    "name": "TargetTableName",
    "restoreSourceName": "SourceTableName",
    "restoreSourceTableArn": "SourceTableArn",
    "restoreDateTime": "RestoreDateTime",
    "restoreToLatestTime": "UseLatestRestorableTime",
}


def _keys(hash_key: str | None, range_key: str | None) -> list[dict[str, Any]]:
    keys = (("HASH", hash_key), ("RANGE", range_key))
    return [{"AttributeName": name, "KeyType": kind} for kind, name in keys if name is not None]


def _throughput(inputs: Mapping[str, Any], billing: str | None) -> dict[str, Any] | None:
    if billing == "PAY_PER_REQUEST":
        return None
    return given(ReadCapacityUnits=inputs.get("readCapacity"), WriteCapacityUnits=inputs.get("writeCapacity")) or None


def _index(index: Mapping[str, Any], hash_key: str | None, billing: str | None) -> dict[str, Any]:
    keys = index.get("keySchemas") or _keys(index.get("hashKey", hash_key), index.get("rangeKey"))
    projection = given(ProjectionType=index.get("projectionType"), NonKeyAttributes=index.get("nonKeyAttributes"))
    return given(
        IndexName=index.get("name"),
        KeySchema=keys,
        Projection=projection or None,
        ProvisionedThroughput=_throughput(index, billing),
        onDemandThroughput=index.get("onDemandThroughput"),
        warmThroughput=index.get("warmThroughput"),
    )


def _encryption(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not value:
        return None
    key = value.get("kmsKeyArn")
    return given(Enabled=value.get("enabled"), SSEType="KMS" if value.get("enabled") else None, KMSMasterKeyId=key)


def _table(inputs: dict[str, Any]) -> dict[str, Any]:
    billing, hash_key = inputs.get("billingMode"), inputs.get("hashKey")
    names = {"name": "AttributeName", "type": "AttributeType"}
    streamed = inputs.get("streamEnabled") or inputs.get("streamViewType")
    stream = given(StreamEnabled=True, StreamViewType=inputs.get("streamViewType"))
    restored = any(inputs.get(name) for name in ("restoreSourceName", "restoreSourceTableArn", "restoreBackupArn"))
    return {
        **without(inputs, *SHAPED),
        **given(
            AttributeDefinitions=[
                {names[key]: item for key, item in one.items()} for one in inputs.get("attributes") or ()
            ]
            or None,
            BillingMode=billing or (None if restored else "PROVISIONED"),
            KeySchema=_keys(hash_key, inputs.get("rangeKey")) or None,
            GlobalSecondaryIndexes=[_index(one, None, billing) for one in inputs.get("globalSecondaryIndexes") or ()]
            or None,
            LocalSecondaryIndexes=[
                _index(without(one, "readCapacity"), hash_key, "PAY_PER_REQUEST")
                for one in inputs.get("localSecondaryIndexes") or ()
            ]
            or None,
            OnDemandThroughput=inputs.get("onDemandThroughput"),
            ProvisionedThroughput=_throughput(inputs, billing),
            SSESpecification=_encryption(inputs.get("serverSideEncryption")),
            StreamSpecification=stream if streamed else None,
        ),
    }


ALWAYS = (
    "name",
    "AttributeDefinitions",
    "BillingMode",
    "KeySchema",
    "GlobalSecondaryIndexes",
    "LocalSecondaryIndexes",
    "OnDemandThroughput",
    "ProvisionedThroughput",
    "SSESpecification",
    "StreamSpecification",
    "deletionProtectionEnabled",
    "tableClass",
    "tags",
    "warmThroughput",
)
NEW = Call("dynamodb.CreateTable", rename={"name": "TableName"}, inputs=ALWAYS)
FROM_POINT = Call(
    "dynamodb.RestoreTableToPointInTime",
    rename=RESTORE,
    inputs=tuple(RESTORE),
    checked="restores a table outside the stack",
)
FROM_BACKUP = Call(
    "dynamodb.RestoreTableFromBackup",
    rename={"name": "TargetTableName", "restoreBackupArn": "BackupArn"},
    inputs=("name", "restoreBackupArn"),
    checked="restores a backup outside the stack",
)
FROM_FILES = Call("dynamodb.ImportTable", inputs=("importTable",), checked="imports files outside the stack")


@step(*ALWAYS, *RESTORE, "restoreBackupArn", "importTable")
def _create_table(context: Context) -> None:
    """Makes the table: empty, or from one of the three sources."""
    if context.take("restoreBackupArn"):
        context.run(FROM_BACKUP, frozenset(), "")
    elif context.take("restoreSourceName") or context.take("restoreSourceTableArn"):
        context.run(FROM_POINT, frozenset(), "")
    elif context.take("importTable"):
        context.call("dynamodb.ImportTable", _import(context), checked="imports files outside the stack")
    else:
        context.run(NEW, frozenset(), "")
    context.taken.update((*ALWAYS, *RESTORE))


def _import(context: Context) -> dict[str, Any]:
    source = context.take("importTable")
    table = (
        "AttributeDefinitions",
        "BillingMode",
        "KeySchema",
        "GlobalSecondaryIndexes",
        "ProvisionedThroughput",
        "SSESpecification",
    )
    bucket, csv = source.get("s3BucketSource") or {}, (source.get("inputFormatOptions") or {}).get("csv") or {}
    options = given(Delimiter=csv.get("delimiter"), HeaderList=csv.get("headerLists"))
    creation = given(TableName=context.take("name"), **{name: context.take(name) for name in table})
    return given(
        InputFormat=source.get("inputFormat"),
        InputCompressionType=source.get("inputCompressionType"),
        InputFormatOptions={"Csv": options} if options else None,
        S3BucketSource=given(
            S3Bucket=bucket.get("bucket"), S3BucketOwner=bucket.get("bucketOwner"), S3KeyPrefix=bucket.get("keyPrefix")
        ),
        TableCreationParameters=creation,
    )


@step("replicas", "globalTableWitness")
def _replicate(context: Context) -> None:
    """Adds the table's replicas; each has its own settings, which are calls in its own region."""
    replicas, witness = context.take("replicas") or [], context.take("globalTableWitness")
    updates = [
        {"Create": given(RegionName=item.get("regionName"), KMSMasterKeyId=item.get("kmsKeyArn"))}
        for item in replicas
        if item
    ]
    consistency = next((item["consistencyMode"] for item in replicas if item.get("consistencyMode")), None)
    witnesses = [{"Create": {"RegionName": witness.get("regionName")}}] if witness else None
    if updates:
        more = given(MultiRegionConsistency=consistency, GlobalTableWitnessUpdates=witnesses)
        context.call(
            "dynamodb.UpdateTable", {**given(TableName=context.inputs.get("name"), ReplicaUpdates=updates), **more}
        )


@step()
def _described(context: Context) -> None:
    """Reads the table back: a restored or replicated one is described elsewhere in the reply."""
    if not context.previewing and all(operation.executed for operation in context.operations):
        context.call("dynamodb.DescribeTable", {"TableName": context.inputs["name"]})


@step("item", "hashKey", "rangeKey", "tableName")
def _put_item(context: Context) -> Mapping[str, Any]:
    """Writes an item that is given as a JSON document in DynamoDB's own notation."""
    item = context.take("item")
    parsed = json.loads(item) if isinstance(item, str) else item
    context.call("dynamodb.PutItem", given(TableName=context.take("tableName"), Item=parsed))
    keys = (
        {name: (parsed or {}).get(context.take(name)) for name in ("hashKey", "rangeKey")}
        if isinstance(parsed, Mapping)
        else {}
    )
    values = [str(next(iter(value.values()))) for value in keys.values() if value]
    return {"ItemId": "|".join([str(context.take("tableName")), str(context.take("hashKey")), *values])}


PRECISION = "approximateCreationDateTimePrecision"
TABLE_ARN = "arn:{partition}:dynamodb:{region}:{account}:table/{input.name}"

SPECS: Specs = {
    "aws:dynamodb/table:Table": Spec(
        create=_create_table,
        id="{input.name}",
        reshape=_table,
        then=(
            Call(
                "dynamodb.UpdateTimeToLive",
                inputs=("ttl",),
                rename={"ttl": "TimeToLiveSpecification"},
                constant={"TableName": "{input.name}"},
                when=("ttl",),
            ),
            Call(
                "dynamodb.UpdateContinuousBackups",
                inputs=("pointInTimeRecovery",),
                rename={
                    "pointInTimeRecovery": "PointInTimeRecoverySpecification",
                    "pointInTimeRecovery.enabled": "PointInTimeRecoveryEnabled",
                },
                constant={"TableName": "{input.name}"},
                when=("pointInTimeRecovery",),
            ),
            _replicate,
            _described,
        ),
        outputs={"arn": TABLE_ARN, "streamArn": "Table.LatestStreamArn", "streamLabel": "Table.LatestStreamLabel"},
        ignored={"timeouts": "how long the provider waits"},
    ),
    "aws:dynamodb/tableItem:TableItem": Spec(create=_put_item, id="{ItemId}", autoname=""),
    "aws:dynamodb/resourcePolicy:ResourcePolicy": Spec(
        create=Call(
            "dynamodb.PutResourcePolicy", rename={"confirmRemoveSelfResourceAccess": "ConfirmRemoveSelfResourceAccess"}
        ),
        id="{input.resourceArn}",
        autoname="",
    ),
    "aws:dynamodb/contributorInsights:ContributorInsights": Spec(
        create=Call(
            "dynamodb.UpdateContributorInsights",
            rename={"mode": "ContributorInsightsMode"},
            constant={"ContributorInsightsAction": "ENABLE"},
        ),
        id="name:{input.tableName}/index:/{account}",
        autoname="",
    ),
    "aws:dynamodb/kinesisStreamingDestination:KinesisStreamingDestination": Spec(
        create=Call(
            "dynamodb.EnableKinesisStreamingDestination",
            rename={PRECISION: f"EnableKinesisStreamingConfiguration.{PRECISION[0].upper()}{PRECISION[1:]}"},
        ),
        id="{input.tableName},{input.streamArn}",
        autoname="",
    ),
    "aws:dynamodb/tag:Tag": Spec(
        create=Call("dynamodb.TagResource", rename={"key": "Tags.Key", "value": "Tags.Value"}),
        id="{input.resourceArn},{input.key}",
        autoname="",
    ),
}
