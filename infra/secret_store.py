"""The environment's secrets: the store, who may read, and restarts after rotations."""

from collections.abc import Mapping
from typing import Any, Protocol

import pulumi
from pulumi.runtime.config import is_config_secret

from access import emergency_role_arn
from environment import LOG_GROUPS, shared_name
from mcp_ops import (
    Cluster,
    EncryptionKeys,
    InputError,
    McpServer,
    Offence,
    PermissionsBoundary,
    RotationRestart,
    RotationRestartArgs,
    SecretAccess,
    SecretStore,
    SecretStoreArgs,
)
from settings import Settings

VALUES = "mcp-ops-secrets"
"""Namespace of the encrypted first values: `pulumi config set --secret mcp-ops-secrets:<name>`."""


class Shared(Protocol):
    """What the servers run on, as far as restarts need it."""

    @property
    def cluster(self) -> Cluster:
        """Runs the services."""

    @property
    def boundary(self) -> PermissionsBoundary:
        """Bounds every role."""

    @property
    def keys(self) -> EncryptionKeys:
        """Encrypt logs."""


def store_args(settings: Settings) -> SecretStoreArgs:
    """Returns the inputs of the store that the settings hold; first values are missing."""
    chosen = settings.secret_store
    assert chosen  # noqa: S101 - the callers have looked
    secrets = {name: secret.model_dump(exclude_none=True, exclude={"given"}) for name, secret in chosen.secrets.items()}
    replicas = [settings.regions.replica] if chosen.replicate and settings.regions.replica else []
    args: Any = {
        "secrets": secrets,
        "account_id": settings.account,
        "region": settings.regions.primary,
        "alarm_topic_arn": "known later",
        "replica_regions": replicas,
        "recovery_window_days": settings.retention.key_deletion_days,
        "protect": settings.retention.protect,
        "log_retention_days": settings.retention.logs_days,
        "log_group_prefix": LOG_GROUPS,
    }
    emergency = emergency_role_arn(settings)
    if emergency:
        args["emergency_role_arn"] = emergency
    checked: SecretStoreArgs = args
    return checked


def secret_store(
    settings: Settings,
    topic_arn: pulumi.Input[str],
    log_key_arn: pulumi.Input[str],
    boundary_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> SecretStore | None:
    """Registers the store, if the settings name secrets."""
    if settings.secret_store is None:
        return None
    args: Any = store_args(settings)
    for name, secret in settings.secret_store.secrets.items():
        if secret.given:
            args["secrets"][name]["value"] = _first_value(name)
    args["alarm_topic_arn"] = topic_arn
    args["log_key_arn"] = log_key_arn
    args["permissions_boundary_arn"] = boundary_arn
    return SecretStore(shared_name(settings), args, opts)


def _first_value(name: str) -> pulumi.Output[str]:
    """Returns the encrypted first value of a secret."""
    key = f"{VALUES}:{name}"
    way = f"run: pulumi config set --secret {key}"
    value = pulumi.Config(VALUES).get_secret(name)
    if value is None:
        raise InputError(Offence(f"Pulumi.{pulumi.get_stack()}.yaml", key, f"is missing; {way}"))
    if not is_config_secret(key):
        raise InputError(Offence(f"Pulumi.{pulumi.get_stack()}.yaml", key, f"stands in plain text; {way}"))
    return value


def server_secrets(settings: Settings, name: str, store: SecretStore | None) -> tuple[dict[str, Any], list[Any]]:
    """Returns what a server's variables are filled from, and the keys that encrypt it."""
    server = settings.servers[name]
    sources = {variable: _source(source, store) for variable, source in server.secrets.items()}
    own = [store.key_arn] if store and stored_names(server.secrets) else []
    return sources, [*server.secret_keys, *own]


def stored_names(secrets: Mapping[str, str]) -> set[str]:
    """Returns the secrets of the store that a server's variables name."""
    return {source.partition(":")[0] for source in secrets.values() if not source.startswith("arn:")}


def _source(source: str, store: SecretStore | None) -> pulumi.Input[str]:
    if source.startswith("arn:") or store is None:
        return source
    name, _, key = source.partition(":")
    arn = store.secret_arn(name)
    return pulumi.Output.concat(arn, f":{key}::") if key else arn


def secret_access(
    settings: Settings, store: SecretStore | None, servers: Mapping[str, McpServer], opts: pulumi.ResourceOptions
) -> None:
    """Registers who may read: the roles that start the servers which name a secret, and the emergency role."""
    if store is None or settings.secret_store is None:
        return
    own = [name for name, secret in settings.secret_store.secrets.items() if not secret.managed_secret_arn]
    readers: dict[str, list[pulumi.Input[str]]] = {name: [] for name in own}
    for name, server in settings.servers.items():
        for secret in sorted(stored_names(server.secrets) & set(own)):
            readers[secret].append(servers[name].execution_role_arn)
    args: Any = {"secret_arns": {name: store.secret_arn(name) for name in own}, "readers": readers}
    if own:
        args["rotation_role_arn"] = store.rotation_role_arn.apply(str)
    emergency = emergency_role_arn(settings)
    if emergency:
        args["emergency_role_arn"] = emergency
    SecretAccess(shared_name(settings), args, opts)


def rotation_restart(
    settings: Settings,
    store: SecretStore | None,
    shared: Shared,
    topic_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> RotationRestart | None:
    """Registers the restarts, if a server uses a secret of the store."""
    chosen = settings.secret_store
    if store is None or chosen is None or not any(stored_names(each.secrets) for each in settings.servers.values()):
        return None
    managed = [secret.managed_secret_arn for secret in chosen.secrets.values() if secret.managed_secret_arn]
    args: RotationRestartArgs = {
        "store": shared_name(settings),
        "account_id": settings.account,
        "region": settings.regions.primary,
        "cluster_name": shared.cluster.cluster_name,
        "alarm_topic_arn": topic_arn,
        "managed_secret_arns": list(managed),
        "permissions_boundary_arn": shared.boundary.policy_arn,
        "log_key_arn": shared.keys.key_arn("logs"),
        "log_retention_days": settings.retention.logs_days,
        "log_group_prefix": LOG_GROUPS,
    }
    return RotationRestart(shared_name(settings), args, opts)
