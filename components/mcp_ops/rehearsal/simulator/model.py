"""AWS's own API model, as botocore carries it: which operations exist, what they take, and what their values may be."""

import functools
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
from botocore.loaders import JSONFileLoader, Loader
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape
from botocore.validate import ParamValidator

LONGEST_SHOWN = 60


class _LeanFiles(JSONFileLoader):
    """Reads botocore's files without their prose and ordered dictionaries: of EC2's 58 MB that leaves a fifth."""

    def _load_file(self, full_path: str, open_method: Callable[..., Any]) -> Any:
        if not os.path.isfile(full_path):  # noqa: PTH113 - botocore's own way
            return None
        with open_method(full_path, "rb") as file:
            return json.loads(file.read().decode("utf-8"), object_hook=_without_prose)


def _without_prose(part: dict[str, Any]) -> dict[str, Any]:
    if isinstance(part.get("documentation"), str):
        part["documentation"] = ""
    return {key: sys.intern(value) if isinstance(value, str) else value for key, value in part.items()}


@functools.cache
def loader() -> Loader:
    """Returns botocore's data loader; one for the process, since it caches what it parsed."""
    default = botocore.session.Session().get_component("data_loader")
    return Loader(extra_search_paths=default.search_paths, file_loader=_LeanFiles())


@functools.cache
def operation_model(service: str, operation: str) -> OperationModel:
    """Returns the model of an operation.

    Raises:
        KeyError: the service has no such operation; the specification that names it is wrong.
    """
    found: OperationModel = service_model(service).operation_model(operation)
    return found


@functools.cache
def service_model(service: str) -> Any:
    """Returns the model of a service under its boto3 name."""
    return botocore.model.ServiceModel(loader().load_service_model(service, "service-2"), service)


def problems_in(model: OperationModel, parameters: dict[str, Any], *, complete: bool = True) -> list[str]:
    """Returns what AWS would refuse in the parameters of a call.

    Types, missing members, enum values, lengths, ranges, patterns.

    With `complete=False`, for a preview, what is missing is not counted: it may still be unknown.
    """
    shape = model.input_shape
    if shape is None:
        return []
    report = ParamValidator().validate(parameters, shape)
    found = [line.strip() for line in report.generate_report().splitlines() if line.strip()]
    if not complete:
        found = [line for line in found if not line.startswith(("Missing required parameter", "Invalid length"))]
    return found + list(_constraints(shape, parameters, ""))


def _constraints(shape: Shape, value: Any, path: str) -> Iterator[str]:
    """Walks a value beside its shape and yields every broken constraint that botocore itself does not look at."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        for name in value.keys() & shape.members.keys():
            yield from _constraints(shape.members[name], value[name], f"{path}.{name}" if path else name)
    elif isinstance(shape, ListShape) and isinstance(value, list):
        yield from _count(shape, value, path, "items")
        for index, item in enumerate(value):
            yield from _constraints(shape.member, item, f"{path}[{index}]")
    elif isinstance(shape, MapShape) and isinstance(value, dict):
        for key, item in value.items():
            yield from _constraints(shape.key, key, f"{path} key")
            yield from _constraints(shape.value, item, f"{path}.{key}")
    else:
        yield from _scalar(shape, value, path)


def _scalar(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if isinstance(value, str) and shape.type_name == "string":
        yield from _text(shape, value, path)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        most = shape.metadata.get("max")
        if most is not None and value > most:
            yield f"{path}: {value} is above the maximum {most}"


def _count(shape: Shape, value: list[Any] | str, path: str, unit: str) -> Iterator[str]:
    most = shape.metadata.get("max")
    if most is not None and len(value) > most:
        shown = f"{_short(value)!r} has" if isinstance(value, str) else "has"
        yield f"{path}: {shown} {len(value)} {unit}; AWS allows at most {most}"


def _text(shape: Shape, value: str, path: str) -> Iterator[str]:
    options = getattr(shape, "enum", None)
    if options and value not in options:
        yield f"{path}: {_short(value)!r} is none of {', '.join(options[:12])}{' ...' if len(options) > 12 else ''}"  # noqa: PLR2004 - shown options
        return
    yield from _count(shape, value, path, "characters")
    pattern = compiled(shape.metadata.get("pattern", ""))
    if pattern is not None and not pattern.search(value):
        yield f"{path}: {_short(value)!r} does not match AWS's pattern {_short(shape.metadata['pattern'])}"


@functools.cache
def compiled(pattern: str) -> re.Pattern[str] | None:
    """Returns a constraint's pattern, anchored as AWS means it; None where Python cannot read it."""
    if not pattern:
        return None
    anchored = pattern if pattern.startswith("^") or pattern.endswith("$") else rf"\A(?:{pattern})\Z"
    try:
        return re.compile(anchored)
    except re.error:
        return None


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else f"{text[:LONGEST_SHOWN]}..."
