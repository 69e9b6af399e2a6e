"""The program: one environment for MCP servers."""

import pulumi

from access import audit_trail, operator_roles, permissions_boundary
from alerts import alerts
from environment import account_provider, cluster, encryption_keys, gateway, network, web_acl
from fleet import Platform, mcp_servers
from images import image_repositories
from outputs import export_outputs, export_user_pool
from settings import Settings
from sign_in import token_issuer


def build(settings: Settings) -> None:
    """Registers the environment that the settings describe, and exports what people and tools need to use it."""
    opts = pulumi.ResourceOptions(provider=account_provider(settings))
    keys = encryption_keys(settings, opts)
    topic_arn = alerts(settings, keys.key_arn("notifications"), opts)
    boundary = permissions_boundary(settings, opts)
    repositories = image_repositories(settings, keys.key_arn("images"), opts)
    net = network(settings, keys, boundary.policy_arn, opts)
    gate = gateway(settings, net, opts)
    web_acl(settings, keys, gate, opts)
    issuer = token_issuer(settings, opts)
    platform = Platform(keys, boundary, net, gate, cluster(settings, keys, opts), repositories, issuer)
    servers = mcp_servers(settings, platform, opts)
    log_groups = [server.log_group_name for server in servers.values()]
    trail = audit_trail(settings, topic_arn, boundary, log_groups, opts)
    operator_roles(settings, platform.cluster.cluster_name, boundary, trail, opts)
    export_outputs(settings, gate, repositories, servers)
    export_user_pool(issuer.pool if issuer else None)
