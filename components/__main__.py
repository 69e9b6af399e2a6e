"""Hosts the components for programs in other languages."""

from pulumi.provider.experimental import component_provider_host

from mcp_ops import (
    AuditTrail,
    Cluster,
    CognitoIssuer,
    EncryptionKeys,
    Gateway,
    ImageRepository,
    McpServer,
    Network,
    OperatorRoles,
    PermissionsBoundary,
    WebAcl,
)

COMPONENTS = [
    AuditTrail,
    Cluster,
    CognitoIssuer,
    EncryptionKeys,
    Gateway,
    ImageRepository,
    McpServer,
    Network,
    OperatorRoles,
    PermissionsBoundary,
    WebAcl,
]
"""Everything that other languages can use."""

if __name__ == "__main__":
    component_provider_host(name="mcp-ops", components=COMPONENTS)
