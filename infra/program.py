"""The program: one environment for MCP servers."""

import pulumi

from alerts import alerts
from environment import account_provider, cluster, encryption_keys, gateway, network
from fleet import Platform, mcp_servers
from images import image_repositories
from outputs import export_outputs
from settings import Settings


def build(settings: Settings) -> None:
    """Registers the environment that the settings describe, and exports what people and tools need to use it."""
    opts = pulumi.ResourceOptions(provider=account_provider(settings))
    keys = encryption_keys(settings, opts)
    alerts(settings, keys.key_arn("notifications"), opts)
    repositories = image_repositories(settings, keys.key_arn("images"), opts)
    net = network(settings, keys, opts)
    gate = gateway(settings, net, opts)
    platform = Platform(keys, net, gate, cluster(settings, keys, opts), repositories)
    servers = mcp_servers(settings, platform, opts)
    export_outputs(settings, gate, repositories, servers)
