"""Measures incidents from the changes of alarms: how long until one was noticed, how long until it was over."""

import json
import re
from collections.abc import Mapping
from typing import Any

from .metrics import Value, emit
from .times import environment_name, parsed

NAMESPACE = "McpOps/Incidents"

_SEVERITY = re.compile(r"^Severity: (critical|warning)$", re.MULTILINE)


def record(event: Mapping[str, Any]) -> dict[str, Any]:
    """Records one change of an alarm that acts; others are parts of composites, whose own changes count."""
    detail = event["detail"]
    severity = _SEVERITY.search(detail.get("configuration", {}).get("description", ""))
    values = _measured(detail) if severity else {}
    if severity and values:
        dimensions = {"Environment": environment_name(), "Severity": severity[1]}
        emit(NAMESPACE, dimensions, values, alarm=detail["alarmName"])
    return {"recorded": {name: value for name, (value, _) in values.items()}}


def _measured(detail: Mapping[str, Any]) -> dict[str, Value]:
    now, before = detail["state"], detail.get("previousState", {})
    if now["value"] == "ALARM" and before.get("value") != "ALARM":
        began = _first_breach(now)
        return {"DetectionSeconds": (_seconds(began, now["timestamp"]), "Seconds")} if began else {}
    if now["value"] == "OK" and before.get("value") == "ALARM":
        return {"RecoverySeconds": (_seconds(before["timestamp"], now["timestamp"]), "Seconds")}
    return {}


def _first_breach(state: Mapping[str, Any]) -> str:
    """Returns when the earliest data point that made the alarm began; empty for composites, which have none."""
    try:
        reason = json.loads(state.get("reasonData", "{}"))
    except ValueError:
        return ""
    points = [point["timestamp"] for point in reason.get("evaluatedDatapoints", []) if "timestamp" in point]
    return min([*points, reason["startDate"]] if "startDate" in reason else points, default="")


def _seconds(begin: str, end: str) -> float:
    return round((parsed(end) - parsed(begin)).total_seconds(), 1)
