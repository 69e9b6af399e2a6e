"""CODEOWNERS: who must approve changes of which files. Pure."""

import re
from collections.abc import Mapping

from mcp_ops.delivery.github_names import CODE_OWNER, CODE_OWNER_RULE
from mcp_ops.inputs import Inputs

WORKFLOWS = "/.github/"
"""Whoever changes workflows could deploy: they need an owner."""
FILE = ".github/CODEOWNERS"

_PATTERN = re.compile(r"[^\s#\[\]!][^\s\[\]]{0,255}")
_HEADER = "# The last pattern that matches a file decides. Changes of this file need its owner, too.\n"


def rendered(inputs: Inputs) -> str:
    """Returns the file that `code_owners` describes, or nothing; notes what is wrong with it."""
    if not inputs.has("code_owners"):
        return ""
    owners = inputs.mapping("code_owners")
    for pattern, names in owners.items():
        _check(inputs, pattern, names)
    covered = any(_covers_workflows(pattern) for pattern in owners)
    rule = "leaves workflows without an owner; add the pattern /.github/ or *"
    inputs.offences.check(covered, "code_owners", ", ".join(owners), rule)
    lines = (f"{pattern} {' '.join(map(str, names))}" for pattern, names in owners.items() if isinstance(names, list))
    return _HEADER + "".join(f"{line}\n" for line in lines)


def _check(inputs: Inputs, pattern: str, names: object) -> None:
    where = f"code_owners.{pattern}"
    inputs.offences.check(_PATTERN.fullmatch(pattern), where, pattern, "is not a pattern of CODEOWNERS")
    if not isinstance(names, list) or not names:
        inputs.offences.add(where, names, "is not a list of owners")
        return
    for owner in names:
        fits = isinstance(owner, str) and CODE_OWNER.fullmatch(owner)
        inputs.offences.check(fits, where, owner, CODE_OWNER_RULE)


def _covers_workflows(pattern: str) -> bool:
    return pattern in ("*", "/**", "/.github/", ".github/", "/.github/**", "/.github/workflows/")


def as_mapping(text: str) -> Mapping[str, list[str]]:
    """Returns the owners by pattern of a file's text, in its order."""
    lines = (line.split("#", 1)[0].split() for line in text.splitlines())
    return {parts[0]: parts[1:] for parts in lines if parts}
