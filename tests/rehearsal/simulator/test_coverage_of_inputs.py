"""Every input that the SDK offers, at any depth, must map to a parameter of AWS's API or be listed as ignored.

The inputs are made up from the SDK's own type hints: each property present, each list with one item. Nothing is called.
"""

import collections.abc
import functools
import inspect
import sys
import typing
from pathlib import Path
from typing import Any

import pulumi
import pytest

from mcp_ops.rehearsal.simulator import provider, sdk
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.provider import Aws, Request
from mcp_ops.rehearsal.simulator.services import SPECS

DEEPEST = 9
FIXED = {"self", "__self__", "resource_name", "opts", "__props__"}
NAMES = {
    "Any": Any,
    "Awaitable": typing.Awaitable,
    "Mapping": typing.Mapping,
    "Output": pulumi.Output,
    "Sequence": typing.Sequence,
    "T": typing.TypeVar("T"),
}
SCALARS: dict[Any, Any] = {str: "1234", int: 1, float: 1.5, bool: True}


@functools.cache
def sample_inputs(token: str) -> dict[str, Any]:
    """Returns every input of a type, made up from its hints."""
    constructor = sdk.resource_class(token)._internal_init
    names = [name for name in inspect.signature(constructor).parameters if name not in FIXED]
    return {sdk.camel(name): _sample(_hint(constructor, name), frozenset()) for name in names}


def _hint(function: Any, name: str) -> Any:
    return typing._eval_type(function.__annotations__[name], {**NAMES, **vars(sys.modules[function.__module__])}, {})


def _sample(hint: Any, within: frozenset[Any]) -> Any:
    hint = _plain(hint)
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {collections.abc.Sequence, list}:
        item = _sample(arguments[0], within)
        return [] if item is None else [item]
    if origin in {collections.abc.Mapping, dict}:
        return {"key": _sample(arguments[1], within)}
    if isinstance(hint, type) and issubclass(hint, pulumi.Asset | pulumi.Archive):
        return pulumi.StringAsset("content")
    if isinstance(hint, type) and hint.__name__.endswith("Args"):
        return None if hint in within or len(within) > DEEPEST else _sample_object(hint, within | {hint})
    return SCALARS.get(hint, SCALARS[str])


def _sample_object(hint: type, within: frozenset[Any]) -> dict[str, Any]:
    found = {}
    for name, member in inspect.getmembers(hint, lambda item: isinstance(item, property)):
        value = _sample(_hint(member.fget, "return"), within)
        if value is not None:
            found[getattr(member.fget, "_pulumi_name", None) or sdk.camel(name)] = value
    return found


def _plain(hint: Any) -> Any:
    """Returns what a program would most likely give of a union: an object, else the first plain type."""
    if typing.get_origin(hint) is not typing.Union:
        return hint
    options = [item for item in typing.get_args(hint) if item is not type(None) and not _is_wrapper(item)]
    objects = [item for item in options if isinstance(item, type) and item.__name__.endswith("Args")]
    return _plain((objects or options)[0])


def _is_wrapper(hint: Any) -> bool:
    return typing.get_origin(hint) in {pulumi.Output, collections.abc.Awaitable} or getattr(
        hint, "__name__", ""
    ).endswith("ArgsDict")


@pytest.mark.parametrize("token", sorted(token for token in SPECS if token.startswith("aws:")))
def test_every_input_of_the_sdk_is_mapped(token: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / SCALARS[str]).write_text("what an input that names a file finds")
    monkeypatch.chdir(tmp_path)
    unused: list[str] = []
    monkeypatch.setattr(Context, "_previewed", lambda *_: None)
    monkeypatch.setattr(provider, "_all_used", lambda context: unused.extend(set(context.inputs) - context.taken))

    def previewed() -> str:
        try:
            Aws(None).preview(Request(token, "sample", sample_inputs(token)))  # type: ignore[arg-type] # nothing is called
        except Refusal as refusal:
            return str(refusal)
        return ""

    assert previewed() == ""
    assert unused == []


@pytest.mark.parametrize("token", sorted(token for token in SPECS if token.startswith("aws:")))
def test_what_a_specification_names_exists(token: str) -> None:
    inputs, outputs = sample_inputs(token), sdk.outputs_of(token)
    spec = SPECS[token]
    assert not [name for name in spec.outputs if name not in outputs]
    assert not [
        name for name in spec.ignored if name not in inputs and name not in {"overrideProvider", "timeouts", "tagsAll"}
    ]
