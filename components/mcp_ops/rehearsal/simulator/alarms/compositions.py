"""Rules of composite alarms: `ALARM("a") AND NOT (OK("b") OR INSUFFICIENT_DATA("c"))`."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mcp_ops.rehearsal.simulator.alarms.states import ALARM, INSUFFICIENT_DATA, OK
from mcp_ops.rehearsal.simulator.errors import Refusal

STATES = (ALARM, OK, INSUFFICIENT_DATA)
TERM = re.compile(
    r"\s*(?:(?P<state>ALARM|OK|INSUFFICIENT_DATA)\s*\(\s*(?:\"(?P<quoted>[^\"]+)\"|(?P<bare>[^\s\"()]+))\s*\)"
    r"|(?P<word>AND|OR|NOT|TRUE|FALSE)\b|(?P<bracket>[()]))",
    re.IGNORECASE,
)
LONGEST = 10_240
"""Characters of a rule (API reference of PutCompositeAlarm)."""
MOST_ALARMS = 100
"""Alarms that one rule may refer to (API reference of PutCompositeAlarm)."""
Node = Callable[[Mapping[str, str]], bool]


@dataclass(frozen=True)
class Composition:
    """A parsed rule."""

    text: str
    names: frozenset[str]
    """Alarms that it refers to; of an ARN, the name in it."""
    _node: Node

    def holds(self, states: Mapping[str, str]) -> bool:
        """Whether the rule is true of the given states by name."""
        return self._node(states)


def composed(text: str) -> Composition:
    """Returns a rule.

    Raises:
        Refusal: it is malformed, too long, or refers to too many alarms.
    """
    if len(text) > LONGEST:
        raise Refusal(f"alarm rule of {len(text)} characters: AWS takes {LONGEST}")
    parser = _Parser(text)
    node = parser.whole()
    if len(parser.names) > MOST_ALARMS:
        raise Refusal(f"alarm rule refers to {len(parser.names)} alarms: AWS takes {MOST_ALARMS}")
    return Composition(text, frozenset(parser.names), node)


class _Parser:
    def __init__(self, text: str) -> None:
        self._text = text.strip()
        self._position = 0
        self.names: set[str] = set()

    def whole(self) -> Node:
        node = self._either()
        if self._position < len(self._text):
            raise self._wrong()
        return node

    def _wrong(self) -> Refusal:
        return Refusal(f"alarm rule {self._text}: cannot be read from {self._text[self._position :] or 'its end'!r} on")

    def _term(self) -> re.Match[str]:
        found = TERM.match(self._text, self._position)
        if found is None:
            raise self._wrong()
        self._position = found.end()
        return found

    def _follows(self, word: str) -> bool:
        found = TERM.match(self._text, self._position)
        if found is None or (found["word"] or "").upper() != word:
            return False
        self._position = found.end()
        return True

    def _either(self) -> Node:
        parts = [self._both()]
        while self._follows("OR"):
            parts.append(self._both())
        return lambda states: any(part(states) for part in parts)

    def _both(self) -> Node:
        parts = [self._negated()]
        while self._follows("AND"):
            parts.append(self._negated())
        return lambda states: all(part(states) for part in parts)

    def _negated(self) -> Node:
        if self._follows("NOT"):
            inside = self._negated()
            return lambda states: not inside(states)
        before = self._position
        found = self._term()
        if found["bracket"] == "(":
            return self._bracketed()
        if found["state"]:
            return self._state(found)
        word = (found["word"] or "").upper()
        if word not in {"TRUE", "FALSE"}:
            self._position = before
            raise self._wrong()
        return lambda _: word == "TRUE"

    def _bracketed(self) -> Node:
        inside = self._either()
        before = self._position
        if self._position >= len(self._text) or self._term()["bracket"] != ")":
            self._position = before
            raise self._wrong()
        return inside

    def _state(self, found: re.Match[str]) -> Node:
        name = alarm_name(found["quoted"] or found["bare"])
        wanted = found["state"].upper()
        self.names.add(name)
        return lambda states: states[name] == wanted


def alarm_name(reference: str) -> str:
    """Returns the name in an alarm's ARN, or the name itself."""
    return reference.split(":", 6)[6] if reference.startswith("arn:") else reference
