"""Policy variables, and wildcards that are kept apart from the same characters in values.

IAM User Guide, "IAM policy elements: Variables and tags".
"""

import re
from collections.abc import Callable

from mcp_ops.rehearsal.findings.patterns import ARN_PARTS, arn_parts, matches

_VARIABLE = re.compile(r"\$\{([^{}]*)\}")
_DEFAULT = re.compile(r"([^,]+?)\s*,\s*'(.*)'\s*", re.DOTALL)
_LITERAL = str.maketrans({"*": "\ue000", "?": "\ue001"})
_ESCAPED = {"*": "\ue000", "?": "\ue001", "$": "$"}

Lookup = Callable[[str], str | None]
"""Returns the value of a condition key as text, None when the request does not carry it."""


def shielded(text: str) -> str:
    """Returns a text whose `*` and `?` are no wildcards."""
    return text.translate(_LITERAL)


def expanded(text: str, lookup: Lookup) -> str | None:
    """Returns a pattern with its variables replaced; None when one has no value and no default.

    Values never act as wildcards.
    """
    found: list[str | None] = []

    def replaced(match: re.Match[str]) -> str:
        found.append(_value(match.group(1), lookup))
        return found[-1] or ""

    filled = _VARIABLE.sub(replaced, text)
    return None if None in found else filled


def _value(inner: str, lookup: Lookup) -> str | None:
    if inner in _ESCAPED:
        return _ESCAPED[inner]
    default = _DEFAULT.fullmatch(inner)
    value = lookup(default.group(1) if default else inner.strip())
    if value is None and default:
        value = default.group(2)
    return None if value is None else shielded(value)


def wildcard_matches(pattern: str, text: str) -> bool:
    """Tells whether an expanded pattern matches a text; letter case counts."""
    return matches(pattern, shielded(text))


def arn_matches(pattern: str, text: str) -> bool | None:
    """Tells whether an ARN pattern matches an ARN, each part on its own; None when it is no ARN pattern.

    `*` alone matches everything. A variable with colons belongs to the part in which it stands.
    """
    if pattern and not pattern.strip("*"):
        return True
    wanted = arn_parts(pattern)
    if wanted is None or not pattern.startswith(("arn:", "*")):
        return None
    given = text.split(":", ARN_PARTS - 1)
    if len(given) != ARN_PARTS:
        return False
    return all(wildcard_matches(one, other) for one, other in zip(wanted, given, strict=True))
