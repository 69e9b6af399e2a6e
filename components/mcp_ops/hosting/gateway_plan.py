"""What a gateway is: its name, its reach, and where each server's listener rules stand. Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from mcp_ops import naming
from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE
from mcp_ops.errors import Offences
from mcp_ops.inputs import Inputs, ipv4_block

IDLE_TIMEOUT_SECONDS = (1, 4000)
"""Idle time-out that a load balancer accepts (API reference of LoadBalancerAttribute)."""

RULE_BLOCK_BASE = 1000
RULE_BLOCK_SIZE = 10
RULE_BLOCKS = 4000
"""Each server owns ten listener priorities from 1,000 to 40,999; AWS allows 1 to 50,000 (API reference of
CreateRule)."""
LAST_RULE_BLOCK = RULE_BLOCK_BASE + RULE_BLOCK_SIZE * (RULE_BLOCKS - 1)

FORWARD_OFFSET = 9
"""The rule that forwards stands last in its block, so that rules that answer or refuse come first."""
SHIFTING_OFFSET = 8
"""Its place where ECS shifts traffic."""

DOMAIN = re.compile(r"(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
"""A lower-case DNS name of two labels or more (RFC 1035)."""
DOMAIN_RULE = "is not a domain name; use lower case, such as dev.example.com"

MAX_CERTIFICATE_DOMAIN = 64
"""Characters that ACM accepts in a certificate's first name (API reference of RequestCertificate)."""

HTTP, HTTPS, TEST_PORT = 80, 443, 8443

TARGET_PORTS = (1024, 65535)
"""Ports that servers listen on; the lower ones need root."""

MAX_GROUP_RULES = 60
"""Rules that one direction of a security group takes by default (Amazon VPC quotas)."""

MIN_SUBNETS = 2
"""Zones that an application load balancer needs (Elastic Load Balancing user guide)."""

_ANYWHERE = "0.0.0.0/0"
_SOURCE = re.compile(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?")
_TEST_SOURCES = ("test_ingress_cidrs", "test_ingress_security_groups")


class GatewayArgs(TypedDict):
    """Inputs of a Gateway."""

    vpc_id: pulumi.Input[str]
    """VPC of the load balancer."""
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    """Subnets in at least two zones: public ones, or private ones if `internal`."""
    domain: str
    """Domain of the servers, such as `dev.example.com`: the certificate covers it and one label below it."""
    account_id: str
    """Account of the load balancer, 12 digits."""
    region: str
    """Region of the load balancer."""
    internal: NotRequired[bool]
    """Whether the load balancer has private addresses only. Default false."""
    ingress_cidrs: NotRequired[list[str]]
    """IPv4 blocks that may connect, at most 30. Default everywhere; required if `internal`: give the VPC's block."""
    test_ingress_cidrs: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Name -> IPv4 block, not the whole internet, that may use the test listener (HTTPS, port 8443), on which a release
    is tried before it gets traffic. Such as the addresses of the NAT gateways: a function in the VPC reaches a public
    gateway from there. Default: no test listener."""
    test_ingress_security_groups: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Name -> security group id that may use the test listener of an internal gateway. Default: no test listener."""
    hosted_zone_id: NotRequired[pulumi.Input[str]]
    """Route 53 zone in which the certificate proves itself. Required unless `certificate_arn`."""
    certificate_arn: NotRequired[pulumi.Input[str]]
    """A certificate that covers the servers' hosts and is renewed by somebody else. Default: one is made, and ACM
    renews it."""
    idle_timeout_seconds: NotRequired[int]
    """Seconds a silent connection stays open, 1 to 4000. Default 300: a tool call may send nothing until it is done."""
    access_log_retention_days: NotRequired[int]
    """Days that access logs are kept, 1 to 3653. Default 90. Storage costs about 0.023 USD a GB and month."""
    deletion_protection: NotRequired[bool]
    """Whether AWS refuses to delete the load balancer. Default true."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the access logs. Without it, deleting takes the logs along. Default true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


@dataclass(frozen=True)
class GatewayPlan:
    """What a Gateway registers."""

    domain: str
    account_id: str
    region: str
    internal: bool
    ingress_cidrs: tuple[str, ...]
    test_listener: bool
    own_certificate: bool
    """Whether the gateway makes its certificate."""
    idle_timeout_seconds: int
    access_log_retention_days: int
    deletion_protection: bool
    protect: bool


def plan_gateway(name: str, args: GatewayArgs) -> GatewayPlan:
    """Decides on the gateway. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, GatewayArgs)
    offences = inputs.offences
    naming.check_length(offences, "name", "load balancer", f"{name}-lb", autonamed=True)
    domain = inputs.text("domain", DOMAIN, DOMAIN_RULE)
    own_certificate = not inputs.has("certificate_arn")
    proved = inputs.has("hosted_zone_id") or not own_certificate
    offences.check(proved, "hosted_zone_id", None, "is missing; the certificate needs it, or give certificate_arn")
    fits = len(domain) <= MAX_CERTIFICATE_DOMAIN or not own_certificate
    inputs.at_least("subnet_ids", MIN_SUBNETS)
    offences.check(
        fits, "domain", domain, f"is {len(domain)} characters long; a certificate takes {MAX_CERTIFICATE_DOMAIN}"
    )
    internal = inputs.flag("internal", default=False)
    plan = GatewayPlan(
        domain=domain,
        account_id=inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE),
        region=inputs.text("region", REGION, REGION_RULE),
        internal=internal,
        ingress_cidrs=_ingress(inputs, internal=internal),
        test_listener=_test_sources(inputs),
        own_certificate=own_certificate,
        idle_timeout_seconds=inputs.integer("idle_timeout_seconds", 300, *IDLE_TIMEOUT_SECONDS),
        access_log_retention_days=inputs.integer("access_log_retention_days", 90, 1, 3653),
        deletion_protection=inputs.flag("deletion_protection", default=True),
        protect=inputs.flag("protect", default=True),
    )
    offences.refuse()
    return plan


def _ingress(inputs: Inputs, *, internal: bool) -> tuple[str, ...]:
    cidrs = inputs.cidrs("ingress_cidrs", () if internal else (_ANYWHERE,))
    inputs.offences.check(
        cidrs, "ingress_cidrs", list(cidrs), "lets nobody in; give the blocks that may connect, such as the VPC's"
    )
    rules = 2 * len(cidrs) + sum(len(inputs.mapping(key)) for key in _TEST_SOURCES)
    rule = (
        f"and the sources of the test listener need {rules} rules; a security group takes {MAX_GROUP_RULES} by default"
    )
    inputs.offences.check(rules <= MAX_GROUP_RULES, "ingress_cidrs", f"{len(cidrs)} blocks", rule)
    return cidrs


def _test_sources(inputs: Inputs) -> bool:
    sources = {key: inputs.mapping(key) for key in _TEST_SOURCES}
    for key, named in sources.items():
        inputs.offences.check(named or not inputs.has(key), key, dict(named), "lets nobody in; leave it out")
        for name in named:
            rule = "is not a name; use lower case, digits and hyphens, at most 32"
            inputs.offences.check(_SOURCE.fullmatch(name), key, name, rule)
    for name in sorted(set(sources[_TEST_SOURCES[0]]) & set(sources[_TEST_SOURCES[1]])):
        inputs.offences.add(_TEST_SOURCES[1], name, f"is also a name in {_TEST_SOURCES[0]}")
    for name, block in sources[_TEST_SOURCES[0]].items():
        if isinstance(block, str):
            _check_source(inputs.offences, name, block)
    return any(sources.values())


def _check_source(offences: Offences, name: str, cidr: str) -> None:
    where = f"{_TEST_SOURCES[0]}.{name}"
    block = ipv4_block(offences, where, cidr)
    narrow = block is None or block.prefixlen > 0
    offences.check(narrow, where, cidr, "is every address; releases are not tried in public")


def check_source(gateway: str, name: str, cidr: str) -> str:
    """Returns a source of the test listener that became known while resources register. Raises `InputError`."""
    offences = Offences(f"{gateway}.")
    _check_source(offences, name, cidr)
    offences.refuse()
    return cidr


def rule_block(host: str, path: str) -> int:
    """Returns the first of the ten listener priorities that belong to `host` and `path`, whoever their neighbours are.

    Two servers can meet in one block (with 20 servers: 5 in 100 times); the program refuses that, and `rule_block` of
    one of them resolves it.
    """
    return RULE_BLOCK_BASE + RULE_BLOCK_SIZE * naming.stable_slot(f"{host}{path}", RULE_BLOCKS)


def is_rule_block(priority: int) -> bool:
    """Whether a block of listener priorities starts at `priority`."""
    slot, rest = divmod(priority - RULE_BLOCK_BASE, RULE_BLOCK_SIZE)
    return rest == 0 and 0 <= slot < RULE_BLOCKS


def covers(domain: str, host: str) -> bool:
    """Whether a gateway's own certificate for `domain` is valid for `host`: the domain itself or one label below it."""
    return host == domain or host.partition(".")[2] == domain
