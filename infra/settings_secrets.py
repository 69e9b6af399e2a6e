"""Recognises secrets that stand in plain text where a setting is expected."""

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence

from settings_words import Path

SHAPES = {
    "an AWS access key id": r"\b(AKIA|ASIA)[A-Z0-9]{12,}",
    "a private key": r"-----BEGIN [A-Z ]*PRIVATE KEY",
    "a GitHub token": r"\b(gh[pousr]_[A-Za-z0-9]{8,}|github_pat_\w{8,})",
    "a GitLab token": r"\bglpat-[\w-]{8,}",
    "a Slack token": r"\bxox[a-z]-[\w-]{8,}|hooks\.slack\.com/services/\w+",
    "an API key": r"\bsk-[A-Za-z0-9_-]{12,}|\b[rs]k_(live|test)_\w{8,}|\bAIza[\w-]{30,}",
    "a package registry token": r"\bnpm_[A-Za-z0-9]{30,}|\bpypi-[\w-]{30,}",
    "a Pulumi access token": r"\bpul-[0-9a-f]{30,}",
    "a JSON web token": r"\beyJ[\w-]{8,}\.eyJ[\w-]{8,}",
    "an address with a password": r"://[^/\s:@]*:[^/\s@]+@",
}
"""What secrets look like, by the words that describe them; the prefixes are those that the issuers document."""

ALWAYS_SECRET = re.compile(r"(PASSWORD|PASSWD|PASSPHRASE|SECRET|CREDENTIALS?)$", re.IGNORECASE)
"""Names whose value is a secret whatever it looks like."""

MAYBE_SECRET = re.compile(r"(TOKEN|KEY|_PAT)$", re.IGNORECASE)
"""Names whose value is a secret when it looks random: `SORT_KEY: name` is none."""

RANDOM_LENGTH = 16
"""Characters from which a value can be a key: 64 bits in hexadecimal."""

RANDOM_BITS = 3.0
"""Bits per character from which a value counts as random; hexadecimal digits reach at most 4, English words about
2.5."""


def secret_kind(path: Path, value: object) -> str | None:
    """Returns what kind of secret the value of a setting looks like, or None."""
    text = value if isinstance(value, str) else ""
    for kind, shape in SHAPES.items():
        if re.search(shape, text):
            return kind
    name = str(path[-1]) if _is_variable(path) else ""
    if ALWAYS_SECRET.search(name) and value not in (None, ""):
        return "a secret by its name"
    if MAYBE_SECRET.search(name) and _is_random(text):
        return "a secret by its name and its randomness"
    return None


def is_secret_place(path: Path) -> bool:
    """Tells whether a value is better not shown whatever it is.

    People take `secrets` for the place of secrets themselves.
    """
    return path[0] == "servers" and (
        "secrets" in path[2:3] or bool(_is_variable(path) and ALWAYS_SECRET.search(str(path[-1])))
    )


def leaves(value: object, path: Path = ()) -> Iterator[tuple[Path, object]]:
    """Yields every value that is neither a mapping nor a list, with its path."""
    if isinstance(value, Mapping):
        for key, item in value.items():
            yield from leaves(item, (*path, str(key)))
    elif isinstance(value, Sequence) and not isinstance(value, str):
        for position, item in enumerate(value):
            yield from leaves(item, (*path, position))
    else:
        yield path, value


def _is_variable(path: Path) -> bool:
    return path[0] == "servers" and path[2:3] == ("environment",)


def _is_random(value: str) -> bool:
    if len(value) < RANDOM_LENGTH or re.search(r"\s|^arn:|^https?://", value):
        return False
    if not (re.search(r"\d", value) and re.search(r"[A-Za-z]", value)):
        return False
    counts = Counter(value).values()
    return -sum(count / len(value) * math.log2(count / len(value)) for count in counts) >= RANDOM_BITS
