"""Kinesis Data Streams and Data Firehose."""

from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

STREAM = "aws:kinesis/stream:Stream"
DELIVERY = "aws:kinesis/firehoseDeliveryStream:FirehoseDeliveryStream"
ROLE = "arn:aws:iam::123456789012:role/delivery"


def test_a_stream_with_retention_and_encryption(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    made = create(
        STREAM,
        name="orders",
        shardCount=2,
        retentionPeriod=48,
        encryptionType="KMS",
        kmsKeyId="alias/aws/kinesis",
        shardLevelMetrics=["IncomingBytes"],
        tags={"team": "shop"},
    )
    assert made.id == made.outputs["arn"] == "arn:aws:kinesis:eu-central-1:123456789012:stream/orders"
    stored = client("kinesis").describe_stream_summary(StreamName="orders")["StreamDescriptionSummary"]
    assert (stored["OpenShardCount"], stored["RetentionPeriodHours"], stored["EncryptionType"]) == (2, 48, "KMS")
    consumer = create("aws:kinesis/streamConsumer:StreamConsumer", "reader", streamArn=made.id)
    assert consumer.id.startswith(f"{made.id}/consumer/reader-")


def test_a_delivery_stream_to_s3_from_a_stream(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    source = create(STREAM, name="clicks", streamModeDetails={"streamMode": "ON_DEMAND"})
    made = create(
        DELIVERY,
        name="clicks-to-s3",
        destination="extended_s3",
        kinesisSourceConfiguration={"kinesisStreamArn": source.id, "roleArn": ROLE},
        extendedS3Configuration={
            "bucketArn": "arn:aws:s3:::clicks",
            "roleArn": ROLE,
            "bufferingSize": 64,
            "bufferingInterval": 60,
            "kmsKeyArn": "arn:aws:kms:eu-central-1:123456789012:key/one",
            "dynamicPartitioningConfiguration": {"enabled": True, "retryDuration": 30},
            "processingConfiguration": {
                "enabled": True,
                "processors": [
                    {"type": "Lambda", "parameters": [{"parameterName": "NumberOfRetries", "parameterValue": "2"}]}
                ],
            },
        },
    )
    assert made.id == made.outputs["arn"] == "arn:aws:firehose:eu-central-1:123456789012:deliverystream/clicks-to-s3"
    stored = client("firehose").describe_delivery_stream(DeliveryStreamName="clicks-to-s3")
    described = stored["DeliveryStreamDescription"]
    destination = described["Destinations"][0]["ExtendedS3DestinationDescription"]
    assert described["DeliveryStreamType"] == "KinesisStreamAsSource"
    assert destination["BufferingHints"] == {"SizeInMBs": 64, "IntervalInSeconds": 60}
    assert destination["EncryptionConfiguration"]["KMSEncryptionConfig"]["AWSKMSKeyARN"].endswith("key/one")


def test_a_delivery_stream_to_an_endpoint(create: Callable[..., Any], client: Callable[[str], Any]) -> None:
    create(
        DELIVERY,
        name="to-vendor",
        destination="http_endpoint",
        serverSideEncryption={"enabled": True},
        httpEndpointConfiguration={
            "url": "https://ingest.example.com",
            "name": "vendor",
            "accessKey": "secret",
            "roleArn": ROLE,
            "s3Configuration": {"bucketArn": "arn:aws:s3:::failed", "roleArn": ROLE, "bufferingSize": 5},
            "requestConfiguration": {"contentEncoding": "GZIP", "commonAttributes": [{"name": "env", "value": "dev"}]},
        },
    )
    described = client("firehose").describe_delivery_stream(DeliveryStreamName="to-vendor")["DeliveryStreamDescription"]
    endpoint = described["Destinations"][0]["HttpEndpointDestinationDescription"]
    assert endpoint["EndpointConfiguration"]["Url"] == "https://ingest.example.com"


def test_a_compression_that_firehose_lacks_is_refused(create: Callable[..., Any]) -> None:
    target = {"bucketArn": "arn:aws:s3:::clicks", "roleArn": ROLE, "compressionFormat": "BROTLI"}
    with pytest.raises(Refusal, match="'BROTLI' is none of UNCOMPRESSED, GZIP"):
        create(DELIVERY, name="wrong", destination="extended_s3", extendedS3Configuration=target)
