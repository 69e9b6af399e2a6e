"""Building blocks of reshape functions: pure, small, without knowledge of AWS."""

from collections.abc import Mapping
from typing import Any


def given(**members: Any) -> dict[str, Any]:
    """Returns the members that are not None."""
    return {name: value for name, value in members.items() if value is not None}


def without(inputs: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Returns a mapping without some of its keys."""
    return {name: value for name, value in inputs.items() if name not in names}


def nested(inputs: Mapping[str, Any], path: str, change: Any) -> dict[str, Any]:
    """Returns a mapping with one value, at a dotted path, changed, in each item of lists. No path: no change."""
    head, _, rest = path.partition(".")
    if inputs.get(head) is None:
        return dict(inputs)
    if not rest:
        return {**inputs, head: change(inputs[head])}
    value = inputs[head]
    if isinstance(value, list):
        return {**inputs, head: [nested(item, rest, change) for item in value]}
    return {**inputs, head: nested(value, rest, change)}


def listed(value: Any) -> list[Any]:
    """Returns a list as it is, and anything else as a list of one; nothing as an empty list."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]
