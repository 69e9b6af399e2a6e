"""Rules that join several settings. Each is silent about what depends on a value that is wrong by itself."""

import ipaddress
from collections.abc import Iterable, Iterator
from itertools import combinations

from mcp_ops.errors import Offences
from mcp_ops.hosting.gateway_plan import MAX_CERTIFICATE_DOMAIN
from mcp_ops.hosting.network_plan import INTERFACE_ENDPOINTS, REQUIRED_WITHOUT_NAT, check_cidr
from settings import ExistingNetwork, Network, Settings
from settings_access_rules import check_access
from settings_backups_rules import check_backups
from settings_delivery_rules import check_delivery
from settings_deployment_rules import check_deployment
from settings_errors import Findings
from settings_monitoring_rules import check_monitoring
from settings_secret_store_rules import check_secret_store
from settings_server_rules import check_servers
from settings_sign_in_rules import ANYWHERE, check_sign_in
from settings_words import Path, counted, nearest

_ENVIRONMENT: Path = ("environment",)
_PRIMARY: Path = ("regions", "primary")
_REACH: tuple[Path, ...] = (("network", "internal"), ("network", "ingressCidrs"))
_MADE = ("cidr_block", "reserved_cidrs", "availability_zones", "nat", "interface_endpoints")
"""Settings of a network that the program makes."""


def check_rules(settings: Settings, found: Findings) -> None:
    """Notes every rule that the settings break."""
    _check_regions(settings, found)
    _check_domain(settings, found)
    _check_network(settings, found)
    _check_ingress(settings, found)
    check_servers(settings, found)
    check_secret_store(settings, found)
    check_sign_in(settings, found)
    _check_firewall(settings, found)
    check_deployment(settings, found)
    check_monitoring(settings, found)
    check_access(settings, found)
    check_delivery(settings, found)
    check_backups(settings, found)


def _check_regions(settings: Settings, found: Findings) -> None:
    regions = settings.regions
    same = regions.replica == regions.primary
    found.check(
        not same, ("regions", "replica"), regions.replica, "is the primary region; name another one or none", _PRIMARY
    )


def _check_domain(settings: Settings, found: Findings) -> None:
    domain, account, region = settings.domain, settings.account, settings.regions.primary
    proved = domain.hosted_zone_id or domain.certificate_arn
    rule = "the certificate proves itself there; or give domain.certificateArn"
    found.require(proved, ("domain", "hostedZoneId"), rule, ("domain", "certificateArn"))
    if domain.certificate_arn:
        here = domain.certificate_arn.startswith(f"arn:aws:acm:{region}:{account}:")
        rule = f"is not a certificate of account {account} in {region}"
        found.check(here, ("domain", "certificateArn"), domain.certificate_arn, rule, ("account",), _PRIMARY)
        return
    rule = f"has {len(domain.name)} characters; a certificate takes {MAX_CERTIFICATE_DOMAIN}"
    found.check(len(domain.name) <= MAX_CERTIFICATE_DOMAIN, ("domain", "name"), domain.name, rule)


def _check_network(settings: Settings, found: Findings) -> None:
    network = settings.network
    if network.existing:
        _check_existing(network, network.existing, found)
        return
    _check_addresses(network, found)
    _check_zones(settings, found)
    endpoints = network.interface_endpoints
    for position, endpoint in enumerate(endpoints):
        path: Path = ("network", "interfaceEndpoints", position)
        rule = f"is not offered{nearest(endpoint, INTERFACE_ENDPOINTS)}"
        found.check(endpoint in INTERFACE_ENDPOINTS, path, endpoint, rule)
        found.check(endpoint not in endpoints[:position], path, endpoint, "is listed twice")
    missing = [needed for needed in REQUIRED_WITHOUT_NAT if needed not in endpoints]
    rule = f"leaves tasks without a way to AWS; add {', '.join(missing)} to network.interfaceEndpoints"
    reachable = network.nat != "none" or not missing
    found.check(reachable, ("network", "nat"), network.nat, rule, ("network", "interfaceEndpoints"))


def _check_existing(network: Network, existing: ExistingNetwork, found: Findings) -> None:
    for field in _MADE:
        path: Path = ("network", str(Network.model_fields[field].alias))
        rule = "has no effect beside network.existing; leave one of them out"
        found.check(field not in network.model_fields_set, path, getattr(network, field), rule)
    subnets = existing.public_subnet_ids
    rule = f"has {counted(len(subnets))}; a load balancer needs subnets in 2 zones"
    enough = network.internal or len(subnets) > 1
    found.check(enough, ("network", "existing", "publicSubnetIds"), subnets, rule, _REACH[0])


def _check_addresses(network: Network, found: Findings) -> None:
    path: Path = ("network", "cidrBlock")
    scratch = Offences()
    block = check_cidr(scratch, "", network.cidr_block)
    found.adopt(scratch, path)
    for position, (reserved, other) in enumerate(_networks(network.reserved_cidrs)):
        clear = block is None or not block.overlaps(other)
        found.check(
            clear, path, network.cidr_block, f"overlaps {reserved} of network.reservedCidrs", _reserved(position)
        )


def _check_zones(settings: Settings, found: Findings) -> None:
    zones, region = settings.network.availability_zones, settings.regions.primary
    path: Path = ("network", "availabilityZones")
    count = f"has {counted(len(zones))}; a load balancer needs 2 or 3 zones"
    found.check(len(zones) > 1, path, zones, count, ("network", "existing"))
    for position, zone in enumerate(zones):
        found.check(zone[:-1] == region, (*path, position), zone, f"is not a zone of {region}", _PRIMARY)
        found.check(zone not in zones[:position], (*path, position), zone, "is listed twice")


def _check_ingress(settings: Settings, found: Findings) -> None:
    network = settings.network
    path: Path = ("network", "ingressCidrs")
    named = network.ingress_cidrs or not (network.internal and network.existing)
    rule = "lets nobody in; name the networks that may reach an internal gateway"
    found.check(named, path, network.ingress_cidrs, rule, _REACH[0], ("network", "existing"))
    blocks = enumerate(_networks(network.ingress_cidrs))
    for (first, (one, block)), (second, (other, later)) in combinations(blocks, 2):
        rule = f"overlaps {one}; name each network once"
        found.check(not block.overlaps(later), (*path, second), other, rule, (*path, first))


def _check_firewall(settings: Settings, found: Findings) -> None:
    """What the library refuses, under the names of the settings."""
    for position, cidr in enumerate(settings.firewall.allowed_cidrs or ()):
        path: Path = ("firewall", "allowedCidrs", position)
        found.check(cidr != ANYWHERE, path, cidr, "is every address; leave allowedCidrs out")
        twice = cidr in (settings.firewall.allowed_cidrs or ())[:position]
        found.check(not twice, path, cidr, "is listed twice")
    for position, country in enumerate(settings.firewall.allowed_countries or ()):
        twice = country in (settings.firewall.allowed_countries or ())[:position]
        found.check(not twice, ("firewall", "allowedCountries", position), country, "is listed twice")


def _networks(cidrs: Iterable[str]) -> Iterator[tuple[str, ipaddress.IPv4Network]]:
    return ((cidr, ipaddress.IPv4Network(cidr)) for cidr in cidrs)


def _reserved(position: int) -> Path:
    return ("network", "reservedCidrs", position)
