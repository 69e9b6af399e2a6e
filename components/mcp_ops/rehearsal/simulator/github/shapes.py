"""Checks values against shapes: what GitHub's REST API documents of a parameter."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_ops.rehearsal.wire import Unknown


@dataclass(frozen=True)
class Text:
    """Text of a pattern or one of some choices."""

    pattern: str = r"[\s\S]*"
    choices: tuple[str, ...] = ()

    def problems(self, value: Any, where: str) -> Iterator[str]:
        """Yields what is wrong with a value."""
        if not isinstance(value, str):
            yield f"{where}: {value!r} is no text"
        elif self.choices and value not in self.choices:
            yield f"{where}: {value!r} is not one of {', '.join(self.choices)}"
        elif not re.fullmatch(self.pattern, value):
            yield f"{where}: {value!r} does not match {self.pattern}"


@dataclass(frozen=True)
class Whole:
    """A whole number."""

    lowest: int = 0
    highest: int = 2**53

    def problems(self, value: Any, where: str) -> Iterator[str]:
        """Yields what is wrong with a value."""
        if isinstance(value, bool) or not isinstance(value, int):
            yield f"{where}: {value!r} is no whole number"
        elif not self.lowest <= value <= self.highest:
            yield f"{where}: {value} is not from {self.lowest} to {self.highest}"


@dataclass(frozen=True)
class Flag:
    """True or false."""

    def problems(self, value: Any, where: str) -> Iterator[str]:
        """Yields what is wrong with a value."""
        if not isinstance(value, bool):
            yield f"{where}: {value!r} is neither true nor false"


@dataclass(frozen=True)
class Many:
    """A list."""

    item: "Shape"
    least: int = 0
    most: int = 1000

    def problems(self, value: Any, where: str) -> Iterator[str]:
        """Yields what is wrong with a value."""
        if not isinstance(value, list):
            yield f"{where}: {value!r} is no list"
            return
        if not self.least <= len(value) <= self.most:
            yield f"{where}: has {len(value)} entries; GitHub takes {self.least} to {self.most}"
        for index, item in enumerate(value):
            yield from checked(self.item, item, f"{where}[{index}]")


@dataclass(frozen=True)
class Group:
    """A structure."""

    fields: Mapping[str, "Shape"]
    required: tuple[str, ...] = ()
    unsupported: Mapping[str, str] = field(default_factory=dict)
    """Fields that GitHub knows and the simulation does not, each with the reason."""

    def problems(self, value: Any, where: str) -> Iterator[str]:
        """Yields what is wrong with a value."""
        if not isinstance(value, Mapping):
            yield f"{where}: {value!r} is no structure"
            return
        dot = f"{where}." if where else ""
        for key, item in value.items():
            if key in self.unsupported:
                yield f"{dot}{key}: is not simulated: {self.unsupported[key]}"
            elif key not in self.fields:
                yield f"{dot}{key}: is no parameter of GitHub's"
            elif item is not None:
                yield from checked(self.fields[key], item, f"{dot}{key}")
        yield from (f"{dot}{key}: is missing" for key in self.required if value.get(key) is None)


Shape = Text | Whole | Flag | Many | Group


def checked(shape: Shape, value: Any, where: str) -> Iterator[str]:
    """Yields what is wrong with a value; what is not known yet is passed over."""
    if not isinstance(value, Unknown):
        yield from shape.problems(value, where)
