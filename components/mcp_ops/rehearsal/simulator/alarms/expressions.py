"""Metric math: the operators and functions that alarms use, over datapoints of equal periods."""

import math
import operator
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp_ops.rehearsal.simulator.errors import Refusal

Points = list[float | None]
"""One datapoint a period, oldest first; None where there is none."""
Value = float | Points | list[Points]
"""A number, a time series, or an array of time series."""

TOKEN = re.compile(r"\s*(?:\d+(?:\.\d+)?(?:[eE][-+]?\d+)?|\.\d+|[A-Za-z]\w*|<=|>=|==|!=|&&|\|\||\S)")
LEVELS: Sequence[Mapping[str, Callable[[float, float], float]]] = (
    {"OR": lambda a, b: float(bool(a) or bool(b)), "||": lambda a, b: float(bool(a) or bool(b))},
    {"AND": lambda a, b: float(bool(a) and bool(b)), "&&": lambda a, b: float(bool(a) and bool(b))},
    {"==": lambda a, b: float(a == b), "!=": lambda a, b: float(a != b)},
    {
        "<": lambda a, b: float(a < b),
        "<=": lambda a, b: float(a <= b),
        ">": lambda a, b: float(a > b),
        ">=": lambda a, b: float(a >= b),
    },
    {"+": operator.add, "-": operator.sub},
    {"*": operator.mul, "/": operator.truediv},
)
"""Binary operators by precedence, lowest first; `^` binds tighter and is read apart."""


@dataclass(frozen=True)
class Expression:
    """A parsed expression."""

    text: str
    ids: frozenset[str]
    """Queries that it refers to."""
    _node: Any

    def value(self, queries: Mapping[str, Points], length: int) -> Points:
        """Returns its time series over series of the same length.

        Raises:
            Refusal: the expression yields no single time series.
        """
        result = self._node(queries)
        if isinstance(result, list) and result and isinstance(result[0], list):
            raise Refusal(f"expression {self.text}: yields more than one time series; an alarm watches one")
        return result if isinstance(result, list) else [result] * length


Node = Callable[[Mapping[str, Points]], Any]


def parsed(text: str) -> Expression:
    """Returns an expression.

    Raises:
        Refusal: it is malformed, or uses what is not modelled.
    """
    return _Parser(text).expression()


class _Parser:
    """Recursive descent, one token ahead."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._ids: set[str] = set()
        self._tokens = list(_tokens(text))
        self._next = 0

    def expression(self) -> Expression:
        node = self._level(0)
        if self._peek():
            raise self._wrong(f"{self._peek()} is unexpected")
        return Expression(self._text, frozenset(self._ids), node)

    def _wrong(self, rule: str) -> Refusal:
        return Refusal(f"expression {self._text}: {rule}")

    def _peek(self) -> str:
        return self._tokens[self._next] if self._next < len(self._tokens) else ""

    def _take(self, wanted: str = "") -> str:
        token = self._peek()
        if wanted and token != wanted:
            raise self._wrong(f"{token or 'its end'} stands where {wanted} is wanted")
        self._next += 1
        return token

    def _level(self, level: int) -> Node:
        if level == len(LEVELS):
            return self._power()
        left = self._level(level + 1)
        while self._peek() in LEVELS[level]:
            sign = LEVELS[level][self._take()]
            left = _binary(sign, left, self._level(level + 1))
        return left

    def _power(self) -> Node:
        base = self._unary()
        if self._peek() == "^":
            self._take()
            return _binary(operator.pow, base, self._power())
        return base

    def _unary(self) -> Node:
        if self._peek() == "-":
            self._take()
            return _binary(operator.mul, lambda _: -1.0, self._unary())
        return self._primary()

    def _primary(self) -> Node:
        token = self._take()
        if token in {"(", "["}:
            return self._group() if token == "(" else self._array()  # noqa: S105 - a bracket
        if token[:1].isdigit() or token[:1] == ".":
            number = float(token)
            return lambda _: number
        if self._peek() == "(":
            return self._call(token)
        if not token[:1].islower():
            raise self._wrong(f"{token or 'its end'} stands where a value is wanted")
        self._ids.add(token)
        return lambda queries: queries[token]

    def _group(self) -> Node:
        inside = self._level(0)
        self._take(")")
        return inside

    def _array(self) -> Node:
        parts = self._arguments("]")
        return lambda queries: [part(queries) for part in parts]

    def _arguments(self, end: str) -> list[Node]:
        parts = [self._level(0)]
        while self._peek() == ",":
            self._take()
            parts.append(self._level(0))
        self._take(end)
        return parts

    def _call(self, name: str) -> Node:
        self._take("(")
        if name == "FILL":
            return self._fill()
        if name not in FUNCTIONS:
            raise self._wrong(f"{name} is not simulated; FILL, {', '.join(FUNCTIONS)} are")
        counts, function = FUNCTIONS[name]
        parts = self._arguments(")")
        if len(parts) not in counts:
            raise self._wrong(f"{name} takes {' or '.join(map(str, counts))} arguments, not {len(parts)}")
        return lambda queries: function(*(part(queries) for part in parts))

    def _fill(self) -> Node:
        inside = self._level(0)
        self._take(",")
        if self._peek() == "REPEAT":
            self._take()
            self._take(")")
            return lambda queries: _repeated(_series(inside(queries)))
        filler = self._level(0)
        self._take(")")
        return lambda queries: _filled(_series(inside(queries)), filler(queries))


def _tokens(text: str) -> Iterator[str]:
    position = 0
    stripped = text.rstrip()
    while position < len(stripped):
        found = TOKEN.match(stripped, position)
        if found is None:  # pragma: no cover - any character that is no space is a sign
            raise Refusal(f"expression {text}: {stripped[position:]} cannot be read")
        yield found.group().strip()
        position = found.end()


def _binary(sign: Callable[[float, float], float], left: Node, right: Node) -> Node:
    return lambda queries: _each(sign, left(queries), right(queries))


def _each(sign: Callable[[float, float], float], left: Any, right: Any) -> Any:
    """Applies an operator period by period; a period where one side has no datapoint has none."""
    if not isinstance(left, list):
        if not isinstance(right, list):
            return _finite(sign, left, right)
        left = [left] * len(right)
    elif not isinstance(right, list):
        right = [right] * len(left)
    return [_finite(sign, first, second) for first, second in zip(left, right, strict=True)]


def _finite(sign: Callable[[float, float], float], left: float | None, right: float | None) -> float | None:
    """Returns a result; None where there is none: CloudWatch drops a datapoint that divides by zero."""
    if left is None or right is None:
        return None
    try:
        result: float = sign(left, right)
    except (ZeroDivisionError, OverflowError):
        return None
    return result if math.isfinite(result) else None


def _series(value: Any) -> Points:
    if not isinstance(value, list) or (value and isinstance(value[0], list)):
        raise Refusal("FILL takes one time series")
    return value


def _filled(points: Points, filler: Any) -> Points:
    others = filler if isinstance(filler, list) else [filler] * len(points)
    return [other if point is None else point for point, other in zip(points, others, strict=True)]


def _repeated(points: Points) -> Points:
    last: float | None = None
    return [last := (last if point is None else point) for point in points]


def _chosen(condition: Any, yes: Any, no: Any = None) -> Any:
    if not isinstance(condition, list):
        return None if condition is None else (yes if condition else no)
    columns = [value if isinstance(value, list) else [value] * len(condition) for value in (yes, no)]
    rows = zip(condition, *columns, strict=True)
    return [None if test is None else (a if test else b) for test, a, b in rows]


def _reduced(function: Callable[[Sequence[float]], float]) -> Callable[[Any], Any]:
    """SUM and its like, of an array: period by period. Of one series they are a number that depends on the range."""

    def reduce(value: Any) -> Any:
        if not isinstance(value, list) or not value or not isinstance(value[0], list):
            raise Refusal("SUM, AVG, MIN and MAX of anything but an array of time series are not simulated")
        columns = zip(*value, strict=True)
        return [function(found) if (found := _present(column)) else None for column in columns]

    return reduce


def _present(points: Sequence[float | None]) -> list[float]:
    return [point for point in points if point is not None]


def _elementwise(function: Callable[[float], float]) -> Callable[[Any], Any]:
    return lambda value: _each(lambda each, _: function(each), value, 0.0)


FUNCTIONS: Mapping[str, tuple[tuple[int, ...], Callable[..., Any]]] = {
    "IF": ((2, 3), _chosen),
    "SUM": ((1,), _reduced(math.fsum)),
    "AVG": ((1,), _reduced(lambda found: math.fsum(found) / len(found))),
    "MIN": ((1,), _reduced(min)),
    "MAX": ((1,), _reduced(max)),
    "ABS": ((1,), _elementwise(abs)),
    "CEIL": ((1,), _elementwise(lambda value: float(math.ceil(value)))),
    "FLOOR": ((1,), _elementwise(lambda value: float(math.floor(value)))),
}
