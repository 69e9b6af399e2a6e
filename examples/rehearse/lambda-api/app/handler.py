"""Stores a note and returns it: the function behind the API."""

import json
import os
import uuid

import boto3

table = boto3.resource("dynamodb").Table(os.environ["TABLE"])


def handler(event: dict, _: object) -> dict:
    """Answers `POST /notes` and `GET /notes/{id}`."""
    if event["routeKey"] == "POST /notes":
        note = {"id": str(uuid.uuid4()), "text": json.loads(event["body"])["text"]}
        table.put_item(Item=note)
        return {"statusCode": 201, "body": json.dumps(note)}
    found = table.get_item(Key={"id": event["pathParameters"]["id"]}).get("Item")
    return {"statusCode": 200 if found else 404, "body": json.dumps(found or {})}
