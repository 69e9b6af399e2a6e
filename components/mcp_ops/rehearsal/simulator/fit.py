"""Fits Pulumi's inputs to an operation's parameters by walking AWS's model: names, nesting, scalars and wrappers.

`retentionInDays` finds `RetentionInDays`, `subnets` finds `Subnets` or `SubnetIds` only if named so, a single object
fits a list of one, a JSON document fits a structure, a list fits CloudFront's `{Quantity, Items}`. What fits nowhere
is a problem, never dropped.
"""

import functools
import json
from collections.abc import Mapping
from typing import Any

import pulumi
from botocore.model import ListShape, MapShape, Shape, StructureShape

from mcp_ops.rehearsal.simulator.assets import asset_bytes
from mcp_ops.rehearsal.wire import Unknown


class Fitter:
    """Fits values to shapes; collects what fits nowhere.

    `renames` maps a dotted input path (`rootBlockDevice.volumeSize`, list positions left out) to a member of the
    structure that it stands in; a dotted target (`Code.S3Bucket`) descends.
    """

    def __init__(self, renames: Mapping[str, str]) -> None:
        self._renames = renames
        self.unmapped: list[str] = []
        self.problems: list[str] = []

    def structure(self, shape: StructureShape, value: Mapping[str, Any], path: str = "") -> dict[str, Any]:
        """Returns a mapping as parameters of a structure."""
        fitted: dict[str, Any] = {}
        for key, item in value.items():
            if item is None or isinstance(item, Unknown):
                continue
            where = f"{path}.{key}" if path else key
            target = self._renames.get(where) or member_for(shape, key)
            if target is None:
                self.unmapped.append(where)
                continue
            self._place(shape, fitted, target.split("."), item, where)
        return fitted

    def _place(self, shape: Shape, into: dict[str, Any], target: list[str], item: Any, where: str) -> None:
        """Puts a fitted value under a member, descending through structures and lists of one."""
        members = getattr(shape, "members", {})
        if target[0] not in members:
            self.problems.append(f"{where}: the specification names {target[0]}, which {shape.name} does not have")
            return
        inner = members[target[0]]
        if len(target) == 1:
            into[target[0]] = self.value(inner, item, where)
        elif isinstance(inner, ListShape):
            self._place(inner.member, into.setdefault(target[0], [{}])[0], target[1:], item, where)
        else:
            self._place(inner, into.setdefault(target[0], {}), target[1:], item, where)

    def value(self, shape: Shape, value: Any, path: str) -> Any:
        """Returns any value as AWS's API takes it in this place."""
        if isinstance(shape, StructureShape | ListShape | MapShape) and isinstance(value, str):
            value = self._parsed(value, path)
        if isinstance(shape, StructureShape):
            return self._structure(shape, value, path)
        if isinstance(shape, ListShape):
            return self._list(shape, value, path)
        if isinstance(shape, MapShape):
            return self._map(shape, value, path)
        return self._scalar(shape, value, path)

    def _parsed(self, text: str, path: str) -> Any:
        try:
            return json.loads(text)
        except ValueError:
            if text and text[0] in "[{":
                self.problems.append(f"{path}: is not valid JSON")
            return text

    def _structure(self, shape: StructureShape, value: Any, path: str) -> Any:
        if shape.is_document_type:
            return value  # any JSON: AWS's model knows no members
        if isinstance(value, list) and "Items" in shape.members:
            items = self.value(shape.members["Items"], value, path)
            return {"Quantity": len(items), "Items": items} if "Quantity" in shape.members else {"Items": items}
        if isinstance(value, list) and len(value) == 1:
            value = value[0]
        return self.structure(shape, value, path) if isinstance(value, Mapping) else value

    def _list(self, shape: ListShape, value: Any, path: str) -> Any:
        if isinstance(value, Mapping) and is_pair(shape.member):
            return pairs(shape.member, value)
        items = value if isinstance(value, list) else [value]
        return [
            self.value(shape.member, item, path) for item in items if item is not None and not isinstance(item, Unknown)
        ]

    def _map(self, shape: MapShape, value: Any, path: str) -> Any:
        if not isinstance(value, Mapping):
            return value
        known = {key: item for key, item in value.items() if not isinstance(item, Unknown)}
        return {str(key): self.value(shape.value, item, f"{path}.{key}") for key, item in known.items()}

    def _scalar(self, shape: Shape, value: Any, path: str) -> Any:
        if isinstance(value, pulumi.Asset | pulumi.Archive):
            return asset_bytes(value, path)
        converter = CONVERTERS.get(shape.type_name)
        return converter(value) if converter else value


def text_of(value: Any) -> Any:
    """Returns a scalar as AWS writes it in text: `true`, `5`; documents as JSON."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return str(value)
    return json.dumps(value) if isinstance(value, Mapping | list) else value


def _truth_of(value: Any) -> Any:
    return {"true": True, "false": False}.get(value, value) if isinstance(value, str) else value


def _number_of(kind: type, value: Any) -> Any:
    if isinstance(value, str):
        try:
            return kind(value)
        except ValueError:
            return value
    return (
        kind(value)
        if isinstance(value, int | float) and not isinstance(value, bool) and kind(value) == value
        else value
    )


CONVERTERS: dict[str, Any] = {
    "string": text_of,
    "boolean": _truth_of,
    "integer": functools.partial(_number_of, int),
    "long": functools.partial(_number_of, int),
    "float": functools.partial(_number_of, float),
    "double": functools.partial(_number_of, float),
    "blob": lambda value: value.encode() if isinstance(value, str) else value,
}


def member_for(shape: Shape, key: str) -> str | None:
    """Returns the member that an input's name means.

    The same letters in any case, or the other number (singular or plural).
    """
    members = _normalised(shape)
    plain = _plain(key)
    for candidate in (plain, f"{plain}s", f"{plain}es", plain.removesuffix("s"), plain.removesuffix("es"), _ies(plain)):
        if candidate in members:
            return members[candidate]
    return None


def _ies(plain: str) -> str:
    return f"{plain[:-3]}y" if plain.endswith("ies") else f"{plain.removesuffix('y')}ies"


def _plain(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


@functools.cache
def _normalised(shape: Shape) -> dict[str, str]:
    return {_plain(name): name for name in getattr(shape, "members", {})}


def is_pair(shape: Shape) -> bool:
    """Tells whether a shape is one of AWS's many `{Key, Value}` structures."""
    return pair_members(shape) is not None


@functools.cache
def pair_members(shape: Shape) -> tuple[str, str] | None:
    """Returns the two members of a key-value structure.

    `Key` and `Value`, `TagKey` and `TagValue`, `name` and `value`.
    """
    names = list(getattr(shape, "members", {}))
    keys = [name for name in names if name.lower() in {"key", "tagkey", "name", "parametername"}]
    values = [name for name in names if name.lower() in {"value", "tagvalue", "parametervalue"}]
    return (keys[0], values[0]) if len(keys) == 1 and len(values) == 1 else None


def pairs(shape: Shape, mapping: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns a mapping as a list of `{Key, Value}` structures."""
    members = pair_members(shape)
    if members is None:
        raise TypeError(shape.name)
    key, value = members
    return [{key: name, value: text_of(item)} for name, item in mapping.items() if not isinstance(item, Unknown)]
