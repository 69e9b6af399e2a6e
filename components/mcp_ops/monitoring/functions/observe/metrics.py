"""Metrics as log lines in CloudWatch's embedded metric format: no call, no agent."""

import json
import sys
import time
from collections.abc import Mapping

Value = tuple[float, str]
"""A number and its unit, such as `Milliseconds`."""


def emit(namespace: str, dimensions: Mapping[str, str], values: Mapping[str, Value], **fields: object) -> None:
    """Writes one line; `fields` explain it and become no metric."""
    directive = {
        "Namespace": namespace,
        "Dimensions": [list(dimensions)],
        "Metrics": [{"Name": name, "Unit": unit} for name, (_, unit) in values.items()],
    }
    line = {
        "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
        **dimensions,
        **{name: value for name, (value, _) in values.items()},
        **fields,
    }
    # Lambda leaves a line alone that is JSON already.
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()
