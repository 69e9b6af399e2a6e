"""Access: roles for people, their upper bound, and the record of who did what."""

from mcp_ops.access.audit_plan import AuditTrailArgs
from mcp_ops.access.audit_trail import AuditTrail
from mcp_ops.access.boundary import PermissionsBoundary, PermissionsBoundaryArgs
from mcp_ops.access.operator_roles import OperatorRoles, OperatorRolesArgs
from mcp_ops.access.trust import OperatorRoleArgs

__all__ = [
    "AuditTrail",
    "AuditTrailArgs",
    "OperatorRoleArgs",
    "OperatorRoles",
    "OperatorRolesArgs",
    "PermissionsBoundary",
    "PermissionsBoundaryArgs",
]
