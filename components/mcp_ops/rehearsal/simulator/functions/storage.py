"""Look-ups of buckets, objects, tables, queues, topics, log groups and functions that another stack made."""

from collections.abc import Callable, Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.functions.function import Function
from mcp_ops.rehearsal.simulator.places import Place
from mcp_ops.rehearsal.simulator.services.s3_settings import OWNER, WEBSITE_ZONES

Find = Callable[[], Any]


def found_or_made(find: Find, make: Find, what: str, assumptions: list[str]) -> Any:
    """Returns what `find` finds. Where it is refused, the thing lies outside the stack: it is made and noted."""
    try:
        return find()
    except Refusal:
        make()
        assumptions.append(f"{what} exists")
        return find()


def bucket(cloud: Cloud, given: Mapping[str, Any], place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.s3.get_bucket`."""
    name = str(given["bucket"])
    _bucket(cloud, name, place, assumptions)
    return {
        "id": name,
        "bucket": name,
        "arn": f"arn:{place.partition}:s3:::{name}",
        "bucketDomainName": f"{name}.s3.amazonaws.com",
        "bucketRegionalDomainName": f"{name}.s3.{place.region}.amazonaws.com",
        "bucketRegion": place.region,
        "hostedZoneId": WEBSITE_ZONES.get(place.region, ""),
        "region": place.region,
        "websiteDomain": "",
        "websiteEndpoint": "",
    }


def _bucket(cloud: Cloud, name: str, place: Place, assumptions: list[str]) -> None:
    where = {} if place.region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": place.region}}
    found_or_made(
        lambda: cloud.call("s3", "HeadBucket", {"Bucket": name}, place),
        lambda: cloud.call("s3", "CreateBucket", {"Bucket": name, **where}, place),
        f"bucket {name}",
        assumptions,
    )


def bucket_object(cloud: Cloud, given: Mapping[str, Any], place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.s3.get_object` and `get_bucket_object`."""
    name, key = str(given["bucket"]), str(given["key"])
    _bucket(cloud, name, place, assumptions)
    where = {"Bucket": name, "Key": key}
    found = found_or_made(
        lambda: cloud.call("s3", "GetObject", where, place).data,
        lambda: cloud.call(
            "s3", "PutObject", {**where, "Body": b"outside the stack", "ContentType": "text/plain"}, place
        ),
        f"object {name}/{key}",
        assumptions,
    )
    body = found["Body"].read().decode(errors="replace")
    return {
        "id": f"{name}/{key}",
        "arn": f"arn:{place.partition}:s3:::{name}/{key}",
        "bucket": name,
        "key": key,
        "body": body,
        "contentLength": len(body),
        "contentType": found.get("ContentType", ""),
        "etag": str(found.get("ETag", "")).strip('"'),
        "versionId": found.get("VersionId", ""),
        "metadata": found.get("Metadata", {}),
        "tags": {},
        "region": place.region,
    }


def canonical_user(_: Cloud, __: Mapping[str, Any], ___: Place, ____: list[str]) -> dict[str, Any]:
    """`aws.s3.get_canonical_user_id`."""
    return {"id": OWNER, "displayName": "rehearsal"}


def table(cloud: Cloud, given: Mapping[str, Any], place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.dynamodb.get_table`; an assumed table has one key, `id`."""
    name = str(given["name"])
    new = {
        "TableName": name,
        "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
        "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
        "BillingMode": "PAY_PER_REQUEST",
    }
    found = found_or_made(
        lambda: cloud.call("dynamodb", "DescribeTable", {"TableName": name}, place).data["Table"],
        lambda: cloud.call("dynamodb", "CreateTable", new, place),
        f"table {name}",
        assumptions,
    )
    keys = {key["KeyType"]: key["AttributeName"] for key in found["KeySchema"]}
    return {
        "id": name,
        "name": name,
        "arn": found["TableArn"],
        "hashKey": keys.get("HASH", ""),
        "rangeKey": keys.get("RANGE", ""),
        "attributes": [
            {"name": item["AttributeName"], "type": item["AttributeType"]} for item in found["AttributeDefinitions"]
        ],
        "billingMode": (found.get("BillingModeSummary") or {}).get("BillingMode", "PROVISIONED"),
        "streamArn": found.get("LatestStreamArn", ""),
        "streamLabel": found.get("LatestStreamLabel", ""),
        "deletionProtectionEnabled": bool(found.get("DeletionProtectionEnabled")),
        "region": place.region,
        "tags": {},
    }


def queue(cloud: Cloud, given: Mapping[str, Any], place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.sqs.get_queue`."""
    name = str(given["name"])
    url = found_or_made(
        lambda: cloud.call("sqs", "GetQueueUrl", {"QueueName": name}, place).data["QueueUrl"],
        lambda: cloud.call("sqs", "CreateQueue", {"QueueName": name}, place),
        f"queue {name}",
        assumptions,
    )
    arn = f"arn:{place.partition}:sqs:{place.region}:{place.account}:{name}"
    return {"id": url, "url": url, "name": name, "arn": arn, "region": place.region, "tags": {}}


def topic(cloud: Cloud, given: Mapping[str, Any], place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.sns.get_topic`."""
    name = str(given["name"])
    arn = f"arn:{place.partition}:sns:{place.region}:{place.account}:{name}"
    found_or_made(
        lambda: cloud.call("sns", "GetTopicAttributes", {"TopicArn": arn}, place),
        lambda: cloud.call("sns", "CreateTopic", {"Name": name}, place),
        f"topic {name}",
        assumptions,
    )
    return {"id": arn, "arn": arn, "name": name, "region": place.region, "tags": {}}


def log_group(cloud: Cloud, given: Mapping[str, Any], place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.cloudwatch.get_log_group`."""
    name = str(given["name"])
    groups = cloud.call("logs", "DescribeLogGroups", {"logGroupNamePrefix": name}, place).data["logGroups"]
    known = next((group for group in groups if group["logGroupName"] == name), None)
    if known is None:
        cloud.call("logs", "CreateLogGroup", {"logGroupName": name}, place)
        assumptions.append(f"log group {name} exists")
    arn = f"arn:{place.partition}:logs:{place.region}:{place.account}:log-group:{name}"
    kept = (known or {}).get("retentionInDays", 0)
    return {
        "id": name,
        "name": name,
        "arn": arn,
        "retentionInDays": kept,
        "kmsKeyId": (known or {}).get("kmsKeyId", ""),
        "region": place.region,
        "tags": {},
    }


def function(cloud: Cloud, given: Mapping[str, Any], place: Place, assumptions: list[str]) -> dict[str, Any]:
    """`aws.lambda_.get_function`. One outside the stack is taken to exist, but not made: nothing says what it runs."""
    name = str(given["functionName"])
    arn = f"arn:{place.partition}:lambda:{place.region}:{place.account}:function:{name}"
    try:
        found = cloud.call("lambda", "GetFunction", {"FunctionName": name}, place).data["Configuration"]
    except Refusal:
        assumptions.append(f"function {name} exists")
        found = {}
    version = found.get("Version", "$LATEST")
    invoke = f"arn:{place.partition}:apigateway:{place.region}:lambda:path/2015-03-31/functions/"
    return {
        "id": name,
        "functionName": name,
        "arn": arn,
        "qualifiedArn": f"{arn}:{version}",
        "invokeArn": f"{invoke}{arn}/invocations",
        "qualifiedInvokeArn": f"{invoke}{arn}:{version}/invocations",
        "version": version,
        "role": found.get("Role", ""),
        "runtime": found.get("Runtime", ""),
        "handler": found.get("Handler", ""),
        "memorySize": found.get("MemorySize", 128),
        "timeout": found.get("Timeout", 3),
        "region": place.region,
        "tags": {},
    }


FUNCTIONS: Mapping[str, Function] = {
    "aws:s3/getBucket:getBucket": bucket,
    "aws:s3/getObject:getObject": bucket_object,
    "aws:s3/getBucketObject:getBucketObject": bucket_object,
    "aws:s3/getCanonicalUserId:getCanonicalUserId": canonical_user,
    "aws:dynamodb/getTable:getTable": table,
    "aws:sqs/getQueue:getQueue": queue,
    "aws:sns/getTopic:getTopic": topic,
    "aws:cloudwatch/getLogGroup:getLogGroup": log_group,
    "aws:lambda/getFunction:getFunction": function,
}
