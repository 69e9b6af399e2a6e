"""Collects what is wrong with a stack file, and puts pydantic's refusals into words for people."""

from collections.abc import Iterable
from typing import Any

from pydantic_core import ErrorDetails

from mcp_ops.errors import Offence, Offences
from settings_secrets import is_secret_place
from settings_types import RULE
from settings_words import NAMESPACE, Path, counted, dotted, nearest, said

HIDDEN = "(hidden)"
"""Stands in an error line for a value that may be a secret."""

RULES = {
    "bool_type": "is neither true nor false",
    "dict_type": "is not a group of keys",
    "greater_than_equal": "is too small; at least {ge}",
    "int_from_float": "is not a whole number",
    "int_type": "is not a whole number",
    "less_than_equal": "is too large; at most {le}",
    "literal_error": "is not offered; use {expected}",
    "model_type": "is not a group of keys",
    "multiple_of": "is not a multiple of {multiple_of}",
    "string_too_long": "is too long; at most {max_length} characters",
    "string_too_short": "is empty",
    "string_type": "is not text; write it in quotes",
    "too_long": "has {entries}; at most {max_length}",
    "too_short": "has {entries}; at least {min_length}",
    "tuple_type": "is not a list",
    RULE: "{rule}",
}
"""Rule by pydantic's error type."""


class Findings:
    """Everything that is wrong with a stack file: one line per path, secrets never shown."""

    def __init__(self, file: str, encrypted: Iterable[str] = ()) -> None:
        """`file` begins every line; values under the top-level keys `encrypted` are never shown."""
        self._offences = Offences(f"{file}: ")
        self._encrypted = set(encrypted)
        self._noted: set[Path] = set()
        self._broken: set[Path] = set()

    def unknown(self, path: Path, known: Iterable[str]) -> None:
        """Notes a key that is no setting, with the nearest one that is; its value is left unsaid."""
        names = [_key((*path[:-1], name)) for name in known]
        self._add(path, path[:-1], _key(path), f"is not a setting{nearest(_key(path), names)}")

    def missing(self, path: Path) -> None:
        """Notes a required key that is not there."""
        self._broken.add(path)
        self._add(path, path[:-1], _key(path), "is missing")

    def secret(self, path: Path, kind: str) -> None:
        """Notes a value that looks like a secret."""
        way_out = f" and give its ARN under {dotted(path[:2])}.secrets" if path[0] == "servers" else ""
        rule = f"looks like {kind} in plain text; keep it in the secret store (AWS Secrets Manager){way_out}"
        self._add(path, path, HIDDEN, rule)

    def wrong(self, path: Path, value: object, rule: str, where: Path | None = None) -> None:
        """Notes a value that breaks the rule of its own field; it stands at `where` if not at `path`."""
        self._broken.add(path)
        self._add(path, path if where is None else where, value, rule)

    def check(self, holds: object, path: Path, value: object, rule: str, *also: Path) -> None:
        """Notes the value at `path` unless `holds`.

        Silent when that value is already known to be wrong, or one at `also` that `holds` depends on.
        """
        if not holds and self._is_sound(path, *also):
            self._add(path, path, value, rule)

    def adopt(self, offences: Iterable[Offence], path: Path, *also: Path) -> None:
        """Notes what a check of the library found at `path`, or at the key below it that the offence names."""
        for offence in offences:
            place = (*path, offence.where) if offence.where else path
            self.check(None, place, offence.value, offence.rule, *also)

    def require(self, holds: object, path: Path, rule: str, *also: Path) -> None:
        """Notes that the key at `path` is missing unless `holds`; `rule` says why it is needed."""
        if not holds and self._is_sound(path, *also):
            self._add(path, path[:-1], _key(path), f"is missing; {rule}")

    def refuse(self) -> None:
        """Raises `InputError` with everything noted; does nothing when nothing was."""
        self._offences.refuse()

    def _is_sound(self, *paths: Path) -> bool:
        return not any(_touch(path, broken) for path in paths for broken in self._broken)

    def _add(self, path: Path, where: Path, value: object, rule: str) -> None:
        if path in self._noted:
            return
        self._noted.add(path)
        private = where == path and (path[0] in self._encrypted or is_secret_place(path))
        self._offences.add(dotted(where) or "config", HIDDEN if private else said(value), rule)


def rule_of(error: ErrorDetails) -> str:
    """Returns the rule that an error of pydantic stands for."""
    context: dict[str, Any] = dict(error.get("ctx", {}))
    if "expected" in context:
        context["expected"] = context["expected"].replace("'", "")
    for name, bound in context.items():
        context[name] = int(bound) if isinstance(bound, float) and bound.is_integer() else bound
    if "actual_length" in context:
        context["entries"] = counted(context["actual_length"])
    return RULES.get(error["type"], "is refused: {message}").format(message=error["msg"], **context)


def _key(path: Path) -> str:
    return f"{NAMESPACE}:{path[0]}" if len(path) == 1 else str(path[-1])


def _touch(one: Path, other: Path) -> bool:
    shorter = min(len(one), len(other))
    return one[:shorter] == other[:shorter]
