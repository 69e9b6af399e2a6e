"""Replies for calls that are only checked.

AWS's own response shape, filled with what the request says and plausible ids.
"""

import datetime as dt
import hashlib
import json
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

DEPTH = 4
"""How deep a made-up reply goes: ids and ARNs stand at the top of AWS's responses."""

EPOCH = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
"""The time that made-up replies carry: fixed, so that two rehearsals give the same report."""


def synthesised(model: OperationModel, request: dict[str, Any], account: str, region: str) -> dict[str, Any]:
    """Returns a reply as AWS would shape it.

    Members that the request also has are echoed; `...Arn` and `...Id` are made up from a digest of the request, the
    same in every run.
    """
    if model.output_shape is None:
        return {}
    service = model.service_model.signing_name
    digest = hashlib.sha256(json.dumps([model.name, request], sort_keys=True, default=str).encode()).hexdigest()
    return _Filled(request, f"arn:aws:{service}:{region}:{account}:", digest).structure(model.output_shape, DEPTH)


class _Filled:
    """Fills one reply."""

    def __init__(self, request: dict[str, Any], arn_prefix: str, digest: str) -> None:
        self._request = request
        self._arn_prefix = arn_prefix
        self._digest = digest

    def structure(self, shape: StructureShape, depth: int) -> dict[str, Any]:
        """Returns a structure's members that can be filled."""
        filled = {name: self._member(name, member, depth) for name, member in shape.members.items()}
        return {name: value for name, value in filled.items() if value is not None}

    def _member(self, name: str, shape: Shape, depth: int) -> Any:
        if name in self._request:
            return self._request[name]
        if isinstance(shape, StructureShape):
            return self.structure(shape, depth - 1) if depth > 0 else None
        if isinstance(shape, ListShape):
            return (
                [self.structure(shape.member, depth - 1)]
                if depth > 0 and isinstance(shape.member, StructureShape)
                else None
            )
        if isinstance(shape, MapShape):
            return None
        return self._scalar(name, shape)

    def _scalar(self, name: str, shape: Shape) -> Any:
        if shape.type_name == "timestamp":
            return EPOCH
        if shape.type_name != "string":
            return None
        options = getattr(shape, "enum", None)
        if options:
            return next(
                (option for option in options if option.upper() in {"ACTIVE", "AVAILABLE", "ENABLED", "CREATED"}), None
            )
        lowered = name.lower()
        if lowered.endswith("arn"):
            return f"{self._arn_prefix}{lowered.removesuffix('arn') or 'resource'}/{self._digest[:12]}"
        return self._digest[:16] if lowered.endswith("id") else None
