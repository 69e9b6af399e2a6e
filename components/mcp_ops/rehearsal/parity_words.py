"""Words for values: where one came from, what it is to the stack, or that it is secret.

An id that AWS made up becomes the resource and output that it came from; a value that names the stack becomes its path
in the configuration. Two stacks whose words are equal are wired alike.
"""

import ipaddress
import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.project import Project
from mcp_ops.rehearsal.record import Registration

PLAIN_OUTPUTS = frozenset({"region", "tags", "tagsAll"})
"""Outputs whose words mean the same wherever they occur, so that they say nothing about where a value came from."""
SHORTEST_REFERENCE = 6
"""Outputs below this many characters (`1`, `ACTIVE`) say nothing about where a value came from."""

_NETWORK = re.compile(r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}/\d{1,2}(?!\d)")

Text = Callable[[str], str]


def config_values(config: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yields every value of a configuration as text, with its path; entries of a list share the path of the list."""
    for place, value in _values((), config):
        yield dotted(place), str(value)


def parsed_config(project: Project) -> dict[str, Any]:
    """Returns a project's configuration with its groups and lists as such."""
    return {key: parsed(value) for key, value in project.config.items()}


def _values(path: tuple[str, ...], value: Any) -> Iterator[tuple[tuple[str, ...], Any]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from _values((*path, str(key)), item)
    elif isinstance(value, list):
        for item in value:
            yield from _values(path, item)
    else:
        yield path, value


def sources_of(item: Registration, name: str, by_urn: Mapping[str, Registration]) -> list[Registration]:
    """Returns the resources that an input's value comes from, also through resources that only hand a text on."""
    found: dict[str, Registration] = {}

    def follow(holder: Registration, key: str) -> None:
        for urn in holder.property_dependencies.get(key, ()):
            source = by_urn.get(urn)
            if source is None or urn in found:
                continue
            found[urn] = source
            for given, value in source.inputs.items():
                if isinstance(value, str):
                    follow(source, given)

    follow(item, name)
    return list(found.values())


def reference_words(sources: list[Registration], masked: Text) -> Text:
    """Returns a function that says where a value came from, for values that the program got from other resources."""
    found: dict[str, str] = {}
    for source in sources:
        label = f"{source.type.rsplit(':', 1)[-1]} {source.name}"
        given = {value for _, value in _values((), wire.shown(source.inputs)) if isinstance(value, str)}
        outputs = {
            "id": source.id,
            **{key: source.outputs[key] for key in sorted(source.outputs.keys() - PLAIN_OUTPUTS)},
        }
        for path, value in _values((), wire.shown(outputs)):
            if isinstance(value, str) and len(value) >= SHORTEST_REFERENCE and value not in given:
                found.setdefault(value, f"<{label} {dotted(path)}>")
    replaced = _replacing(found)
    return lambda text: masked(replaced(text))


def masking(project: Project, config: Mapping[str, Any]) -> Text:
    """Returns a function that takes the values of the configuration's secrets out of a text."""
    secrets = {key: config[key] for key in project.secrets if key in config}
    return _replacing({value: wire.SECRET_SHOWN for _, value in config_values(secrets) if value})


def neutralizer(project: Project, config: Mapping[str, Any], identifying: Mapping[str, str]) -> Text:
    """Returns a function that puts the names of configuration paths in the place of what names this stack."""
    plain = {key: value for key, value in config.items() if key not in project.secrets}
    own = f"{project.name}:"
    named = {
        value: f"<{path.removeprefix(own)}>" for path, value in config_values(plain) if path in identifying and value
    }
    networks = {
        ipaddress.IPv4Network(value): stand_in for value, stand_in in named.items() if _NETWORK.fullmatch(value)
    }
    replaced = _replacing(named)

    def relative(match: re.Match[str]) -> str:
        """Returns an address range by its position in the network that the stack owns: subnets are laid out alike."""
        try:
            part = ipaddress.IPv4Network(match.group())
        except ValueError:
            return match.group()
        for network, stand_in in networks.items():
            if part != network and part.subnet_of(network):
                offset = ipaddress.IPv4Address(int(part.network_address) - int(network.network_address))
                return f"{stand_in}+{offset}/{part.prefixlen}"
        return match.group()

    return lambda text: replaced(_NETWORK.sub(relative, text) if networks else text)


def _replacing(words: Mapping[str, str]) -> Text:
    """Returns a function that replaces whole words, the longest first."""
    if not words:
        return lambda text: text
    longest = sorted(words, key=lambda word: (-len(word), word))
    pattern = re.compile(rf"(?<![A-Za-z0-9])(?:{'|'.join(map(re.escape, longest))})(?![A-Za-z0-9])")
    return lambda text: pattern.sub(lambda match: words[match.group()], text)


def parsed(value: str) -> Any:
    """Returns the group or list that a text holds as JSON; any other text as it stands."""
    if value[:1] not in {"{", "["}:
        return value
    try:
        return json.loads(value)
    except ValueError:
        return value


def dotted(parts: tuple[str, ...]) -> str:
    """Returns a way to a value as people write it: `rules[expire].days`."""
    return ".".join(parts).replace(".[", "[")
