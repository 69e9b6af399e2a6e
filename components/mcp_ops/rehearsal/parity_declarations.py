"""What a project says about its stacks in `parity.yaml`: which values name a stack, and which differences are right."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcp_ops.errors import Offences
from mcp_ops.rehearsal.project import read_mapping

FILE = "parity.yaml"
"""The one place where a project declares its permitted differences."""

_IDENTIFYING, _PERMITTED = "identifying", "permitted"


@dataclass(frozen=True)
class Permission:
    """One declared difference: the places where it may occur, and why it is right."""

    where: str
    """A place as the report names it; `*` stands for any text."""
    reason: str

    def covers(self, place: str) -> bool:
        """Tells whether a difference at `place` is permitted."""
        return re.fullmatch(re.escape(self.where).replace(r"\*", ".*"), place) is not None


@dataclass(frozen=True)
class Declarations:
    """What `parity.yaml` says; a project without one permits nothing."""

    identifying: Mapping[str, str] = field(default_factory=dict)
    """Configuration path -> what it is. Its values name a stack, and count as equal in inputs."""
    permitted: tuple[Permission, ...] = ()


def read_declarations(directory: Path) -> Declarations:
    """Reads the `parity.yaml` of a project.

    Raises:
        InputError: it is malformed, has an unknown key, or declares something without a reason.
    """
    file = directory / FILE
    if not file.is_file():
        return Declarations()
    document = read_mapping(file)
    offences = Offences(f"{FILE}: ")
    for key in document:
        rule = f"is no known key; use {_IDENTIFYING} or {_PERMITTED}"
        offences.check(key in {_IDENTIFYING, _PERMITTED}, str(key), document[key], rule)
    identifying = _identifying(document.get(_IDENTIFYING) or {}, offences)
    permitted = tuple(_permitted(document.get(_PERMITTED) or [], offences))
    offences.refuse()
    return Declarations(identifying, permitted)


def _identifying(entries: Any, offences: Offences) -> dict[str, str]:
    if not isinstance(entries, Mapping):
        offences.add(_IDENTIFYING, entries, "is no mapping of configuration paths to what they are")
        return {}
    for path, meaning in entries.items():
        offences.check(_is_text(meaning), f"{_IDENTIFYING}.{path}", meaning, "does not say what the value is")
    return {str(path): str(meaning) for path, meaning in entries.items()}


def _permitted(entries: Any, offences: Offences) -> Iterator[Permission]:
    if not isinstance(entries, list):
        offences.add(_PERMITTED, entries, "is no list of differences")
        return
    for index, entry in enumerate(entries):
        place = f"{_PERMITTED}[{index}]"
        if not isinstance(entry, Mapping) or set(entry) != {"where", "reason"}:
            offences.add(place, entry, "is no difference; it takes `where` and `reason`, and nothing else")
            continue
        reason, where = entry["reason"], entry["where"]
        wheres = where if isinstance(where, list) else [where]
        offences.check(_is_text(reason), f"{place}.reason", reason, "is no reason; say why the stacks must differ here")
        sound = wheres and all(map(_is_text, wheres))
        offences.check(sound, f"{place}.where", where, "is no place, nor a list of places")
        yield from (Permission(str(each), str(reason)) for each in wheres)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())
