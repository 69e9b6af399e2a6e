"""What a specification of a resource type says. The files in `services/` hold them, one file per AWS service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mcp_ops.rehearsal.simulator.call import Call
from mcp_ops.rehearsal.simulator.context import Context

__all__ = ["Call", "Spec", "Specs", "Step", "step"]

Step = Callable[[Context], Mapping[str, Any] | None]
"""A call in several parts, as a function.

Makes its calls through the context, returns what later templates may read.
"""


def step(*takes: str) -> Callable[[Step], Step]:
    """Marks a function as a step that uses the named inputs, so that no other call of the specification takes them."""

    def marked(function: Step) -> Step:
        function.takes = takes  # type: ignore[attr-defined] # a mark that `provider` reads
        return function

    return marked


@dataclass(frozen=True)
class Spec:
    """How one Pulumi resource type becomes API calls."""

    create: Call | Step
    id: str
    """Template or JMESPath of the physical id."""
    then: tuple[Call | Step, ...] = ()
    """Calls after the first."""
    outputs: Mapping[str, str] = field(default_factory=dict)
    """Output to template or JMESPath, where the name alone does not find it in the replies or the inputs."""
    ignored: Mapping[str, str] = field(default_factory=dict)
    """Inputs that only steer Pulumi's provider, each with what it does."""
    autoname: str = "name"
    """The input that Pulumi names when it is absent (`<logical name>-<7 hex digits>`); empty: none."""
    lowercase_name: bool = False
    """Whether Pulumi writes a name that it makes up in lower case, because AWS takes no other (buckets, databases)."""
    reshape: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    """Pure change of the inputs before anything else, where their structure differs from AWS's.

    It sees only what is known.
    """
    read: Call | None = None
    """A call that reads the state back, for outputs that the create call does not return."""
    tag_type: str = ""
    """EC2's resource type in `TagSpecifications`; empty for every other service."""


Specs = Mapping[str, Spec]
"""Specifications by type token."""
