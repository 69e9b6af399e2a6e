"""The address plan of a network: pure arithmetic, decided before anything is registered."""

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from mcp_ops import naming
from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE
from mcp_ops.errors import Offences
from mcp_ops.inputs import Inputs, ipv4_block

ZONE_SLOTS = 4
"""Zones that every block has room for, however many are in use: a zone that is added later moves no other."""

PREFIX_LENGTHS = (16, 22)
"""Largest and smallest VPC. AWS's largest is /16 (CreateVpc); below /22 a public subnet would be smaller than /27, the
least that a load balancer accepts in a zone (Elastic Load Balancing user guide, subnets)."""

PRIVATE_RANGES = tuple(map(ipaddress.IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
"""RFC 1918 and RFC 6598."""

NAT_MODES = ("per-zone", "single", "none")

INTERFACE_ENDPOINTS = (
    "bedrock-runtime",
    "ecr.api",
    "ecr.dkr",
    "ecs",
    "events",
    "kms",
    "logs",
    "monitoring",
    "secretsmanager",
    "sns",
    "sqs",
    "ssm",
    "sts",
    "xray",
)
"""Services that an interface endpoint may be asked for; `com.amazonaws.<region>.<service>`."""

REQUIRED_WITHOUT_NAT = ("ecr.api", "ecr.dkr", "logs", "secretsmanager")
"""What a Fargate task needs to start without a route to the internet (Amazon ECS developer guide, interface
endpoints)."""

GATEWAY_ENDPOINTS = ("dynamodb", "s3")
"""Free of charge, so always there."""

DEFAULT_CIDR = "10.0.0.0/16"
_ZONES = (2, 3)
_MADE = ("cidr_block", "availability_zones", "nat", "interface_endpoints")


class ExistingNetworkArgs(TypedDict):
    """A VPC that somebody else owns."""

    vpc_id: pulumi.Input[str]
    """Id of the VPC."""
    public_subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Subnets with a route to an internet gateway, one a zone."""
    private_subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Subnets for tasks, one a zone, with a way to ECR, CloudWatch Logs and Secrets Manager."""


class NetworkArgs(TypedDict):
    """Inputs of a Network."""

    region: NotRequired[str]
    """Region of the network. Required unless `existing`."""
    account_id: NotRequired[str]
    """Account that owns the network, 12 digits. Required unless `existing`."""
    availability_zones: NotRequired[list[str]]
    """Two or three zones, such as `eu-west-1a`. Required unless `existing`. A zone's addresses follow from its place in
    the list: append a third zone at the end."""
    cidr_block: NotRequired[str]
    """Private IPv4 block, /16 to /22. Default `10.0.0.0/16`."""
    nat: NotRequired[str]
    """How tasks reach the internet: `per-zone` survives the loss of a zone, `single` does not, `none` needs the
    interface endpoints. Default `per-zone`. A NAT gateway costs about 33 USD a month and 0.045 USD a GB (us-east-1)."""
    interface_endpoints: NotRequired[list[str]]
    """AWS services reached without leaving the VPC, such as `ecr.api`. Default none. An endpoint costs about 7.30 USD a
    month and zone (us-east-1). S3 and DynamoDB always have one, free of charge."""
    flow_log_retention_days: NotRequired[int]
    """Days that flow logs are kept. Default 30. CloudWatch Logs takes about 0.50 USD a GB (us-east-1)."""
    log_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the flow logs. Default: AWS's own."""
    log_group_prefix: NotRequired[str]
    """First part of the log group's name. Default `/mcp-ops`."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Boundary of the role that writes the flow logs."""
    existing: NotRequired[ExistingNetworkArgs]
    """Use this VPC: nothing is registered."""
    tags: NotRequired[dict[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


@dataclass(frozen=True)
class ZonePlan:
    """One availability zone of a network."""

    zone: str
    key: str
    """The zone's letter: the suffix of its children's names."""
    public_cidr: str
    private_cidr: str
    nat_key: str | None
    """Key of the zone whose NAT gateway this zone uses."""


@dataclass(frozen=True)
class NetworkPlan:
    """What a Network registers; nothing when there are no zones."""

    cidr_block: str
    region: str
    account_id: str
    zones: tuple[ZonePlan, ...]
    interface_endpoints: tuple[str, ...]
    flow_log_group: str
    flow_log_retention_days: int


def plan_network(name: str, args: NetworkArgs) -> NetworkPlan:
    """Decides on addresses, zones and endpoints. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, NetworkArgs)
    if inputs.has("existing"):
        return _plan_existing(name, args, inputs)
    for key in ("region", "account_id", "availability_zones"):
        inputs.offences.check(inputs.has(key), key, None, "is missing; it is required unless existing is given")
    naming.check_length(inputs.offences, "name", "role", f"{name}-flow-logs", autonamed=True)
    region = inputs.text("region", REGION, REGION_RULE)
    account_id = inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE)
    block = check_cidr(
        inputs.offences, "cidr_block", inputs.text("cidr_block", _ANY, "is not a CIDR block", DEFAULT_CIDR)
    )
    zones = _zones(inputs, region)
    nat = inputs.choice("nat", NAT_MODES[0], NAT_MODES)
    endpoints = _endpoints(inputs, nat)
    prefix = inputs.log_group_prefix()
    retention = inputs.retention("flow_log_retention_days", 30)
    inputs.offences.refuse()
    plans = plan_zones(block or ipaddress.IPv4Network(DEFAULT_CIDR), zones, nat)
    group = naming.log_group(prefix, name, "flow-logs")
    return NetworkPlan(str(block), region, account_id, plans, endpoints, group, retention)


_ANY = re.compile(r"\S+")


def check_cidr(offences: Offences, where: str, text: str) -> ipaddress.IPv4Network | None:
    """Returns the block, or notes why it cannot be a VPC's."""
    block = ipv4_block(offences, where, text)
    if block is None:
        return None
    largest, smallest = PREFIX_LENGTHS
    offences.check(
        largest <= block.prefixlen <= smallest, where, text, f"has the wrong size; use /{largest} to /{smallest}"
    )
    private = any(block.subnet_of(private) for private in PRIVATE_RANGES)
    offences.check(private, where, text, f"is not private; use a part of {', '.join(map(str, PRIVATE_RANGES))}")
    return block


def plan_zones(block: ipaddress.IPv4Network, zones: Sequence[str], nat: str) -> tuple[ZonePlan, ...]:
    """Returns the subnets of each zone.

    A zone owns a quarter of the block: its lower half is the private subnet, the first quarter of its upper half the
    public one, and the rest is free for later.
    """
    quarters = list(block.subnets(new_prefix=block.prefixlen + (ZONE_SLOTS - 1).bit_length()))
    plans = []
    for zone, quarter in zip(zones, quarters, strict=False):
        private, upper = quarter.subnets(prefixlen_diff=1)
        public = next(upper.subnets(prefixlen_diff=2))
        nat_key = {"per-zone": zone[-1], "single": zones[0][-1]}.get(nat)
        plans.append(ZonePlan(zone, zone[-1], str(public), str(private), nat_key))
    return tuple(plans)


def _plan_existing(name: str, args: NetworkArgs, inputs: Inputs) -> NetworkPlan:
    for key in _MADE:
        inputs.offences.check(
            not inputs.has(key), key, args.get(key), "has no effect beside existing; leave one of them out"
        )
    Inputs(f"{name}.existing", args["existing"], ExistingNetworkArgs).offences.refuse()
    inputs.offences.refuse()
    return NetworkPlan("", "", "", (), (), "", 0)


def _zones(inputs: Inputs, region: str) -> tuple[str, ...]:
    zones = inputs.texts("availability_zones")
    fewest, most = _ZONES
    if inputs.has("availability_zones"):
        inputs.offences.check(
            fewest <= len(zones) <= most, "availability_zones", list(zones), f"lists {len(zones)}; use 2 or 3"
        )
    for zone in zones:
        fits = re.fullmatch(f"{region or REGION.pattern}[a-z]", zone)
        inputs.offences.check(fits, "availability_zones", zone, f"is not a zone of {region or 'the region'}")
    return zones


def _endpoints(inputs: Inputs, nat: str) -> tuple[str, ...]:
    endpoints = inputs.texts("interface_endpoints")
    for endpoint in endpoints:
        known = endpoint in INTERFACE_ENDPOINTS
        inputs.offences.check(known, "interface_endpoints", endpoint, f"is not one of {', '.join(INTERFACE_ENDPOINTS)}")
    missing = [] if nat != "none" else [needed for needed in REQUIRED_WITHOUT_NAT if needed not in endpoints]
    inputs.offences.check(
        not missing, "nat", nat, f"leaves tasks without a way to AWS; add the interface endpoints {', '.join(missing)}"
    )
    return endpoints
