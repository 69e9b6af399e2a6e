"""How releases of servers replace each other, and from where they may be tried."""

from typing import Any

import pulumi

from mcp_ops import Gateway, Network, ReleaseArgs
from settings import Settings
from settings_deployment import RELEASE_FIELDS

ROLLING = "rolling"


def release_args(
    settings: Settings, gateway: Gateway | None = None, gate_arn: pulumi.Input[str] | None = None
) -> ReleaseArgs:
    """Returns the inputs of a server's releases; without gateway those that are known before anything is registered."""
    args: Any = settings.deployment.model_dump(include=set(RELEASE_FIELDS), exclude_none=True)
    if gateway and test_sources(settings):
        args["test_listener_arn"] = gateway.test_listener_arn.apply(str)
        if gate_arn is not None:
            args["gate_arn"] = gate_arn
    checked: ReleaseArgs = args
    return checked


def test_sources(settings: Settings) -> dict[str, str]:
    """Returns who may use the test listener: name -> block, or zone of the NAT gateway whose address it is.

    A function in the VPC reaches a public gateway from the NAT gateways' addresses, an internal one from its own.
    """
    network, named = settings.network, settings.deployment.test_cidrs
    if settings.deployment.strategy == ROLLING:
        return {}
    sources = {f"test-{number}": cidr for number, cidr in enumerate(named, start=1)}
    if network.existing:
        return sources
    if network.internal:
        return {"vpc": network.cidr_block, **sources}
    zones = {"per-zone": network.availability_zones, "single": network.availability_zones[:1]}.get(network.nat, ())
    return {**{f"nat-{zone[-1]}": zone[-1] for zone in zones}, **sources}


def test_ingress(settings: Settings, net: Network) -> dict[str, pulumi.Input[str]]:
    """Returns the same with the addresses of the NAT gateways."""
    sources = test_sources(settings)
    return {name: source if "/" in source else _nat_address(net, source) for name, source in sources.items()}


def _nat_address(net: Network, zone: str) -> pulumi.Output[str]:
    return net.nat_addresses.apply(lambda found: f"{found[zone]}/32")
