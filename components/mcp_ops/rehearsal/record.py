"""What a program registered: the one record that reports, parity, drills and tests read."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from mcp_ops.rehearsal import wire

Fidelity = Literal["executed", "checked", "unknown", "failed", "skipped", "component", "provider", "read"]
"""How far a registration was rehearsed.

`executed`: simulated AWS carried out every call. `checked`: each call was validated against AWS's model and at least
one is not simulated. `unknown`: no specification, let through by `--allow-unknown`. `failed`: AWS would refuse it.
`skipped`: something that it depends on failed. `component`, `provider`: nothing to carry out. `read`: looked up, not
created.
"""


@dataclass(frozen=True)
class Operation:
    """One AWS API call of a resource."""

    name: str
    """`<service>.<Operation>`, as boto3 names the service and AWS the operation."""
    executed: bool
    reason: str = ""
    """Why it was only checked; empty when executed."""


@dataclass
class Registration:
    """One resource as the program registered it, and what became of it."""

    urn: str
    type: str
    name: str
    parent: str
    """URN of the parent; empty for the stack."""
    custom: bool
    inputs: dict[str, Any] = field(default_factory=dict)
    """Decoded inputs, in Pulumi's camelCase; secrets and unknowns are marked (`wire.Secret`, `wire.UNKNOWN`)."""
    outputs: dict[str, Any] = field(default_factory=dict)
    id: str = ""
    fidelity: Fidelity = "component"
    operations: list[Operation] = field(default_factory=list)
    dependencies: list[str] = field(default_factory=list)
    property_dependencies: dict[str, list[str]] = field(default_factory=dict)
    provider: str = ""
    """URN of the provider; empty for the default one."""
    protect: bool = False
    retain_on_delete: bool = False
    ignore_changes: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    account: str = ""
    region: str = ""
    error: str = ""

    def as_json(self) -> dict[str, Any]:
        """Returns the line of `--resources`: secrets masked, unknowns described."""
        return {
            "urn": self.urn,
            "type": self.type,
            "name": self.name,
            "parent": self.parent,
            "custom": self.custom,
            "inputs": wire.shown(self.inputs),
            "outputs": wire.shown(self.outputs),
            "fidelity": self.fidelity,
            "operations": [
                {"name": call.name, "executed": call.executed, **({"reason": call.reason} if call.reason else {})}
                for call in self.operations
            ],
            "dependencies": self.dependencies,
            "protect": self.protect,
            "retain_on_delete": self.retain_on_delete,
        }


@dataclass
class Run:
    """One program, run once."""

    project: str
    stack: str
    registrations: list[Registration] = field(default_factory=list)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    """Stack outputs, decoded; secrets stay marked."""
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    assumptions: list[str] = field(default_factory=list)
    """What was taken for granted because it lies outside the stack: looked-up zones, images, networks."""
    unknown_types: dict[str, int] = field(default_factory=dict)
    """Resource types without a specification, and how often each occurs."""

    def resources(self) -> list[Registration]:
        """Returns what AWS would hold: custom resources without providers and look-ups."""
        return [item for item in self.registrations if item.custom and item.fidelity not in {"provider", "read"}]

    def by_urn(self) -> dict[str, Registration]:
        """Returns every registration by its URN."""
        return {item.urn: item for item in self.registrations}

    def of_type(self, *types: str) -> list[Registration]:
        """Returns the registrations of one of the given types, in order."""
        return [item for item in self.registrations if item.type in types]
