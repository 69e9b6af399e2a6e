"""Delivery: nothing reaches an environment that was not reviewed, checked and proved."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp_ops.delivery.deployment_args import DeploymentRoleArgs
    from mcp_ops.delivery.deployment_role import DeploymentRole
    from mcp_ops.delivery.protected_repository import ProtectedRepository
    from mcp_ops.delivery.release_gate import ReleaseGate
    from mcp_ops.delivery.release_gate_plan import GateServerArgs, ReleaseGateArgs
    from mcp_ops.delivery.repository_args import BypassArgs, DeploymentEnvironmentArgs, ProtectedRepositoryArgs

__all__ = [
    "BypassArgs",
    "DeploymentEnvironmentArgs",
    "DeploymentRole",
    "DeploymentRoleArgs",
    "GateServerArgs",
    "ProtectedRepository",
    "ProtectedRepositoryArgs",
    "ReleaseGate",
    "ReleaseGateArgs",
]

_MODULES = {
    "deployment_args": ("DeploymentRoleArgs",),
    "deployment_role": ("DeploymentRole",),
    "protected_repository": ("ProtectedRepository",),
    "release_gate": ("ReleaseGate",),
    "release_gate_plan": ("GateServerArgs", "ReleaseGateArgs"),
    "repository_args": ("BypassArgs", "DeploymentEnvironmentArgs", "ProtectedRepositoryArgs"),
}


def __getattr__(name: str) -> Any:
    """Loads components when they are first used.

    The command line needs the pipeline beside them only, and a program without GitHub need not have pulumi_github.
    """
    for module, names in _MODULES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
