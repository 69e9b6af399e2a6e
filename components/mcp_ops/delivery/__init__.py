"""Delivery: nothing reaches an environment that was not reviewed, checked and proved."""

from typing import TYPE_CHECKING, Any

from mcp_ops.delivery.deployment_args import DeploymentRoleArgs
from mcp_ops.delivery.deployment_role import DeploymentRole
from mcp_ops.delivery.release_gate import ReleaseGate
from mcp_ops.delivery.release_gate_plan import GateServerArgs, ReleaseGateArgs
from mcp_ops.delivery.repository_args import BypassArgs, DeploymentEnvironmentArgs, ProtectedRepositoryArgs

if TYPE_CHECKING:
    from mcp_ops.delivery.protected_repository import ProtectedRepository

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


def __getattr__(name: str) -> Any:
    """Loads the component that needs pulumi_github when it is first used: a program without GitHub need not have it."""
    if name != "ProtectedRepository":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from mcp_ops.delivery.protected_repository import ProtectedRepository

    return ProtectedRepository
