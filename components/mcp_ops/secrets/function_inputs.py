"""What the functions of the room have in common."""

from collections.abc import Mapping
from typing import Any, Protocol

from mcp_ops.functions import FunctionArgs


class Plan(Protocol):
    """Where a function runs, and how long its logs are kept."""

    @property
    def account_id(self) -> str:
        """Account, 12 digits."""

    @property
    def region(self) -> str:
        """Region."""

    @property
    def log_retention_days(self) -> int:
        """Days that logs are kept."""

    @property
    def log_group_prefix(self) -> str:
        """First part of the names of log groups."""


def function_inputs(plan: Plan, args: Mapping[str, Any], own: FunctionArgs) -> FunctionArgs:
    """Returns the inputs of a function: its own, and those that every function of a component gets.

    One run at a time: rotations and restarts of one store take turns.
    """
    passed = {key: args[key] for key in ("permissions_boundary_arn", "log_key_arn") if args.get(key) is not None}
    complete: FunctionArgs = {
        **own,
        **passed,  # type: ignore[typeddict-item] # inputs of both, under the same names
        "reserved_concurrency": 1,
        "log_retention_days": plan.log_retention_days,
        "log_group_prefix": plan.log_group_prefix,
        "tags": args.get("tags") or {},
    }
    return complete
