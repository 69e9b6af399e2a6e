"""What the release gate asks of each server. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NotRequired, TypedDict

import pulumi

from mcp_ops import naming
from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE
from mcp_ops.inputs import Inputs

LATENCY_SECONDS = (0.01, 60.0)
SAMPLES = (1, 100)
LONGEST_SECONDS = 900
"""Longest run of a function (AWS Lambda quotas)."""

DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
"""The digest of a server's tools, or of an image."""
DIGEST_RULE = "is no digest; it is sha256: and 64 hex digits"

_TOOL = re.compile(r"[A-Za-z0-9_.-]{1,128}")


class GateServerArgs(TypedDict):
    """What a release of one server has to prove."""

    tool: NotRequired[str]
    """Tool that is called; choose one that changes nothing. Default: `tools/list` is sampled, no tool is called, and a
    release that answers wrongly is not noticed."""
    # nosemgrep: args-types-for-every-language - any JSON, as the tool takes it
    arguments: NotRequired[Mapping[str, Any]]
    """Arguments of the call. Default none."""
    # nosemgrep: args-types-for-every-language - any JSON, as the tool answers
    expect: NotRequired[Mapping[str, Any]]
    """Members that the structured result must have. Default: any result that is no error."""
    tools_digest: NotRequired[str]
    """Digest of all tools, `sha256:` and 64 hex digits, as `mcp-ops release verify` prints it: so a change
    of a tool is a change of a reviewed file. Default: the tools that callers have at that moment; a release that is to
    change them needs the digest."""
    sign_in: NotRequired[bool]
    """Whether callers need a token; then `secret_arn` is required. Default false."""


class ReleaseGateArgs(TypedDict):
    """Inputs of a ReleaseGate."""

    environment: str
    """Environment of the servers."""
    account_id: str
    """Account of the gate, 12 digits."""
    region: str
    """Region of the gate."""
    servers: Mapping[str, GateServerArgs]
    """Server name -> what its releases have to prove, 1 to 100. A release of any other server is refused."""
    latency_seconds: NotRequired[float]
    """Response time (95th percentile of the sampled calls, one after the other) above which a release is refused, 0.01
    to 60 seconds. Default 0.5."""
    samples: NotRequired[int]
    """Calls that are sampled, 1 to 100. Default 20."""
    secret_arn: NotRequired[pulumi.Input[str]]
    """Secret with `token_endpoint`, `client_id`, `client_secret`, optionally `scope` and `resource`: the client whose
    tokens the gate brings to servers with sign-in."""
    secret_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the secret. Default: the account's own key for Secrets Manager."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """VPC of `subnet_ids`."""
    subnet_ids: NotRequired[list[pulumi.Input[str]]]
    """Private subnets to try releases from, such that the test listener lets them in. Default: from outside."""
    key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts variables and dead letters. Default: AWS's own."""
    log_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the logs. Default: AWS's own."""
    log_retention_days: NotRequired[int]
    """Days that the logs, with the reason of each decision, are kept. Default 30."""
    log_group_prefix: NotRequired[str]
    """First part of the log group's name `<prefix>/functions/<name>-gate`. Default `/mcp-ops`."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Boundary of the role."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


@dataclass(frozen=True)
class ReleaseGatePlan:
    """What a ReleaseGate registers."""

    environment: str
    servers: str
    """The content of the function's `servers.json`."""
    latency_seconds: float
    samples: int
    timeout_seconds: int
    log_retention_days: int


def plan_release_gate(name: str, args: ReleaseGateArgs) -> ReleaseGatePlan:
    """Decides on the gate. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, ReleaseGateArgs)
    offences = inputs.offences
    rule = "is no environment; use dev, staging or prod"
    environment = inputs.text("environment", re.compile("dev|staging|prod"), rule)
    inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE)
    inputs.text("region", REGION, REGION_RULE)
    naming.check_length(offences, "name", "function", f"{name}-gate", autonamed=True)
    servers = inputs.mapping("servers")
    offences.check(0 < len(servers) <= 100, "servers", len(servers), "is not a number of servers from 1 to 100")  # noqa: PLR2004 - said there
    given = {server: _server(server, entry, inputs) for server, entry in servers.items()}
    signed_in = sorted(server for server, entry in given.items() if entry.get("signIn"))
    rule = f"is missing: {', '.join(signed_in)} let nobody in without a token, so no release of them could be tried"
    offences.check(inputs.has("secret_arn") or not signed_in, "secret_arn", None, rule)
    rule = "goes with subnet_ids; give both or neither"
    offences.check(inputs.has("vpc_id") == inputs.has("subnet_ids"), "vpc_id", inputs.given("vpc_id"), rule)
    latency = inputs.number("latency_seconds", 0.5, *LATENCY_SECONDS)
    samples = inputs.integer("samples", 20, *SAMPLES)
    plan = ReleaseGatePlan(
        environment,
        json.dumps(given, sort_keys=True, indent=1),
        latency,
        samples,
        run_seconds(latency, samples),
        inputs.retention("log_retention_days", 30),
    )
    rule = f"calls of {latency:g} s exceed {LONGEST_SECONDS} s"
    offences.check(plan.timeout_seconds <= LONGEST_SECONDS, "samples", samples, rule)
    offences.refuse()
    return plan


def run_seconds(latency_seconds: float, samples: int) -> int:
    """Returns seconds for every sample at the limit, and a minute for the other answers."""
    return 60 + int(samples * latency_seconds)


def _server(name: str, given: object, inputs: Inputs) -> dict[str, Any]:
    where = f"servers.{name}"
    inputs.offences.check(naming.SERVER_NAME.fullmatch(name), where, name, "is no server name")
    if not isinstance(given, Mapping):
        inputs.offences.add(where, given, "is not a group of inputs")
        return {}
    offences = inputs.offences.below(where)
    server = Inputs("", given, GateServerArgs, offences)
    tool = server.text("tool", _TOOL, "is not the name of a tool")
    for key in ("arguments", "expect"):
        rule = "has no effect without tool; leave it out, or name the tool"
        offences.check(tool or not server.has(key), key, given.get(key), rule)
    entry = {
        "tool": tool,
        "arguments": dict(server.mapping("arguments")),
        "expect": dict(server.mapping("expect")),
        "toolsDigest": server.text("tools_digest", DIGEST, DIGEST_RULE),
        "signIn": server.flag("sign_in", default=False),
    }
    return {key: value for key, value in entry.items() if value}
