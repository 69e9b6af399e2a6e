"""Hosts the components for programs in other languages."""

import pulumi
from pulumi.provider.experimental import component_provider_host

import mcp_ops

NOT_HOSTED = ("ProtectedRepository",)
"""It registers resources of pulumi_github, which this package does not install."""


def components() -> list[type[pulumi.ComponentResource]]:
    """Returns every public component that other languages can use."""
    public = [getattr(mcp_ops, name) for name in mcp_ops.__all__ if name not in NOT_HOSTED]
    return [each for each in public if isinstance(each, type) and issubclass(each, pulumi.ComponentResource)]


if __name__ == "__main__":
    component_provider_host(name="mcp-ops", components=components())
