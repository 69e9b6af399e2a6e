"""What a tool says about wrong arguments: each argument and the rule it breaks, never the value that was sent."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final, get_args

from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_core.core_schema import ErrorType

_QUOTING: Final = frozenset(
    {
        "bytes_invalid_encoding", "get_attribute_error", "iteration_error", "json_invalid", "mapping_type",
        "timezone_offset", "url_parsing", "url_syntax_violation", "uuid_parsing",
    }
)  # fmt: skip
"""Errors of pydantic whose text goes on, after the first comma or colon, with a piece of the input."""
_AUTHORED: Final = frozenset({"value_error", "assertion_error"})
"""Errors whose text is the server author's."""
_PYDANTIC: Final = frozenset(get_args(ErrorType)) - _AUTHORED
_MAX_PROBLEMS: Final = 20


def refusal(tool: str, error: ValidationError, schema: Mapping[str, Any]) -> str:
    """Returns the text of the tool error, one line for each argument that was refused, at most 20.

    Args:
        tool: Name of the tool.
        error: What validating the arguments raised.
        schema: The tool's input schema; only names that stand in it are repeated.
    """
    known = set(_property_names(schema))
    problems = [f"- {_argument(each['loc'], known)}: {_rule(each, known)}" for each in error.errors(include_url=False)]
    lines = [f"Wrong arguments for tool {tool}:", *problems[:_MAX_PROBLEMS]]
    if len(problems) > _MAX_PROBLEMS:
        lines.append(f"- and {len(problems) - _MAX_PROBLEMS} more")
    return "\n".join(lines)


def _property_names(schema: object) -> Iterator[str]:
    """Yields the name of every property, at any depth."""
    if isinstance(schema, Mapping):
        properties = schema.get("properties")
        if isinstance(properties, Mapping):
            yield from properties
        for value in schema.values():
            yield from _property_names(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from _property_names(value)


def _argument(location: tuple[int | str, ...], known: set[str]) -> str:
    """Returns `items[2].price`; a key that the caller made up is shown as `*`, the whole as `arguments`."""
    parts = [f"[{part}]" if isinstance(part, int) else f".{part if part in known else '*'}" for part in location]
    return "".join(parts).removeprefix(".") or "arguments"


def _rule(error: ErrorDetails, known: set[str]) -> str:
    """Returns the rule that the value breaks, without the value."""
    kind, text = error["type"], error["msg"]
    if kind == "union_tag_invalid":
        return f"Input tag should be one of {error['ctx']['expected_tags']}"
    if kind in _QUOTING:
        return re.split("[,:]", text, maxsplit=1)[0]
    if kind in _PYDANTIC:
        return text
    written = text.removeprefix("Value error, ").removeprefix("Assertion failed, ")
    return "is not accepted by this tool" if _quotes(written, error["input"], known) or not written else written


def _quotes(text: str, value: object, known: set[str]) -> bool:
    """Tells whether the text repeats any part of the value, as it is or as `repr` writes it, in any case."""
    text = text.casefold()
    pieces = (piece for leaf in _leaves(value, known) for piece in (leaf.strip(), repr(leaf)[1:-1]))
    return any(piece and piece.casefold() in text for piece in pieces)


def _leaves(value: object, known: set[str]) -> Iterator[str]:
    """Yields each text and number in the value, also the keys that the caller made up."""
    if isinstance(value, Mapping):
        yield from (key for key in value if key not in known)
        value = list(value.values())
    if isinstance(value, list):
        for item in value:
            yield from _leaves(item, known)
    elif value is not None and not isinstance(value, bool):
        yield str(value)
