"""Amazon Data Firehose."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step
from mcp_ops.rehearsal.simulator.values import listed, without

DESTINATIONS = {
    "elasticsearchConfiguration": "ElasticsearchDestinationConfiguration",
    "extendedS3Configuration": "ExtendedS3DestinationConfiguration",
    "httpEndpointConfiguration": "HttpEndpointDestinationConfiguration",
    "icebergConfiguration": "IcebergDestinationConfiguration",
    "opensearchConfiguration": "AmazonopensearchserviceDestinationConfiguration",
    "opensearchserverlessConfiguration": "AmazonOpenSearchServerlessDestinationConfiguration",
    "redshiftConfiguration": "RedshiftDestinationConfiguration",
    "snowflakeConfiguration": "SnowflakeDestinationConfiguration",
    "splunkConfiguration": "SplunkDestinationConfiguration",
}

NESTED = {
    "bufferingInterval": ("BufferingHints", "IntervalInSeconds"),
    "bufferingSize": ("BufferingHints", "SizeInMBs"),
    "catalogArn": ("CatalogConfiguration", "CatalogARN"),
    "copyOptions": ("CopyCommand", "CopyOptions"),
    "dataTableColumns": ("CopyCommand", "DataTableColumns"),
    "dataTableName": ("CopyCommand", "DataTableName"),
    "kmsKeyArn": ("EncryptionConfiguration", "KMSEncryptionConfig", "AWSKMSKeyARN"),
    "retryDuration": ("RetryOptions", "DurationInSeconds"),
}
"""Inputs of a destination that stand in a structure of their own in AWS's API, wherever they occur."""

ENDPOINT = {name: ("EndpointConfiguration", name.capitalize()) for name in ("name", "url")} | {
    "accessKey": ("EndpointConfiguration", "AccessKey")
}
RENAMED = {
    "destinationTableConfigurations": "DestinationTableConfigurationList",
    "hecAcknowledgmentTimeout": "HECAcknowledgmentTimeoutInSeconds",
    "vpcConfig": "VpcConfiguration",
}
TABLE = {"databaseName": "DestinationDatabaseName", "tableName": "DestinationTableName"}


def _destination(value: Any, places: Mapping[str, tuple[str, ...]]) -> Any:
    """Returns a destination in AWS's structure: flat inputs nested, at any depth."""
    if isinstance(value, list):
        return [_destination(item, NESTED) for item in value]
    if not isinstance(value, Mapping):
        return value
    shaped: dict[str, Any] = {}
    for name, item in value.items():
        *outer, last = places.get(name) or (str(RENAMED.get(name, name)),)
        into = shaped
        for part in outer:
            into = into.setdefault(part, {})
        into[last] = _destination(without(item, "vpcId") if name == "vpcConfig" else item, NESTED)
    return shaped


def _stream(inputs: dict[str, Any]) -> dict[str, Any]:
    shaped = dict(inputs)
    for name in DESTINATIONS.keys() & inputs.keys():
        places = {**NESTED, **ENDPOINT} if name == "httpEndpointConfiguration" else NESTED
        shaped[name] = _destination(inputs[name], places)
    for table in listed((shaped.get("icebergConfiguration") or {}).get("DestinationTableConfigurationList")):
        table.update({TABLE[name]: table.pop(name) for name in TABLE.keys() & table.keys()})
    request = (shaped.get("httpEndpointConfiguration") or {}).get("requestConfiguration") or {}
    if request.get("commonAttributes"):
        request["commonAttributes"] = [
            {"AttributeName": item.get("name"), "AttributeValue": item.get("value")}
            for item in request["commonAttributes"]
        ]
    for source, kind in (
        ("kinesisSourceConfiguration", "KinesisStreamAsSource"),
        ("mskSourceConfiguration", "MSKAsSource"),
    ):
        if inputs.get(source):
            shaped["deliveryStreamType"] = kind
    return shaped


@step("serverSideEncryption")
def _encrypt(context: Context) -> None:
    given = context.take("serverSideEncryption") or {}
    if given.get("enabled"):
        key = {"keyType": "AWS_OWNED_CMK", **without(given, "enabled")}
        parameters = context.fitted(
            "firehose.StartDeliveryStreamEncryption", {"deliveryStreamEncryptionConfigurationInput": key}
        )
        name = context.inputs.get("name")
        context.call("firehose.StartDeliveryStreamEncryption", {**parameters, "DeliveryStreamName": name})


SPECS: Specs = {
    "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream": Spec(
        create=Call(
            "firehose.CreateDeliveryStream",
            rename={
                **DESTINATIONS,
                "name": "DeliveryStreamName",
                "kinesisSourceConfiguration": "KinesisStreamSourceConfiguration",
                "mskSourceConfiguration": "MSKSourceConfiguration",
            },
            constant={"DeliveryStreamType": "DirectPut"},
        ),
        then=(_encrypt,),
        id="DeliveryStreamARN",
        outputs={"arn": "DeliveryStreamARN", "destinationId": "'destinationId-000000000001'", "versionId": "'1'"},
        reshape=_stream,
        ignored={
            "arn": "what the provider computes",
            "destination": "which of the configurations the provider reads",
            "destinationId": "what the provider computes",
            "versionId": "what the provider computes",
        },
    ),
}
