"""Words for people: the nearest known name, and paths and values as they stand in a stack file."""

import difflib
import json
import re
from collections.abc import Iterable, Mapping, Sequence

from pydantic.alias_generators import to_camel

NAMESPACE = "mcp-ops"
"""Namespace of the program's keys in a stack file."""

Path = tuple[str | int, ...]
"""Way from the top of the settings to a value: keys, and positions in lists."""


def nearest(word: str, known: Iterable[str]) -> str:
    """Returns `; did you mean X?` for the known word nearest to `word`, or all of them when none is near."""
    words = list(known)
    plain = {_plain(each): each for each in words}  # min_tasks and min-tasks are near minTasks
    close = difflib.get_close_matches(_plain(word), plain, n=1, cutoff=0.5)
    return f"; did you mean {plain[close[0]]}?" if close else f"; known: {', '.join(words)}"


def dotted(path: Sequence[str | int]) -> str:
    """Returns a path the way people write it: `network.availabilityZones[1]`."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def in_camel_case(rule: str) -> str:
    """Returns a rule of a component with the names of its inputs as a stack file writes them."""
    return re.sub(r"[a-z]+(?:_[a-z]+)+", lambda word: to_camel(word[0]), rule)


def counted(number: int) -> str:
    """Returns `1 entry`, `2 entries`."""
    return f"{number} {'entry' if number == 1 else 'entries'}"


def said(value: object) -> str:
    """Returns a value as it stands in YAML; groups and lists in short, since they may hold anything."""
    if isinstance(value, Mapping):
        return "{...}" if value else "{}"
    if isinstance(value, tuple):  # from a valid list; a raw one may hold anything
        return f"[{','.join(map(said, value))}]"
    if isinstance(value, list):
        return "[...]" if value else "[]"
    if isinstance(value, str) and not _is_scalar(value):
        return value
    return json.dumps(value, default=str)


def _is_scalar(text: str) -> bool:
    """Tells whether YAML would read the bare text as something else than text."""
    try:
        return not isinstance(json.loads(text), str)
    except ValueError:
        return False


def _plain(word: str) -> str:
    return word.replace("_", "").replace("-", "").lower()
