"""What an McpServer is: its address, size, environment and limits, checked before anything is registered. Pure."""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass

from mcp_ops import naming
from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE, ROLE_PATH
from mcp_ops.errors import Offences
from mcp_ops.hosting import fargate
from mcp_ops.hosting.contract_plan import check_variables, plan_contract
from mcp_ops.hosting.gateway_plan import (
    DOMAIN,
    DOMAIN_RULE,
    FORWARD_OFFSET,
    LAST_RULE_BLOCK,
    MAX_GROUP_RULES,
    MIN_SUBNETS,
    RULE_BLOCK_BASE,
    TARGET_PORTS,
    is_rule_block,
    rule_block,
)
from mcp_ops.hosting.mcp_server_args import McpServerArgs
from mcp_ops.hosting.release_alarms import check_release_alarms
from mcp_ops.hosting.release_plan import ReleaseArgs, ReleasePlan, plan_release
from mcp_ops.hosting.sign_in_plan import SignInPlan, check_metadata_path, plan_sign_in
from mcp_ops.hosting.volumes import VolumePlan, plan_volumes
from mcp_ops.inputs import Inputs

HEADROOM_PERCENT = 20
"""Capacity over target load, as requirement H7 asks."""

HEALTH_PATH = "/health"
"""Path of the health check; the gateway never forwards it (docs/server-contract.md)."""

PATH = re.compile(r"(?=.{2,128}$)(/[A-Za-z0-9._~-]+)+")
"""A path without wildcards and trailing slash; 128 is the limit of a listener rule's value (API reference of
RuleCondition)."""

MAX_RULE_HOST = 128
"""Characters that a listener rule accepts in a host (API reference of RuleCondition)."""

_ROLE_PATH = re.compile(f"/|{ROLE_PATH.pattern}")
_ROLE_PATH_RULE = (
    "is not an IAM path, such as /mcp-dev/; use / at both ends and 1 to 512 printable ASCII characters without space, "
    "*, ? and $"
)
_DIGEST = re.compile(r"\S+@sha256:[0-9a-f]{64}")
_ENVIRONMENT = re.compile(r"[a-z]([a-z0-9-]{0,14}[a-z0-9])?")
_ENVIRONMENT_RULE = "is not the name of an environment; use lower case, digits and hyphens, at most 16, such as dev"
_CALLER = re.compile(r"[a-z][a-z0-9-]*")
_TAKEN_CALLERS = ("gateway",)

_DEREGISTRATION_SECONDS = (0, 3600)
_GRACE_SECONDS = (0, 7200)
_MAX_RATE = 1_000_000


@dataclass(frozen=True)
class Address:
    """Where a server is reached."""

    host: str
    path: str
    forward_priority: int
    creates_record: bool

    @property
    def url(self) -> str:
        """The canonical URL: public address, token audience, and what the server is told about itself."""
        return f"https://{self.host}{self.path}"


@dataclass(frozen=True)
class Size:
    """How much of what a server runs on."""

    cpu: int
    memory: int
    cpu_architecture: str
    min_tasks: int
    max_tasks: int
    requests_per_target: float
    """Requests a minute and task at which autoscaling adds tasks."""
    tmp_mib: int


@dataclass(frozen=True)
class McpServerPlan:
    """What an McpServer registers."""

    family: str
    """Name of the task definition's revisions."""
    account_id: str
    region: str
    address: Address
    size: Size
    port: int
    contract: Mapping[str, str]
    """Environment that the server contract promises."""
    log_group: str
    log_retention_days: int
    require_digest: bool
    health_check_grace_seconds: int
    deregistration_delay_seconds: int
    legacy_sessions: bool
    release: ReleasePlan
    volumes: Mapping[str, VolumePlan]
    """By name, sorted."""
    role_path: str
    """Empty for IAM's default."""
    sign_in: SignInPlan | None
    """None where whoever reaches the gateway may call the server."""


def plan_mcp_server(name: str, args: McpServerArgs) -> McpServerPlan:
    """Decides on the server. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, McpServerArgs)
    offences = inputs.offences
    fits = naming.SERVER_NAME.fullmatch(name)
    offences.check(fits, "name", name, "is not a server name; use lower case, digits and hyphens, at most 20")
    environment = inputs.text("environment", _ENVIRONMENT, _ENVIRONMENT_RULE)
    address = _address(inputs)
    port = inputs.integer("port", 8000, *TARGET_PORTS)
    require_digest = inputs.flag("require_digest", default=False)
    _check_image(inputs, args.get("image"), require_digest=require_digest)
    check_variables(inputs)
    _check_callers(inputs)
    sign_in = _sign_in(inputs, args, address)
    release = plan_release(
        inputs.group("release", ReleaseArgs),
        forwards_unauthenticated=bool(sign_in and sign_in.forwards_unauthenticated),
    )
    check_release_alarms(offences, f"{environment}-{name}", release)
    inputs.at_least("subnet_ids", MIN_SUBNETS)
    plan = McpServerPlan(
        family=f"{environment}-{name}",
        account_id=inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE),
        region=inputs.text("region", REGION, REGION_RULE),
        address=address,
        size=_size(inputs),
        port=port,
        contract=plan_contract(inputs, name, environment, address.host, address.url, port),
        log_group=naming.log_group(inputs.log_group_prefix(), environment, name),
        log_retention_days=inputs.retention("log_retention_days", 30),
        require_digest=require_digest,
        health_check_grace_seconds=inputs.integer("health_check_grace_seconds", 60, *_GRACE_SECONDS),
        deregistration_delay_seconds=inputs.integer("deregistration_delay_seconds", 120, *_DEREGISTRATION_SECONDS),
        legacy_sessions=inputs.flag("legacy_sessions", default=False),
        release=release,
        volumes=plan_volumes(inputs),
        role_path=inputs.text("role_path", _ROLE_PATH, _ROLE_PATH_RULE),
        sign_in=sign_in,
    )
    offences.refuse()
    return plan


def image_by_digest(image: str) -> bool:
    """Whether `image` names its content, not only a tag that can move."""
    return _DIGEST.fullmatch(image) is not None


def _address(inputs: Inputs) -> Address:
    offences = inputs.offences
    host = inputs.text("host", DOMAIN, DOMAIN_RULE)
    offences.check(
        len(host) <= MAX_RULE_HOST, "host", host, f"is {len(host)} characters long; a rule takes {MAX_RULE_HOST}"
    )
    path = inputs.text("path", PATH, "is not a path; write it like /mcp, without trailing slash and wildcards", "/mcp")
    reserved = path == HEALTH_PATH or path.startswith("/.well-known/")
    offences.check(not reserved, "path", path, "is reserved for health checks or metadata")
    block = inputs.integer("rule_block", rule_block(host, path), RULE_BLOCK_BASE, LAST_RULE_BLOCK)
    offences.check(
        is_rule_block(block),
        "rule_block",
        block,
        f"starts no block; use {RULE_BLOCK_BASE}, 1010, ... {LAST_RULE_BLOCK}",
    )
    record = inputs.flag("create_record", default=True) and inputs.has("hosted_zone_id")
    return Address(host, path, block + FORWARD_OFFSET, record)


def _sign_in(inputs: Inputs, args: McpServerArgs, address: Address) -> SignInPlan | None:
    if not inputs.mapping("sign_in"):
        inputs.offences.check(not inputs.has("sign_in"), "sign_in", args.get("sign_in"), "names no issuer")
        return None
    check_metadata_path(inputs.offences, "path", address.path)
    found = Offences("sign_in.")
    plan = plan_sign_in(found, args["sign_in"], address.url)
    for offence in found:
        inputs.offences.add(offence.where, offence.value, offence.rule)
    return plan


def _size(inputs: Inputs) -> Size:
    offences = inputs.offences
    cpu = inputs.integer("cpu", 256, 1, fargate.MAX_CPU)
    sizes = fargate.MEMORY_BY_CPU.get(cpu, fargate.MEMORY_BY_CPU[256])
    memory = inputs.integer("memory", sizes[0], 1, fargate.MAX_MEMORY)
    fargate.check_size(offences, cpu, memory)
    architecture = inputs.choice("architecture", "arm64", tuple(fargate.ARCHITECTURES))
    fewest = inputs.integer("min_tasks", 2, 1, fargate.MAX_TASKS)
    most = inputs.integer("max_tasks", max(10, fewest), 1, fargate.MAX_TASKS)
    offences.check(fewest <= most, "min_tasks", fewest, f"exceeds max_tasks {most}")
    load = inputs.integer("target_load", 20, 1, _MAX_RATE)
    each = inputs.integer("requests_per_task", 50, 1, _MAX_RATE)
    wanted = load * (100 + HEADROOM_PERCENT)
    needed = math.ceil(wanted / (100 * each))
    rule = f"carries {most * each} requests a second; {load} and {HEADROOM_PERCENT} % more need {needed} tasks"
    offences.check(needed <= most, "max_tasks", most, rule)
    tmp = inputs.integer("tmp_mib", 64, 1, max(1, memory // 2))
    return Size(
        cpu, memory, fargate.ARCHITECTURES[architecture], fewest, most, each * 60 * 100 / (100 + HEADROOM_PERCENT), tmp
    )


def _check_image(inputs: Inputs, image: object, *, require_digest: bool) -> None:
    if isinstance(image, str):
        inputs.offences.check(image and not re.search(r"\s", image), "image", image, "is not an image")
        inputs.offences.check(not require_digest or image_by_digest(image), "image", image, "names no digest")


def _check_callers(inputs: Inputs) -> None:
    callers = inputs.mapping("callers")
    rule = f"callers and the gateway need a rule each; a security group takes {MAX_GROUP_RULES} by default"
    inputs.offences.check(len(callers) < MAX_GROUP_RULES, "callers", len(callers), rule)
    for name in callers:
        fits = _CALLER.fullmatch(name) and name not in _TAKEN_CALLERS
        inputs.offences.check(
            fits, "callers", name, "is not a caller's name; use lower case, digits and hyphens, but not gateway"
        )
