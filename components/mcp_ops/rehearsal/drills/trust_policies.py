"""Who may take a role, in whatever form the program says so."""

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.findings.document import Scope, Statement, parsed, statements
from mcp_ops.rehearsal.findings.finding import Notes
from mcp_ops.rehearsal.record import Registration


def trust_statements(role: Registration) -> tuple[Statement, ...]:
    """Returns the statements of a role's trust policy that can be read; what is wrong with others is a finding."""
    notes = Notes()
    document = parsed(wire.reveal(role.inputs.get("assumeRolePolicy")) or "{}", role.name, notes)
    return tuple(statements(document or {}, Scope("trust"), role.name, notes))
