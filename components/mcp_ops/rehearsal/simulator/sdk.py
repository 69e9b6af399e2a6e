"""What the installed pulumi_aws says of its own resource types: which exist, and which outputs each has."""

import functools
import importlib
import inspect
import json
import re
import typing
from pathlib import Path
from typing import Any

import pulumi


@functools.cache
def _classes(package: str) -> dict[str, tuple[str, str]]:
    source = Path(str(importlib.import_module(f"pulumi_{package}").__file__)).read_text(encoding="utf-8")
    table = re.search(r'resource_modules="""(.*?)"""', source, re.DOTALL)
    modules = json.loads(table.group(1)) if table else []
    return {token: (entry["fqn"], name) for entry in modules for token, name in entry["classes"].items()}


@functools.cache
def resource_class(token: str) -> type[pulumi.CustomResource] | None:
    """Returns the class of a type token, or None when the installed SDK has none."""
    package = token.split(":", maxsplit=1)[0]
    try:
        module, name = _classes(package)[token]
    except (KeyError, ModuleNotFoundError):
        return None
    return typing.cast("type[pulumi.CustomResource]", getattr(importlib.import_module(module), name))


@functools.cache
def outputs_of(token: str) -> dict[str, Any]:
    """Returns the outputs of a type, by their camelCase name, with their hinted type.

    Empty for a type the SDK lacks.
    """
    found: dict[str, Any] = {}
    for attribute, member in inspect.getmembers(resource_class(token), lambda item: isinstance(item, property)):
        # As written, not resolved: that would load every nested type of the module.
        hint = member.fget.__annotations__.get("return") if member.fget else None
        if typing.get_origin(hint) is pulumi.Output:
            wire_name = getattr(member.fget, "_pulumi_name", None) or camel(attribute)
            found[wire_name] = typing.get_args(hint)[0]
    found.pop("urn", None)
    found.pop("id", None)
    return found


def camel(name: str) -> str:
    """Returns a snake_case name in camelCase."""
    return re.sub(r"_([a-z0-9])", lambda match: match.group(1).upper(), name)
