"""Registers the gate that tries releases before they get traffic."""

from typing import Any

import pulumi

from environment import LOG_GROUPS, shared_name
from mcp_ops import EncryptionKeys, Network, ReleaseGate, ReleaseGateArgs
from releases import test_sources
from settings import Settings


def release_gate_args(settings: Settings) -> ReleaseGateArgs:
    """Returns the inputs that are known before anything is registered."""
    chosen = settings.deployment.gate
    args: Any = {
        "environment": settings.environment,
        "account_id": settings.account,
        "region": settings.regions.primary,
        "servers": {name: _proves(settings, name) for name in settings.servers},
        "latency_seconds": chosen.latency_seconds,
        "samples": chosen.samples,
        "log_retention_days": settings.retention.logs_days,
        "log_group_prefix": LOG_GROUPS,
        "secret_arn": chosen.secret,
        "secret_key_arn": chosen.secret_key,
    }
    checked: ReleaseGateArgs = {key: value for key, value in args.items() if value is not None}  # type: ignore[assignment]
    return checked


def release_gate(
    settings: Settings,
    net: Network,
    keys: EncryptionKeys,
    boundary_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> ReleaseGate | None:
    """Registers the gate in the private subnets, if releases answer on a test listener first."""
    if not settings.deployment.gate.enabled or not test_sources(settings):
        return None
    args = release_gate_args(settings)
    args["vpc_id"] = net.vpc_id
    args["subnet_ids"] = net.private_subnet_ids  # type: ignore[typeddict-item]
    args["log_key_arn"] = keys.key_arn("logs")
    args["permissions_boundary_arn"] = boundary_arn
    return ReleaseGate(shared_name(settings), args, opts)


def _proves(settings: Settings, name: str) -> dict[str, Any]:
    """Returns what releases of a server have to prove: the probe's call, else the first of its rehearsal."""
    own, rehearsal = settings.monitoring.servers.get(name), settings.servers[name].rehearsal
    call: Any = own.probe if own and own.probe and own.probe.tool else None
    if call is None and rehearsal and rehearsal.probes:
        call = rehearsal.probes[0]
    proves: dict[str, Any] = {"sign_in": settings.sign_in is not None and settings.sign_in.mode == "jwt"}
    if call is not None:
        proves |= {"tool": call.tool, "arguments": dict(call.arguments or {}), "expect": dict(call.expect or {})}
    if name in settings.deployment.gate.tools:
        proves["tools_digest"] = settings.deployment.gate.tools[name]
    return proves
