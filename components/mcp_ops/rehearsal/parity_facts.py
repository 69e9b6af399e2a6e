"""What can be compared between two stacks: each key of the configuration, each resource, option and input, by place."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.parity_words import (
    Text,
    dotted,
    masking,
    neutralizer,
    parsed,
    parsed_config,
    reference_words,
    sources_of,
)
from mcp_ops.rehearsal.project import Project
from mcp_ops.rehearsal.record import Registration, Run

IDENTIFIERS = ("name", "Name", "sid", "Sid", "key", "Key", "id", "Id")
"""Members by which an entry of a list is known, in order of preference; without one, its contents are its identity."""
ORDERED = frozenset({"command", "entryPoint"})
"""Lists whose order counts. AWS treats the others as sets, or the program builds them in one order everywhere."""


class Place(NamedTuple):
    """Where a fact stands: a configuration key, or a resource by its role in the tree and something of it."""

    kind: str
    """`config`, `resource`, `option` or `input`."""
    path: tuple[str, ...]
    """Keys of the configuration, or types and logical names from the top of the tree down."""
    detail: tuple[str, ...] = ()
    """Way to the value in the resource's inputs, or the name of an option."""

    def __str__(self) -> str:
        """The place as reports and declarations name it: `input Network:mcp/Vpc:mcp-vpc cidrBlock`."""
        path = dotted(self.path) if self.kind == "config" else "/".join(self.path)
        return " ".join(filter(None, (self.kind, path, dotted(self.detail))))

    def above(self) -> Iterator["Place"]:
        """Yields the places without which this one cannot be."""
        kind = "config" if self.kind == "config" else "resource"
        for depth in range(1, len(self.path) + (self.kind in {"option", "input"})):
            yield Place(kind, self.path[:depth])
        for depth in range(1, len(self.detail)):
            yield Place(self.kind, self.path, self.detail[:depth])


@dataclass(frozen=True)
class Branch:
    """Something with parts that are facts of their own: two branches are equal, whatever they hold."""

    shown: Any = field(default="present", compare=False)


@dataclass(frozen=True)
class Leaf:
    """A value: as it stands in the stack, and with what names the stack taken out."""

    shown: Any
    neutral: str


Fact = Branch | Leaf
Facts = dict[Place, Fact]


def facts_of(project: Project, run: Run, identifying: Mapping[str, str]) -> Facts:
    """Returns everything about a stack that must be equal in the others. No value of a secret is among them."""
    config = parsed_config(project)
    facts: Facts = dict(_config_facts((), config))
    neutral = neutralizer(project, config, identifying)
    masked = masking(project, config)
    by_urn = run.by_urn()
    paths = _tree_paths(run, neutral)
    for item in run.registrations:
        place = Place("resource", paths[item.urn])
        facts[place] = Branch()
        for name, value in _options(item).items():
            facts[Place("option", place.path, (name,))] = Leaf(value, neutral(str(value)))
        for name, value in item.inputs.items():
            shown = _worded(wire.shown(value), reference_words(sources_of(item, name, by_urn), masked))
            facts.update(_input_facts(Place("input", place.path, (name,)), shown, neutral))
    return facts


def _config_facts(path: tuple[str, ...], value: Any) -> Iterator[tuple[Place, Fact]]:
    """Yields each key once: stacks have the same keys, and different values."""
    if path:
        yield Place("config", path), Branch()
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _config_facts((*path, str(key)), item)
    elif isinstance(value, list):
        for item in value:
            if isinstance(item, Mapping):
                yield from _config_facts((*path, "[]"), item)


def _options(item: Registration) -> dict[str, Any]:
    return {
        "protect": item.protect,
        "retain_on_delete": item.retain_on_delete,
        "ignore_changes": sorted(item.ignore_changes),
        "provider": item.provider.rsplit("::", 1)[-1],
    }


def _tree_paths(run: Run, neutral: Text) -> dict[str, tuple[str, ...]]:
    """Returns each registration's role in the tree: types and logical names from the top down."""
    paths: dict[str, tuple[str, ...]] = {}
    taken: set[tuple[str, ...]] = set()
    for item in run.registrations:
        above = paths.get(item.parent, ())
        path = (*above, neutral(f"{item.type.rsplit(':', 1)[-1]}:{item.name}"))
        if path in taken:  # two types of one name, such as the listeners of two services
            path = (*above, neutral(f"{item.type}:{item.name}"))
        taken.add(path)
        paths[item.urn] = path
    return paths


def _input_facts(place: Place, value: Any, neutral: Text) -> Iterator[tuple[Place, Fact]]:
    parts = _parts(value, place.detail[-1])
    if parts is None:
        yield place, Leaf(value, _canonical(_worded(value, neutral), place.detail[-1]))
        return
    yield place, Branch(value)
    for key, item in parts:
        yield from _input_facts(place._replace(detail=(*place.detail, neutral(key))), item, neutral)


def _parts(value: Any, name: str) -> list[tuple[str, Any]] | None:
    """Returns the parts of a group, or of a list of groups; None for everything that is compared as a whole."""
    if isinstance(value, Mapping) and value:
        return [(str(key), item) for key, item in value.items()]
    if not isinstance(value, list) or not value or name in ORDERED or not all(isinstance(e, Mapping) for e in value):
        return None
    for identifier in IDENTIFIERS:
        names = [entry.get(identifier) for entry in value]
        if all(isinstance(each, str) for each in names) and len(set(names)) == len(names):
            return [(f"[{each}]", entry) for each, entry in zip(names, value, strict=True)]
    return [(f"[{index}]", entry) for index, entry in enumerate(sorted(value, key=lambda e: _canonical(e, name)))]


def _canonical(value: Any, name: str) -> str:
    """Returns a value as text that is equal for equal values: keys sorted, and lists unless their order counts."""

    def ordered(item: Any, of: str) -> Any:
        if isinstance(item, Mapping):
            return {key: ordered(each, key) for key, each in sorted(item.items())}
        if isinstance(item, list):
            entries = [ordered(each, of) for each in item]
            return entries if of in ORDERED else sorted(entries, key=lambda each: json.dumps(each, default=str))
        return item

    return json.dumps(ordered(value, name), default=str)


def _worded(value: Any, words: Text) -> Any:
    """Returns a value with `words` applied to every text in it; a JSON document in a text becomes what it says."""
    if isinstance(value, str):
        document = parsed(value)
        return words(value) if isinstance(document, str) else _worded(document, words)
    if isinstance(value, Mapping):
        return {words(str(key)): _worded(item, words) for key, item in value.items()}
    return [_worded(item, words) for item in value] if isinstance(value, list) else value
