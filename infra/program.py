"""The program: one environment for MCP servers."""

import pulumi

from access import audit_trail, operator_roles, permissions_boundary
from backups import backup_policy, export_backups, restore_test
from delivery import deployment_role, protected_repository
from environment import account_provider, cluster, encryption_keys, gateway, network, web_acl
from fleet import Platform, mcp_servers
from images import image_repositories
from monitoring import Means, Watched, alarms_of, functions_of, notifications, watch
from outputs import export_outputs, export_user_pool
from release_gate import release_gate
from secret_store import rotation_restart, secret_access, secret_store
from settings import Settings
from sign_in import token_issuer
from state import admit_to_databases, state_stores, tables


def build(settings: Settings) -> None:
    """Registers the environment that the settings describe, and exports what people and tools need to use it."""
    opts = pulumi.ResourceOptions(provider=account_provider(settings))
    keys = encryption_keys(settings, opts)
    boundary = permissions_boundary(settings, opts)
    tasks = cluster(settings, keys, opts)
    means = Means(keys.key_arn("notifications"), keys.key_arn("logs"), boundary.policy_arn)
    told = notifications(settings, means, tasks.cluster_name, opts)
    urgent = told.critical_topic_arn

    repositories = image_repositories(settings, keys.key_arn("images"), opts)
    net = network(settings, keys, boundary.policy_arn, opts)
    gate = gateway(settings, net, opts)
    web_acl(settings, keys, gate, opts)
    issuer = token_issuer(settings, opts)

    stores = state_stores(settings, keys, boundary, net, opts)
    secrets = secret_store(settings, urgent, keys.key_arn("logs"), boundary.policy_arn, opts)
    decides = release_gate(settings, net, keys, boundary.policy_arn, opts)
    platform = Platform(
        keys,
        boundary,
        net,
        gate,
        tasks,
        repositories,
        issuer,
        stores,
        secrets,
        decides.function_arn if decides else None,
    )
    servers = mcp_servers(settings, platform, opts)
    admit_to_databases(settings, stores, servers, opts)
    secret_access(settings, secrets, servers, opts)
    restarts = rotation_restart(settings, secrets, platform, urgent, opts)

    policy = backup_policy(settings, keys, boundary, urgent, opts)
    test = restore_test(settings, policy, stores, keys, boundary, urgent, opts)
    log_groups = [server.log_group_name for server in servers.values()]
    trail = audit_trail(settings, urgent, boundary, log_groups, opts)
    watched = Watched(
        gate,
        tasks.cluster_name,
        servers,
        functions_of(test, secrets, restarts, decides),
        tables(settings, stores),
        alarms_of(test, secrets, restarts, trail),
    )
    watch(settings, means, watched, told, opts)

    restore_roles = [test.restore_role_arn] if test else []
    operator_roles(settings, tasks.cluster_name, boundary, trail, restore_roles, opts)
    protected_repository(settings, deployment_role(settings, tasks.cluster_name, boundary.policy_arn, opts))

    export_backups(settings, policy, test, stores)
    export_outputs(settings, gate, repositories, servers)
    export_user_pool(issuer.pool if issuer else None)
