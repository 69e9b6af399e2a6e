"""Policies as the evaluator reads them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp_ops.rehearsal.findings.document import Kind, Scope, Statement, parsed, statements
from mcp_ops.rehearsal.findings.finding import Notes
from mcp_ops.rehearsal.simulator.authorization.request import CannotDecide

WITH_VARIABLES = "2012-10-17"
"""The version that has policy variables; the older one, which is the default, takes them literally."""


@dataclass(frozen=True)
class Policy:
    """One policy document."""

    name: str
    """As a reader knows it: name or ARN."""
    statements: tuple[Statement, ...]
    has_variables: bool = True


def read_policy(document: str | Mapping[str, Any], name: str, kind: Kind = "identity", service: str = "") -> Policy:
    """Returns a document's statements. `service` carries a resource policy (`s3`, `ecr`).

    Raises:
        CannotDecide: AWS would not have stored it.
    """
    notes = Notes()
    raw = parsed(document, name, notes)
    found = tuple(statements(raw, Scope(kind, service), name, notes)) if raw is not None else ()
    wrong = [item for item in notes.found if item.level == "error"]
    if wrong or raw is None:
        raise CannotDecide("; ".join(f"{item.where} {item.message}" for item in wrong))
    return Policy(name, found, raw.get("Version") == WITH_VARIABLES)


@dataclass(frozen=True)
class Policies:
    """All policies that take part in one decision."""

    resource_account: str
    """Owner of the resource, 12 digits."""
    identity: Sequence[Policy] = ()
    boundary: Policy | None = None
    session: Sequence[Policy] = ()
    """Session policies; empty when none was passed."""
    resource: Policy | None = None
    """Policy of the resource; the trust policy for `sts:AssumeRole*`, the key policy for a KMS key."""
    service_control: Sequence[Sequence[Policy]] = ()
    """Per level of the organization, from the root; each level must allow. Empty: none apply."""
