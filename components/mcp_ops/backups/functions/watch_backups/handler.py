"""Runs every hour."""

import json
import logging
import os
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from mcp_function_kit.clients import aws

from .ages import Ages, measured

LOG = logging.getLogger()
_BATCH = 300
"""Metrics of one request: fewer than the 1000 that PutMetricData takes."""


def handle(_event: Mapping[str, Any], _context: object) -> dict[str, dict[str, float]]:
    """Publishes the ages of every store and returns them. One store that cannot be measured does not stop the others.

    Raises:
        RuntimeError: some stores could not be measured; their metrics are missing, which raises their alarms.
    """
    now, plan = datetime.now(UTC), os.environ["RESTORE_TESTING_PLAN"]
    found: dict[str, Ages] = {}
    failed: list[str] = []
    for store, description in _stores(os.environ["STORES_PATH"]):
        try:
            found[store] = measured(description, plan, now)
        except Exception:  # whatever it is, the others are measured; what failed is logged, and raised at the end
            LOG.exception("A store could not be measured", extra={"store": store})
            failed.append(store)
        else:
            LOG.info("A store was measured", extra={"store": store, **found[store].as_metrics()})
    _publish(found)
    if failed:
        raise RuntimeError(f"could not measure {', '.join(failed)}")
    return {store: ages.as_metrics() for store, ages in found.items()}


def _stores(path: str) -> Iterator[tuple[str, dict[str, Any]]]:
    pages = aws("ssm").get_paginator("get_parameters_by_path").paginate(Path=path)
    for page in pages:
        for parameter in page["Parameters"]:
            yield parameter["Name"].rsplit("/", maxsplit=1)[-1], json.loads(parameter["Value"])


def _publish(found: Mapping[str, Ages]) -> None:
    data = [
        {
            "MetricName": name,
            "Dimensions": [
                {"Name": "Environment", "Value": os.environ["ENVIRONMENT"]},
                {"Name": "Store", "Value": store},
            ],
            "Value": value,
            "Unit": "None",
        }
        for store, ages in found.items()
        for name, value in ages.as_metrics().items()
    ]
    cloudwatch = aws("cloudwatch")
    for start in range(0, len(data), _BATCH):
        part = data[start : start + _BATCH]
        cloudwatch.put_metric_data(Namespace=os.environ["METRIC_NAMESPACE"], MetricData=part)
