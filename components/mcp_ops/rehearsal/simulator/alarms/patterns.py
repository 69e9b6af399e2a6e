"""Filter patterns of CloudWatch Logs: terms, and conditions on the fields of a JSON line.

What is not modelled (space-delimited patterns, regular expressions) is an error.
"""

import json
import re
from collections.abc import Callable, Mapping
from fnmatch import fnmatchcase
from typing import Any

from mcp_ops.rehearsal.simulator.errors import Refusal

Matcher = Callable[[str], bool]
Condition = Callable[[Any], bool]
MISSING = object()
"""Stands for a field that a line does not have."""

TERMS = re.compile(r'\s*([?-]?)(?:"((?:[^"\\]|\\.)*)"|([^\s"]+))')
TOKEN = re.compile(
    r'\s*(?:(?P<path>\$(?:\.[\w-]+|\[\d+\]|\[\'[^\']+\'\]|\["[^"]+"\])+)|(?P<quoted>"(?:[^"\\]|\\.)*")|(?P<sign>&&|\|\||!=|<=|>=|[=<>()])'
    r"|(?P<word>[^\s()=<>!&|\"$]+))"
)
STEP = re.compile(r"\.([\w-]+)|\[(\d+)\]|\['([^']+)'\]|\[\"([^\"]+)\"\]")
NUMERIC: Mapping[str, Callable[[float, float], bool]] = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}


def matcher(pattern: str) -> Matcher:
    """Returns a function that tells whether a pattern matches a log line.

    Raises:
        Refusal: it is malformed or not modelled.
    """
    text = pattern.strip()
    if text.startswith("["):
        raise Refusal(f"filter pattern {pattern}: space-delimited patterns are not simulated")
    if not text.startswith("{"):
        return _terms(text)
    if not text.endswith("}"):
        raise Refusal(f"filter pattern {pattern}: no }} at its end")
    condition = _Conditions(pattern, text[1:-1]).whole()

    def matches(line: str) -> bool:
        document = parsed_line(line)
        return isinstance(document, Mapping) and condition(document)

    return matches


def parsed_line(line: str) -> Any:
    """Returns the JSON document of a line; None where it is none."""
    try:
        return json.loads(line)
    except ValueError:
        return None


def field_of(document: Any, path: str) -> Any:
    """Returns what `$.a.b[0]` selects in a document; `MISSING` where nothing stands there."""
    for name, index, single, double in STEP.findall(path):
        if index:
            inside = isinstance(document, list) and int(index) < len(document)
            document = document[int(index)] if inside else MISSING
        else:
            key = name or single or double
            document = document[key] if isinstance(document, Mapping) and key in document else MISSING
    return document


def _terms(text: str) -> Matcher:
    """`a b`: both; `?a ?b`: one of them; `-a`: not that one. Terms are found anywhere, and case counts."""
    if "%" in text:
        raise Refusal(f"filter pattern {text}: regular expressions are not simulated")
    wanted: dict[str, list[str]] = {"": [], "?": [], "-": []}
    for sign, quoted, bare in TERMS.findall(text):
        wanted[sign].append(quoted or bare)
    return lambda line: (
        all(term in line for term in wanted[""])
        and not any(term in line for term in wanted["-"])
        # Beside a term that must be there, optional ones count for nothing.
        and (not wanted["?"] or bool(wanted[""]) or any(term in line for term in wanted["?"]))
    )


class _Conditions:
    """`$.level = "error" && ($.status >= 500 || $.reason NOT EXISTS)`: recursive descent; && binds tighter than ||."""

    def __init__(self, pattern: str, text: str) -> None:
        self._pattern = pattern
        self._tokens = list(self._read(text.strip()))

    def _read(self, text: str) -> list[tuple[str, str]]:
        tokens: list[tuple[str, str]] = []
        position = 0
        while position < len(text):
            found = TOKEN.match(text, position)
            if found is None:
                raise self._wrong(f"cannot be read from {text[position:]} on")
            kind = str(found.lastgroup)
            tokens.append((kind, found[kind]))
            position = found.end()
        return tokens

    def _wrong(self, rule: str) -> Refusal:
        return Refusal(f"filter pattern {self._pattern}: {rule}")

    def whole(self) -> Condition:
        condition = self._either()
        if self._tokens:
            raise self._wrong(f"{self._tokens[0][1]} is unexpected")
        return condition

    def _next(self) -> str:
        return self._tokens[0][1] if self._tokens else ""

    def _take(self, *kinds: str) -> str:
        if not self._tokens or self._tokens[0][0] not in kinds:
            raise self._wrong(f"{self._next() or 'its end'} stands where a {' or '.join(kinds)} is wanted")
        return self._tokens.pop(0)[1]

    def _either(self) -> Condition:
        parts = [self._both()]
        while self._next() == "||":
            self._take("sign")
            parts.append(self._both())
        return lambda document: any(part(document) for part in parts)

    def _both(self) -> Condition:
        parts = [self._single()]
        while self._next() == "&&":
            self._take("sign")
            parts.append(self._single())
        return lambda document: all(part(document) for part in parts)

    def _single(self) -> Condition:
        if self._next() == "(":
            self._take("sign")
            inside = self._either()
            if self._next() != ")":
                raise self._wrong("a ( is not closed")
            self._take("sign")
            return inside
        return self._comparison(self._take("path"))

    def _comparison(self, path: str) -> Condition:
        sign = self._take("sign", "word")
        if sign.upper() in {"IS", "NOT", "EXISTS"}:
            return self._existence(path, sign.upper())
        if sign not in NUMERIC:
            raise self._wrong(f"{sign} is no comparison")
        text = self._take("quoted", "word")
        if text.startswith("%"):
            raise self._wrong("regular expressions are not simulated")
        return _compared(path, sign, text)

    def _existence(self, path: str, word: str) -> Condition:
        if word == "EXISTS":
            return lambda document: field_of(document, path) is not MISSING
        what = self._take("word").upper()
        if (word, what) == ("NOT", "EXISTS"):
            return lambda document: field_of(document, path) is MISSING
        wanted = {"TRUE": True, "FALSE": False, "NULL": None}
        if word != "IS" or what not in wanted:
            raise self._wrong(f"{word} {what} is no condition")
        return lambda document: field_of(document, path) is wanted[what]


def _compared(path: str, sign: str, text: str) -> Condition:
    quoted = text.startswith('"')
    wanted = json.loads(text) if quoted else text
    number = None if quoted else _number(wanted)

    def holds(document: Any) -> bool:
        value = field_of(document, path)
        if value is MISSING:
            return False
        if number is not None:
            return _is_number(value) and NUMERIC[sign](float(value), number)
        same = isinstance(value, str) and fnmatchcase(value, _only_stars(wanted))
        return same == (sign == "=")

    return holds


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _only_stars(text: str) -> str:
    """Returns a pattern in which only `*` is special."""
    return re.sub(r"[\[?]", r"[\g<0>]", text)
