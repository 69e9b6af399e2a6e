"""Structures that several AWS services share."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.values import given


def awsvpc(network: Mapping[str, Any]) -> dict[str, Any]:
    """Returns a task's network as EventBridge and its scheduler take it: the public address is a word there."""
    public = network.get("assignPublicIp")
    address = None if public is None else ("ENABLED" if public else "DISABLED")
    inner = given(Subnets=network.get("subnets"), SecurityGroups=network.get("securityGroups"), AssignPublicIp=address)
    return {"awsvpcConfiguration": inner}


def keyed(items: Any, key: str) -> dict[str, Any]:
    """Returns a list of objects as a map by one of their fields."""
    return {str(item[key]): {name: value for name, value in item.items() if name != key} for item in items}


def plain_items(value: Any) -> Any:
    """Returns a structure with every `{"items": [...]}` in it replaced by the list itself."""
    if isinstance(value, Mapping):
        return (
            plain_items(value["items"])
            if set(value) == {"items"}
            else {name: plain_items(item) for name, item in value.items()}
        )
    return [plain_items(item) for item in value] if isinstance(value, list) else value
