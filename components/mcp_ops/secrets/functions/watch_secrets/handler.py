"""What AWS Lambda calls on a schedule: measures how old the value of each secret of the store is."""

import logging
import os
import time
from collections.abc import Iterator, Mapping
from typing import Any

from mcp_function_kit.clients import aws

NAMESPACE = "mcp-ops/secrets"
METRIC = "DaysSinceRotation"
AT_ONCE = 100
_DAY = 86_400

LOG = logging.getLogger()
LOG.setLevel(logging.INFO)


def handle(_event: Mapping[str, Any], _context: object) -> dict[str, int]:
    """Sends one figure per secret; a secret that is missing sends none, and its alarm counts that as a breach."""
    store = os.environ["STORE"]
    figures = list(_figures(store))
    cloudwatch = aws("cloudwatch")
    for start in range(0, len(figures), AT_ONCE):
        cloudwatch.put_metric_data(Namespace=NAMESPACE, MetricData=figures[start : start + AT_ONCE])
    LOG.info("secrets measured", extra={"store": store, "secrets": len(figures)})
    return {"secrets": len(figures)}


def _figures(store: str) -> Iterator[dict[str, Any]]:
    manager = aws("secretsmanager")
    filters = [{"Key": "tag-key", "Values": ["mcp-secret-store"]}, {"Key": "tag-value", "Values": [store]}]
    for page in manager.get_paginator("list_secrets").paginate(Filters=filters):
        for secret in page["SecretList"]:
            tags = {tag["Key"]: tag["Value"] for tag in secret["Tags"]}
            # The filters are a prefix match of any tag; the store's name has to be that of the one tag.
            if tags.get("mcp-secret-store") != store:
                continue
            age = _days_since_rotation(manager, secret["ARN"])
            if age is not None:
                dimensions = {"Store": store, "Secret": tags["mcp-secret"]}
                yield {
                    "MetricName": METRIC,
                    "Dimensions": [{"Name": name, "Value": value} for name, value in dimensions.items()],
                    "Value": age,
                    "Unit": "None",
                }


def _days_since_rotation(manager: Any, arn: str) -> float | None:
    """Returns the age of the value in use; None when there is none."""
    # Versions without a label are left out, so one page holds them all.
    for version in manager.list_secret_version_ids(SecretId=arn)["Versions"]:
        if "AWSCURRENT" in version["VersionStages"]:
            return float((time.time() - version["CreatedDate"].timestamp()) / _DAY)
    return None
