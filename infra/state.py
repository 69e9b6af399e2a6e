"""What the servers keep: tables, buckets, file systems and databases, and each server's way to its own."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from environment import shared_name
from mcp_ops import EncryptionKeys, McpServer, Network, PermissionsBoundary, StateStore, StateStoreArgs
from mcp_ops.arns import iam_arn
from mcp_ops.policies import account_decides, document
from settings import Settings
from settings_backups import Store

KINDS = ("table", "bucket", "files", "database")
POSTGRESQL = 5432

Stores = Mapping[str, StateStore]
"""The stack's stores, by name."""


def state_stores(
    settings: Settings, keys: EncryptionKeys, boundary: PermissionsBoundary, net: Network, opts: pulumi.ResourceOptions
) -> Stores:
    """Registers every store of the settings."""
    if not settings.stores:
        return {}
    replica_key = _replica_key(settings, opts)
    stores = {}
    for name, store in sorted(settings.stores.items()):
        args = store_args(settings, store, keys.key_arn("state"), net)
        args["permissions_boundary_arn"] = boundary.policy_arn
        if replica_key is not None and store.replicated:
            args["replica_key_arn"] = replica_key.arn
        stores[name] = StateStore(name, args, opts)
    return stores


def store_args(settings: Settings, store: Store, key_arn: pulumi.Input[str], net: Network | None) -> StateStoreArgs:
    """Returns the inputs of a store. Without a network its parts are left open: only a plan can be made of it."""
    kind = next((kind for kind in KINDS if getattr(store, kind) is not None), KINDS[0])
    chosen = getattr(store, kind)
    shape: dict[str, Any] = {} if chosen is None else chosen.model_dump(exclude_none=True, exclude_unset=True)
    if kind in {"files", "database"}:
        shape.update(vpc_id=net.vpc_id if net else "", subnet_ids=_subnets(settings, net))
    if kind == "files":
        shape["servers"] = sorted(store.servers)
    args: Any = {
        "account_id": settings.account,
        "region": settings.regions.primary,
        "backup_plan": shared_name(settings),
        "key_arn": key_arn,
        "protect": settings.retention.protect,
        kind: shape,
    }
    if store.replicated:
        args["replica_region"] = settings.regions.replica
    checked: StateStoreArgs = args
    return checked


def _subnets(settings: Settings, net: Network | None) -> dict[str, pulumi.Input[str]]:
    """Returns the private subnets by the letter of their zone, or by their place in an existing network."""
    existing = settings.network.existing
    keys = (
        [str(number) for number in range(len(existing.private_subnet_ids))]
        if existing
        else [zone[-1] for zone in settings.network.availability_zones]
    )
    return {key: net.private_subnet_ids[place] if net else "" for place, key in enumerate(keys)}


def _replica_key(settings: Settings, opts: pulumi.ResourceOptions) -> aws.kms.Key | None:
    """Registers the key of all replicas, in their region; 1 USD a month."""
    region = settings.regions.replica
    if region is None or not any(store.replicated for store in settings.stores.values()):
        return None
    protect = settings.retention.protect
    return aws.kms.Key(
        f"{shared_name(settings)}-state-replica",
        description=f"{shared_name(settings)}: replicas of state",
        enable_key_rotation=True,
        deletion_window_in_days=settings.retention.key_deletion_days,
        policy=document(account_decides(iam_arn(region, settings.account, "root"))),
        region=region,
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(protect=protect, retain_on_delete=protect)),
    )


def tables(settings: Settings, stores: Stores) -> dict[str, pulumi.Input[str]]:
    """Returns the names of the stores that are DynamoDB tables, by the name of their store."""
    return {name: store.physical_name for name, store in stores.items() if settings.stores[name].table is not None}


def state_variables(settings: Settings, stores: Stores, server: str) -> dict[str, pulumi.Input[str]]:
    """Returns the variables that tell a server where its stores are."""
    variables: dict[str, pulumi.Input[str]] = {}
    for name, variable in _used_by(settings, server):
        store = stores[name]
        if settings.stores[name].files is not None:
            variables[variable] = _directory(name)
        else:
            variables[variable] = store.address
        if settings.stores[name].database is not None:
            variables[f"{variable}_SECRET_ARN"] = store.secret_arn.apply(str)
    return variables


def state_policy(settings: Settings, stores: Stores, server: str) -> pulumi.Output[str] | None:
    """Returns what a server may do with its stores, or None when it keeps nothing.

    Statements of several stores get their store's name, so that each can be told apart.
    """
    statements = [
        {**statement, "Sid": f"{_camel(name)}{statement['Sid']}"}
        for name, _ in _used_by(settings, server)
        for statement in stores[name].statements()
    ]
    return document(*statements) if statements else None


def state_volumes(settings: Settings, stores: Stores, server: str) -> dict[str, Any]:
    """Returns the file systems that are mounted into a server, for `volumes` of McpServer."""
    return {
        name: {
            "file_system_id": stores[name].physical_name,
            "access_point_id": stores[name].access_point_ids[server],
            "security_group_id": stores[name].security_group_id.apply(str),
            "path": _directory(name),
        }
        for name, _ in _used_by(settings, server)
        if settings.stores[name].files is not None
    }


def admit_to_databases(
    settings: Settings, stores: Stores, servers: Mapping[str, McpServer], opts: pulumi.ResourceOptions
) -> None:
    """Registers the way of each server to its databases, in both directions."""
    for name, store in sorted(settings.stores.items()):
        if store.database is None:
            continue
        database = stores[name].security_group_id.apply(str)
        for server in sorted(store.servers):
            port = {"from_port": POSTGRESQL, "to_port": POSTGRESQL, "ip_protocol": "tcp", "opts": opts}
            group = servers[server].security_group_id
            aws.vpc.SecurityGroupIngressRule(
                f"{name}-from-{server}",
                security_group_id=database,
                referenced_security_group_id=group,
                description=f"PostgreSQL from {server}",
                **port,
            )
            aws.vpc.SecurityGroupEgressRule(
                f"{server}-to-{name}",
                security_group_id=group,
                referenced_security_group_id=database,
                description=f"PostgreSQL to {name}",
                **port,
            )


def _used_by(settings: Settings, server: str) -> list[tuple[str, str]]:
    """Returns the stores of a server, each with the variable that names it."""
    return [(name, store.servers[server]) for name, store in sorted(settings.stores.items()) if server in store.servers]


def _directory(store: str) -> str:
    return f"/mnt/{store}"


def _camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("-"))
