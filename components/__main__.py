"""Hosts the components for programs in other languages."""

from pulumi.provider.experimental import component_provider_host

from mcp_ops import Cluster, EncryptionKeys, Gateway, ImageRepository, McpServer, Network

COMPONENTS = [Cluster, EncryptionKeys, Gateway, ImageRepository, McpServer, Network]
"""Everything that other languages can use."""

if __name__ == "__main__":
    component_provider_host(name="mcp-ops", components=COMPONENTS)
