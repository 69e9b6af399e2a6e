"""Checks one policy document."""

import json
from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.findings.actions import check_reach, check_resources, named_actions
from mcp_ops.rehearsal.findings.breadth import check_breadth
from mcp_ops.rehearsal.findings.conditions import check_conditions
from mcp_ops.rehearsal.findings.document import VERSIONS, Kind, Scope, Statement, parsed, statements
from mcp_ops.rehearsal.findings.finding import Finding, Notes
from mcp_ops.rehearsal.findings.principals import check_principals

TRUST_LIMIT = 2048
"""Characters of a trust policy without white space (IAM quotas; the default, AWS raises it to 4,096 on request)."""


def check_policy(
    document: str | Mapping[str, Any],
    kind: Kind,
    where: str,
    *,
    resource_type: str = "",
    limit: int = 0,
    account: str = "",
) -> list[Finding]:
    """Returns what is wrong with a policy document.

    Args:
        document: JSON, or the same as a mapping.
        kind: `identity` for roles, users and groups, `resource`, `trust`, or `boundary`.
        where: path of the input that holds it, for the findings.
        resource_type: service prefix of the resource that carries it (`kms`, `s3`), `vpce` for an endpoint, or empty.
        limit: most characters without white space; 0 for none but that of trust policies.
        account: account that owns the resource, 12 digits; empty if unknown.
    """
    notes, scope = Notes(), Scope(kind, resource_type, account)
    content = parsed(document, where, notes)
    if content is None:
        return notes.found
    _check_size(content, limit or (TRUST_LIMIT if kind == "trust" else 0), where, notes)
    _check_variables(content, where, notes)
    for statement in statements(content, scope, where, notes):
        _check_statement(statement, scope, notes)
    return notes.found


def _check_statement(statement: Statement, scope: Scope, notes: Notes) -> None:
    named = named_actions(statement, scope, notes)
    resources = check_resources(statement, notes)
    if len(resources) == len(statement.resources):
        check_reach(statement, named, resources, notes)
    check_conditions(statement, scope, named, notes)
    check_principals(statement, scope, notes)
    check_breadth(statement, scope, named, resources, notes)


def size(document: str | Mapping[str, Any]) -> int:
    """Returns the characters of a document as IAM counts them: without white space.

    Raises:
        ValueError: the text is not JSON.
    """
    content = json.loads(document) if isinstance(document, str) else document
    return len(json.dumps(content, separators=(",", ":"), ensure_ascii=False, default=str))


def _check_size(content: Mapping[str, Any], limit: int, where: str, notes: Notes) -> None:
    characters = size(content)
    if limit and characters > limit:
        notes.error(
            "policy-too-long", where, f"has {characters:,} characters without white space; AWS allows {limit:,}"
        )


def _check_variables(content: Mapping[str, Any], where: str, notes: Notes) -> None:
    if content.get("Version") != VERSIONS[0] and "${" in json.dumps(content, default=str):
        message = f"uses policy variables, which are plain text before version {VERSIONS[0]}"
        notes.warning("variables-in-old-version", f"{where}.Version", message, content.get("Version", ""))
