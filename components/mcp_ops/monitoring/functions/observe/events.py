"""Turns events of ECS and CloudWatch into the measures of delivery and of incidents (DORA, MTTD, MTTR)."""

from collections.abc import Mapping
from typing import Any

from . import deployments, incidents

_KINDS = {
    "ECS Deployment State Change": deployments.record,
    "CloudWatch Alarm State Change": incidents.record,
}


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Records one event. Raises `ValueError` for one that no rule of ours sends."""
    kind = event.get("detail-type", "")
    if kind not in _KINDS:
        raise ValueError(f"no measure is made of {kind!r}")
    return _KINDS[kind](event)
