"""Hosting: network, gateway, cluster, keys, image repositories and MCP servers."""

from mcp_ops.hosting.cluster import Cluster, ClusterArgs
from mcp_ops.hosting.cognito import CognitoIssuer, CognitoIssuerArgs, CognitoServerArgs
from mcp_ops.hosting.encryption import EncryptionKeys, EncryptionKeysArgs
from mcp_ops.hosting.gateway import Gateway
from mcp_ops.hosting.gateway_plan import GatewayArgs, covers, rule_block
from mcp_ops.hosting.image_repository import ImageRepository, ImageRepositoryArgs
from mcp_ops.hosting.mcp_server import McpServer
from mcp_ops.hosting.mcp_server_args import McpServerArgs
from mcp_ops.hosting.mcp_server_plan import image_by_digest
from mcp_ops.hosting.network import Network
from mcp_ops.hosting.network_plan import ExistingNetworkArgs, NetworkArgs
from mcp_ops.hosting.release_plan import ReleaseArgs
from mcp_ops.hosting.sign_in_plan import SignInArgs
from mcp_ops.hosting.volumes import VolumeArgs
from mcp_ops.hosting.web_acl import WebAcl
from mcp_ops.hosting.web_acl_plan import WebAclArgs

__all__ = [
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
    "McpServer",
    "McpServerArgs",
    "Network",
    "NetworkArgs",
    "ReleaseArgs",
    "SignInArgs",
    "VolumeArgs",
    "WebAcl",
    "WebAclArgs",
    "covers",
    "image_by_digest",
    "rule_block",
]
