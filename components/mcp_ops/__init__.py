"""Operations for MCP servers on AWS: the components of every room."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from mcp_ops.errors import InputError, Offence

if TYPE_CHECKING:
    from mcp_ops.access import (
        AuditTrail,
        AuditTrailArgs,
        OperatorRoleArgs,
        OperatorRoles,
        OperatorRolesArgs,
        PermissionsBoundary,
        PermissionsBoundaryArgs,
    )
    from mcp_ops.hosting import (
        Cluster,
        ClusterArgs,
        CognitoIssuer,
        CognitoIssuerArgs,
        CognitoServerArgs,
        EncryptionKeys,
        EncryptionKeysArgs,
        ExistingNetworkArgs,
        Gateway,
        GatewayArgs,
        ImageRepository,
        ImageRepositoryArgs,
        McpServer,
        McpServerArgs,
        Network,
        NetworkArgs,
        SignInArgs,
        WebAcl,
        WebAclArgs,
    )

__all__ = [
    "AuditTrail",
    "AuditTrailArgs",
    "Cluster",
    "ClusterArgs",
    "CognitoIssuer",
    "CognitoIssuerArgs",
    "CognitoServerArgs",
    "EncryptionKeys",
    "EncryptionKeysArgs",
    "ExistingNetworkArgs",
    "Gateway",
    "GatewayArgs",
    "ImageRepository",
    "ImageRepositoryArgs",
    "InputError",
    "McpServer",
    "McpServerArgs",
    "Network",
    "NetworkArgs",
    "Offence",
    "OperatorRoleArgs",
    "OperatorRoles",
    "OperatorRolesArgs",
    "PermissionsBoundary",
    "PermissionsBoundaryArgs",
    "SignInArgs",
    "WebAcl",
    "WebAclArgs",
]

_ACCESS = frozenset(
    {
        "AuditTrail",
        "AuditTrailArgs",
        "OperatorRoleArgs",
        "OperatorRoles",
        "OperatorRolesArgs",
        "PermissionsBoundary",
        "PermissionsBoundaryArgs",
    }
)
"""Names of the room access; the other components are of the room hosting."""


def __getattr__(name: str) -> Any:
    """Loads components when they are first used: pulumi_aws takes a second, and the command line needs none of it."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    room = "access" if name in _ACCESS else "hosting"
    return getattr(import_module(f"mcp_ops.{room}"), name)


def __dir__() -> list[str]:
    """Returns the public names, loaded or not."""
    return sorted(__all__)
