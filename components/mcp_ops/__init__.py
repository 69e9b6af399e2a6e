"""Operations for MCP servers on AWS: the components of every room."""

from mcp_ops.errors import InputError, Offence
from mcp_ops.hosting import (
    Cluster,
    ClusterArgs,
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
)

__all__ = [
    "Cluster",
    "ClusterArgs",
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
]
