"""What is probed, and how often. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi

from mcp_ops import naming
from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE
from mcp_ops.inputs import Inputs
from mcp_ops.monitoring.server_monitoring import ENVIRONMENT, ENVIRONMENT_RULE

MAX_TARGETS = 100
"""Servers that one probe calls within its minute."""

RUNNERS = ("function", "canary")

_TOOL = re.compile(r"[A-Za-z0-9_.-]{1,128}")


class ProbeTargetArgs(TypedDict):
    """One server, and the harmless call that is made."""

    url: pulumi.Input[str]
    """Canonical URL of the server."""
    tool: NotRequired[str]
    """Tool that is called; choose one that changes nothing. Default: the tools are listed, none is called."""
    # nosemgrep: args-types-for-every-language - any JSON, as the tool takes it
    arguments: NotRequired[Mapping[str, Any]]
    """Arguments of the call. Default none."""
    # nosemgrep: args-types-for-every-language - any JSON, as the tool answers
    expect: NotRequired[Mapping[str, Any]]
    """Members that the structured result must have. Default: any result that is no error."""
    secret_arn: NotRequired[pulumi.Input[str]]
    """Secret with `token_endpoint`, `client_id`, `client_secret`, optionally `scope` and `resource`: the client whose
    token the probe brings. Default: no token."""
    secret_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the secret. Default: the account's own key for Secrets Manager."""
    sign_in: NotRequired[bool]
    """Whether callers need a token. Without a secret the probe then checks that the server says where tokens come from
    and answers 401. Default false."""


class ProbeArgs(TypedDict):
    """Inputs of a Probe."""

    environment: str
    """Environment of the servers."""
    account_id: str
    """Account of the probe, 12 digits."""
    region: str
    """Region of the probe."""
    targets: Mapping[str, ProbeTargetArgs]
    """Server name -> what is called, 1 to 100."""
    runner: NotRequired[str]
    """`function`: a scheduled function; about 0.10 USD a month, and 0.90 USD a server for its metrics. `canary`: one
    CloudWatch Synthetics canary a server with the same code; about 52 USD a month and server at one run a minute, for
    AWS's own pages about runs. Default `function`."""
    interval_minutes: NotRequired[int]
    """Minutes between probes, 1 to 5; alarms look at three in a row. Default 1."""
    subnet_ids: NotRequired[list[pulumi.Input[str]]]
    """Subnets to probe from, for a gateway that is not reachable from the internet. Default: from outside."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Security groups in those subnets."""
    key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts variables and dead letters. Default: AWS's own."""
    log_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the logs. Default: AWS's own."""
    log_retention_days: NotRequired[int]
    """Days that the logs are kept. Default 30."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Boundary of the roles."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


@dataclass(frozen=True)
class ProbePlan:
    """What a Probe registers."""

    environment: str
    account_id: str
    region: str
    runner: str
    rate: str
    """Schedule expression."""
    targets: tuple[Mapping[str, Any], ...]
    """The payload: what the function reads."""
    log_retention_days: int


def plan_probe(name: str, args: ProbeArgs) -> ProbePlan:
    """Decides on the probe. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, ProbeArgs)
    offences = inputs.offences
    targets = inputs.mapping("targets")
    offences.check(targets, "targets", dict(targets), "is empty; name a server")
    rule = f"are too many; one probe calls {MAX_TARGETS}"
    offences.check(len(targets) <= MAX_TARGETS, "targets", len(targets), rule)
    payload = tuple(_target(server, given, inputs) for server, given in targets.items() if isinstance(given, Mapping))
    minutes = inputs.integer("interval_minutes", 1, 1, 5)
    plan = ProbePlan(
        inputs.text("environment", ENVIRONMENT, ENVIRONMENT_RULE),
        inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE),
        inputs.text("region", REGION, REGION_RULE),
        inputs.choice("runner", RUNNERS[0], RUNNERS),
        f"rate({minutes} minute{'' if minutes == 1 else 's'})",
        payload,
        inputs.retention("log_retention_days", 30),
    )
    offences.refuse()
    return plan


def _target(server: str, given: Mapping[str, Any], inputs: Inputs) -> dict[str, Any]:
    """Returns one entry of the payload."""
    offences = inputs.offences.below(f"targets.{server}")
    offences.check(naming.SERVER_NAME.fullmatch(server), "server", server, "is no server name")
    target = Inputs("", given, ProbeTargetArgs, offences)
    tool = target.text("tool", _TOOL, "is not the name of a tool")
    for key in ("arguments", "expect"):
        rule = "has no effect without tool; leave it out, or name the tool"
        offences.check(tool or not target.has(key), key, given.get(key), rule)
    payload = {
        "server": server,
        "url": given.get("url", ""),
        "tool": tool,
        "arguments": dict(target.mapping("arguments")),
        "expect": dict(target.mapping("expect")),
        "secretArn": given.get("secret_arn"),
        "signIn": target.flag("sign_in", default=False),
    }
    return {key: value for key, value in payload.items() if value not in (None, "", {}, False)}
