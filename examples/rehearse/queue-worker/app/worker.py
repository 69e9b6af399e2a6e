"""Works off jobs: the function behind the queue."""

import os

import boto3

results = boto3.resource("dynamodb").Table(os.environ["RESULTS"])


def handler(event: dict, _: object) -> dict:
    """Stores one result per message; a message that fails goes back to the queue alone."""
    failed = []
    for message in event["Records"]:
        try:
            results.put_item(Item={"job": message["messageId"], "body": message["body"]})
        except results.meta.client.exceptions.ClientError:
            failed.append({"itemIdentifier": message["messageId"]})
    return {"batchItemFailures": failed}
