"""Policies as programs give them: text or a mapping, one statement or several, one principal, several or anybody."""

import json
from collections.abc import Mapping
from typing import Any


def document_of(policy: Any) -> Mapping[str, Any]:
    """Returns a policy document; an empty one for none."""
    found: Mapping[str, Any] = policy if isinstance(policy, Mapping) else json.loads(str(policy or "{}"))
    return found


def statements_of(policy: Any) -> list[Mapping[str, Any]]:
    """Returns the statements of a policy document."""
    found = document_of(policy).get("Statement") or []
    return [found] if isinstance(found, Mapping) else list(found)


def principals_of(statement: Mapping[str, Any]) -> dict[str, list[str]]:
    """Returns the principals of a statement by kind; anybody (`*`) is one of AWS's, as IAM reads it."""
    given = statement.get("Principal") or {}
    kinds = given if isinstance(given, Mapping) else {"AWS": given}
    return {kind: [values] if isinstance(values, str) else list(values) for kind, values in kinds.items()}
