"""The MCP servers of an environment."""

from collections.abc import Mapping
from typing import NamedTuple

import pulumi

from environment import LOG_GROUPS, shared_name
from images import own_repositories
from mcp_ops import (
    Cluster,
    EncryptionKeys,
    Gateway,
    ImageRepository,
    McpServer,
    McpServerArgs,
    Network,
    PermissionsBoundary,
    SecretStore,
)
from releases import release_args
from secret_store import server_secrets
from settings import Settings
from settings_server import Server
from settings_server_rules import address, call_order
from sign_in import TokenIssuer, sign_in_args
from state import Stores, state_policy, state_variables, state_volumes


class Platform(NamedTuple):
    """What the servers run on."""

    keys: EncryptionKeys
    boundary: PermissionsBoundary
    network: Network
    gateway: Gateway
    cluster: Cluster
    repositories: Mapping[str, ImageRepository]
    """The environment's own, by name."""
    issuer: TokenIssuer | None
    """Who issues the callers' tokens; None without sign-in."""
    stores: Stores
    """What the servers keep, by name."""
    secrets: SecretStore | None = None
    """The environment's secrets; None where it keeps none."""
    release_gate_arn: pulumi.Input[str] | None = None
    """Function that decides on releases where traffic shifts."""


def role_path(settings: Settings) -> str:
    """Returns the IAM path of the servers' roles, whose names do not begin with the environment's."""
    return f"/{shared_name(settings)}/"


def mcp_servers(settings: Settings, platform: Platform, opts: pulumi.ResourceOptions) -> Mapping[str, McpServer]:
    """Registers every server of the settings and returns them by name, sorted."""
    servers: dict[str, McpServer] = {}
    for name in call_order(settings.servers):
        args = _args(settings, name, platform)
        callers = [caller for caller in servers if name in settings.servers[caller].calls]
        if callers:
            args["callers"] = {caller: servers[caller].security_group_id for caller in callers}
        if callers or settings.servers[name].calls:
            args["namespace_arn"] = platform.cluster.namespace_arn.apply(str)
        servers[name] = McpServer(name, args, opts)
    return dict(sorted(servers.items()))


def _args(settings: Settings, name: str, platform: Platform) -> McpServerArgs:
    server = settings.servers[name]
    host, path = address(settings, name)
    secrets, secret_keys = server_secrets(settings, name, platform.secrets)
    args: McpServerArgs = {
        "image": server.image,
        "require_digest": settings.deployment.require_digest,
        "environment": settings.environment,
        "account_id": settings.account,
        "region": settings.regions.primary,
        "host": host,
        "path": path,
        "create_record": _owns_record(settings, name),
        "cluster_arn": platform.cluster.cluster_arn,
        "cluster_name": platform.cluster.cluster_name,
        "vpc_id": platform.network.vpc_id,
        "subnet_ids": platform.network.private_subnet_ids,
        "listener_arn": platform.gateway.listener_arn,
        "load_balancer_arn_suffix": platform.gateway.load_balancer_arn_suffix,
        "load_balancer_dns_name": platform.gateway.load_balancer_dns_name,
        "load_balancer_zone_id": platform.gateway.load_balancer_zone_id,
        "gateway_security_group_id": platform.gateway.security_group_id,
        "targets_security_group_id": platform.gateway.targets_security_group_id,
        "log_key_arn": platform.keys.key_arn("logs"),
        "log_retention_days": settings.retention.logs_days,
        "log_group_prefix": LOG_GROUPS,
        "permissions_boundary_arn": platform.boundary.policy_arn,
        "role_path": role_path(settings),
        "health_check_grace_seconds": settings.deployment.health_check_grace_seconds,
        "release": release_args(settings, platform.gateway, platform.release_gate_arn),
        "deregistration_delay_seconds": settings.deployment.deregistration_delay_seconds,
        "drain_seconds": settings.deployment.drain_seconds,
        "variables": {**server.environment, **state_variables(settings, platform.stores, name)},
        "secrets": secrets,
        "secret_key_arns": secret_keys,
    }
    if platform.issuer:
        args["sign_in"] = sign_in_args(settings, name, platform.issuer)
    _add_size(args, server)
    _add_state(args, settings, name, platform.stores)
    _add_optional(args, settings, name, platform.repositories)
    return args


def _add_size(args: McpServerArgs, server: Server) -> None:
    args["cpu"] = server.cpu
    args["memory"] = server.memory
    args["architecture"] = server.architecture
    args["min_tasks"] = server.tasks.min
    args["max_tasks"] = server.tasks.max
    args["target_load"] = server.target_load
    args["requests_per_task"] = server.requests_per_task


def _add_state(args: McpServerArgs, settings: Settings, name: str, stores: Stores) -> None:
    policy, volumes = state_policy(settings, stores, name), state_volumes(settings, stores, name)
    if policy is not None:
        args["task_policy"] = policy
    if volumes:
        args["volumes"] = volumes


def _add_optional(
    args: McpServerArgs, settings: Settings, name: str, repositories: Mapping[str, ImageRepository]
) -> None:
    server = settings.servers[name]
    repository = own_repositories(settings).get(name)
    if repository:
        args["repository_arn"] = repositories[repository].repository_arn
    if settings.domain.hosted_zone_id:
        args["hosted_zone_id"] = settings.domain.hosted_zone_id
    if server.rule_block:
        args["rule_block"] = server.rule_block
    if server.allowed_origins:
        args["allowed_origins"] = [f"https://{args['host']}", *server.allowed_origins]


def _owns_record(settings: Settings, name: str) -> bool:
    """Tells whether a server makes the record of its host: of those that share it, the first by name does."""
    host, _ = address(settings, name)
    return name == min(other for other in settings.servers if address(settings, other)[0] == host)
