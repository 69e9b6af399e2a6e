"""What the functions of this room have in common."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pulumi

from mcp_ops.functions import KIT, FunctionArgs, code_of
from mcp_ops.policies import Statement

FOLDER = Path(__file__).parent / "functions"

_PASSED_ON = (
    "account_id",
    "region",
    "key_arn",
    "log_key_arn",
    "log_retention_days",
    "permissions_boundary_arn",
    "tags",
)


def room_function_args(  # noqa: PLR0913 - what one function differs in from the next
    args: Mapping[str, Any],
    *,
    package: str,
    handler: str,
    description: str,
    statements: Sequence[Statement],
    variables: Mapping[str, pulumi.Input[str]],
    timeout_seconds: int,
) -> FunctionArgs:
    """Returns the inputs of a function that runs a package of this room under the settings of its component."""
    return {
        **{key: args[key] for key in _PASSED_ON if args.get(key) is not None},  # type: ignore[typeddict-item]
        "code": code_of(str(FOLDER / package), KIT),
        "handler": handler,
        "description": description,
        "statements": statements,
        "variables": variables,
        "timeout_seconds": timeout_seconds,
        "memory_mib": 256,
    }
