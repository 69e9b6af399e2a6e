"""A finding: what AWS would refuse, or what it accepts but nobody should want."""

import difflib
import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any, Literal

Level = Literal["error", "warning"]

LONGEST_EXCERPT = 80


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one input of one resource."""

    level: Level
    """`error`: AWS refuses it, or it can never have an effect. `warning`: AWS accepts it, but it opens too much."""
    rule: str
    """Id of the rule, kebab-case. Where IAM Access Analyzer has the same check, its name."""
    where: str
    """Path of the input: `policy.Statement[0].Action`."""
    message: str
    value: str = ""
    """Excerpt of the value, at most 80 characters."""
    urn: str = ""
    """The resource; empty until `findings_of` knows it."""
    waived: str = ""
    """Why the operator accepts it; empty when nobody did."""


@dataclass
class Notes:
    """Collects the findings of one document."""

    found: list[Finding] = field(default_factory=list)

    def error(self, rule: str, where: str, message: str, value: object = "") -> None:
        """Notes what AWS refuses."""
        self.found.append(Finding("error", rule, where, message, excerpt(value)))

    def warning(self, rule: str, where: str, message: str, value: object = "") -> None:
        """Notes what AWS accepts and nobody should want."""
        self.found.append(Finding("warning", rule, where, message, excerpt(value)))


def excerpt(value: object) -> str:
    """Returns a value on one line, shortened to 80 characters."""
    if isinstance(value, list | tuple) and len(value) == 1:
        return excerpt(value[0])
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return text if len(text) <= LONGEST_EXCERPT else f"{text[: LONGEST_EXCERPT - 3]}..."


def nearest(word: str, known: Collection[str]) -> str:
    """Returns `; did you mean X?` for the most similar known word, or nothing. Letter case does not count."""
    by_lower = {item.lower(): item for item in known}
    near = difflib.get_close_matches(word.lower(), by_lower, n=1, cutoff=0.7)
    return f"; did you mean {by_lower[near[0]]}?" if near else ""


def listed(items: Iterable[str], most: int = 3) -> str:
    """Returns the first items as text, short ones first, and how many more there are."""
    names = sorted(set(items), key=lambda item: (len(item), item))
    rest = len(names) - most
    return f"{', '.join(names[:most])} and {rest} more" if rest > 0 else ", ".join(names)


def blocking(findings: Iterable[Finding], *, strict: bool) -> list[Finding]:
    """Returns the findings that fail a rehearsal: errors, and with `strict` warnings; never one that is waived."""
    return [item for item in findings if not item.waived and (item.level == "error" or strict)]


def texts(value: Any) -> list[str]:
    """Returns a policy's "one text or a list of texts" as a list; anything else in it is left out."""
    items = value if isinstance(value, list | tuple) else [value]
    return [item for item in items if isinstance(item, str)]
