"""What a web ACL is: its rules in order, made for MCP. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from mcp_ops import naming
from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE
from mcp_ops.inputs import Inputs

RATE_LIMIT = (10, 2_000_000_000)
"""Requests of one address in five minutes (API reference of RateBasedStatement)."""
DEFAULT_RATE_LIMIT = 3000

MAX_COUNTRIES = 50
"""Countries that one statement takes (API reference of GeoMatchStatement)."""

MAX_ADDRESSES = 10_000
"""Address ranges that one set takes (AWS WAF quotas)."""

LOG_GROUP_PREFIX = "aws-waf-logs-"
"""How the name of a destination has to begin (AWS WAF developer guide, logging)."""

COUNTED = (
    "SizeRestrictions_BODY",
    "GenericLFI_BODY",
    "GenericRFI_BODY",
    "CrossSiteScripting_BODY",
    "EC2MetaDataSSRF_BODY",
    "NoUserAgent_HEADER",
)
"""Rules of the core rule set that count instead of blocking.

Tool arguments are files, paths, URLs, HTML and longer than 8 KB: the body rules would refuse ordinary calls; and MCP
asks no client for a user agent. What they protect from is up to the tools, which check their arguments against a
schema; the server caps bodies at 1 MiB.
"""

_COUNTRY = re.compile(r"[A-Z]{2}")
_COUNTRY_RULE = "is no country code; write it like DE (ISO 3166)"
_NAME = re.compile(r"[A-Za-z0-9_-]{1,100}")


class WebAclArgs(TypedDict):
    """Inputs of a WebAcl."""

    load_balancer_arn: pulumi.Input[str]
    """Load balancer that it protects."""
    account_id: str
    """Account of the load balancer, 12 digits."""
    region: str
    """Region of the load balancer."""
    rate_limit: NotRequired[int]
    """Requests that one address may make in five minutes, 10 to 2000000000. Default 3000. Hosted AI tools call from few
    addresses: raise it where many people use one."""
    allowed_countries: NotRequired[list[str]]
    """Countries that may call, ISO 3166 such as `DE`, up to 50; all others are blocked. Default: all may. An empty list
    is refused. Adds 1 USD a month."""
    allowed_cidrs: NotRequired[list[str]]
    """IPv4 blocks that may call; all others are blocked. Default: all may. An empty list is refused. Adds 1 USD a
    month."""
    log_retention_days: NotRequired[int]
    """Days that blocked and counted requests are kept. Default 30. CloudWatch Logs takes about 0.50 USD a GB
    (us-east-1)."""
    log_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the log. Default: AWS's own."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


@dataclass(frozen=True)
class WebAclPlan:
    """What a WebAcl registers."""

    account_id: str
    region: str
    rate_limit: int
    allowed_countries: tuple[str, ...]
    """Empty where every country may call."""
    allowed_cidrs: tuple[str, ...]
    """Empty where every address may call."""
    log_group: str
    log_retention_days: int


def plan_web_acl(name: str, args: WebAclArgs) -> WebAclPlan:
    """Decides on the web ACL. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, WebAclArgs)
    offences = inputs.offences
    rule = "cannot name metrics and logs; use letters, digits, - and _, at most 100"
    offences.check(_NAME.fullmatch(name), "name", name, rule)
    naming.check_length(offences, "name", "log group", f"{LOG_GROUP_PREFIX}{name}")
    plan = WebAclPlan(
        account_id=inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE),
        region=inputs.text("region", REGION, REGION_RULE),
        rate_limit=inputs.integer("rate_limit", DEFAULT_RATE_LIMIT, *RATE_LIMIT),
        allowed_countries=inputs.entries("allowed_countries", _COUNTRY, _COUNTRY_RULE),
        allowed_cidrs=inputs.cidrs("allowed_cidrs"),
        log_group=f"{LOG_GROUP_PREFIX}{name}",
        log_retention_days=inputs.retention("log_retention_days", 30),
    )
    _check_allowed(inputs, "allowed_countries", plan.allowed_countries, MAX_COUNTRIES)
    _check_allowed(inputs, "allowed_cidrs", plan.allowed_cidrs, MAX_ADDRESSES)
    for cidr in plan.allowed_cidrs:
        rule = "is every address, which a set does not take; leave it out"
        offences.check(not cidr.endswith("/0"), "allowed_cidrs", cidr, rule)
    offences.refuse()
    return plan


def _check_allowed(inputs: Inputs, key: str, allowed: tuple[str, ...], most: int) -> None:
    rule = "lets nobody in; name who may call, or leave it out"
    inputs.offences.check(allowed or not inputs.has(key), key, list(allowed), rule)
    inputs.offences.check(len(allowed) <= most, key, len(allowed), f"entries are too many; AWS WAF takes {most}")
