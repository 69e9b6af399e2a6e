"""What the servers of an environment share: provider, keys, network, gateway, firewall, cluster."""

import pulumi
import pulumi_aws as aws

from mcp_ops import Cluster, EncryptionKeys, Gateway, GatewayArgs, Network, NetworkArgs, WebAcl, WebAclArgs
from releases import test_ingress
from settings import Settings

LOG_GROUPS = "/mcp-ops"
"""First part of every log group's name."""


def shared_name(settings: Settings) -> str:
    """Returns the name of every component that the servers share.

    Environments may share an account, where names of log groups and aliases of keys must differ.
    """
    return f"mcp-{settings.environment}"


def account_provider(settings: Settings) -> aws.Provider:
    """Registers the one provider: it works in one account only and tags what takes tags."""
    tags = {
        "Environment": settings.environment,
        "Owner": settings.owner,
        "CostCentre": settings.cost_centre,
        "Repository": f"{settings.repository.owner}/{settings.repository.name}",
        "ManagedBy": "mcp-ops",
    }
    return aws.Provider(
        "aws",
        region=settings.regions.primary,
        allowed_account_ids=[settings.account],
        default_tags=aws.ProviderDefaultTagsArgs(tags=tags),
    )


def encryption_keys(settings: Settings, opts: pulumi.ResourceOptions) -> EncryptionKeys:
    """Registers one key per purpose."""
    return EncryptionKeys(
        shared_name(settings),
        {
            "purposes": ["images", "logs", "notifications", *(["backups", "state"] if settings.stores else [])],
            "account_id": settings.account,
            "region": settings.regions.primary,
            "deletion_window_days": settings.retention.key_deletion_days,
            "protect": settings.retention.protect,
        },
        opts,
    )


def network(
    settings: Settings, keys: EncryptionKeys, boundary_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> Network:
    """Registers the network, or takes the existing one."""
    return Network(shared_name(settings), _network_args(settings, keys, boundary_arn), opts)


def _network_args(settings: Settings, keys: EncryptionKeys, boundary_arn: pulumi.Input[str]) -> NetworkArgs:
    chosen, existing = settings.network, settings.network.existing
    if existing:
        return {
            "existing": {
                "vpc_id": existing.vpc_id,
                "public_subnet_ids": list(existing.public_subnet_ids),
                "private_subnet_ids": list(existing.private_subnet_ids),
            }
        }
    return {
        "region": settings.regions.primary,
        "account_id": settings.account,
        "cidr_block": chosen.cidr_block,
        "availability_zones": list(chosen.availability_zones),
        "nat": chosen.nat,
        "interface_endpoints": list(chosen.interface_endpoints),
        "flow_log_retention_days": settings.retention.logs_days,
        "log_key_arn": keys.key_arn("logs"),
        "log_group_prefix": LOG_GROUPS,
        "permissions_boundary_arn": boundary_arn,
    }


def gateway(settings: Settings, net: Network, opts: pulumi.ResourceOptions) -> Gateway:
    """Registers the load balancer, in the public subnets unless it is internal."""
    chosen, domain = settings.network, settings.domain
    args: GatewayArgs = {
        "vpc_id": net.vpc_id,
        "subnet_ids": net.private_subnet_ids if chosen.internal else net.public_subnet_ids,
        "internal": chosen.internal,
        "domain": domain.name,
        "account_id": settings.account,
        "region": settings.regions.primary,
        "access_log_retention_days": settings.retention.access_logs_days,
        "deletion_protection": settings.retention.protect,
        "protect": settings.retention.protect,
    }
    if chosen.ingress_cidrs or chosen.internal:
        args["ingress_cidrs"] = list(chosen.ingress_cidrs or (chosen.cidr_block,))
    sources = test_ingress(settings, net)
    if sources:
        args["test_ingress_cidrs"] = sources
    if domain.hosted_zone_id:
        args["hosted_zone_id"] = domain.hosted_zone_id
    if domain.certificate_arn:
        args["certificate_arn"] = domain.certificate_arn
    return Gateway(shared_name(settings), args, opts)


def web_acl(settings: Settings, keys: EncryptionKeys, gate: Gateway, opts: pulumi.ResourceOptions) -> None:
    """Registers the firewall of the gateway, unless it is switched off."""
    chosen = settings.firewall
    if not chosen.enabled:
        return
    args: WebAclArgs = {
        "load_balancer_arn": gate.load_balancer_arn,
        "account_id": settings.account,
        "region": settings.regions.primary,
        "rate_limit": chosen.rate_limit,
        "log_retention_days": settings.retention.logs_days,
        "log_key_arn": keys.key_arn("logs"),
    }
    if chosen.allowed_countries:
        args["allowed_countries"] = list(chosen.allowed_countries)
    if chosen.allowed_cidrs:
        args["allowed_cidrs"] = list(chosen.allowed_cidrs)
    WebAcl(shared_name(settings), args, opts)


def cluster(settings: Settings, keys: EncryptionKeys, opts: pulumi.ResourceOptions) -> Cluster:
    """Registers the cluster, with a namespace if servers call each other."""
    return Cluster(
        shared_name(settings),
        {
            "namespace": any(server.calls for server in settings.servers.values()),
            "log_retention_days": settings.retention.logs_days,
            "log_key_arn": keys.key_arn("logs"),
        },
        opts,
    )
