"""What a role is asked to do in the drill least-privilege, and the stack's resources that it is asked to do it to."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.simulator.authorization.request import Principal

ROLE = "aws:iam/role:Role"
ANOTHER_ACCOUNT = "999999999999"
ANOTHER_ENVIRONMENT = "rehearsal-another"


@dataclass(frozen=True)
class Ask:
    """One action on one resource, under its circumstances; nothing is carried out."""

    action: str
    resource: str = "*"
    keys: Mapping[str, str] = field(default_factory=dict)
    """Condition keys: tags of the resource, and what the call carries."""

    def __str__(self) -> str:
        """The action, the resource, and the circumstances in brackets."""
        told = ", ".join(f"{key}={value}" for key, value in self.keys.items())
        return f"{self.action} on {self.resource}" + (f" ({told})" if told else "")


@dataclass(frozen=True)
class Taking:
    """One way to take a role."""

    principal: Principal
    context: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Who takes it, and the circumstances in brackets."""
        told = ", ".join(f"{key}={value}" for key, value in self.context.items())
        return self.principal.name + (f" ({told})" if told else "")


@dataclass
class Expected:
    """What one role must be able to do, and what it must not."""

    role: Registration
    purpose: str
    may: list[Ask] = field(default_factory=list)
    must_not: list[Ask] = field(default_factory=list)
    takes: list[Taking] = field(default_factory=list)
    refused: list[Taking] = field(default_factory=list)
    complete: bool = False
    """Whether `may` is all that the role is for: what else its policies allow is then used by nobody."""

    @property
    def arn(self) -> str:
        """ARN of the role."""
        return str(self.role.outputs["arn"])


class Estate:
    """The resources of a stack, by type."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.roles = [item for item in run.of_type(ROLE) if item.outputs.get("arn")]
        here = self.roles[0] if self.roles else None
        self.account = here.account if here else ""
        self.region = here.region if here else ""
        self.partition = str(here.outputs["arn"]).split(":")[1] if here else "aws"

    def arn(self, service: str, resource: str) -> str:
        """Returns an ARN of the account; global services have no region in theirs."""
        region = "" if service == "iam" else self.region
        return f"arn:{self.partition}:{service}:{region}:{self.account}:{resource}"

    def of_type(self, *types: str) -> list[tuple[Registration, Mapping[str, Any]]]:
        """Returns the registrations of a type with their inputs."""
        return [(item, wire.reveal(item.inputs)) for item in self.run.of_type(*types) if item.outputs.get("arn")]

    def on(self, actions: Sequence[str], *types: str, below: str = "") -> Iterator[Ask]:
        """Yields each action on each resource of the types, with its tags; `below` follows the ARN."""
        for item, _ in self.of_type(*types):
            for action in actions:
                yield Ask(action, f"{item.outputs['arn']}{below}", tags_of(item))

    def role_at(self, arn: Any) -> Registration | None:
        """Returns the role of the stack with an ARN or a name."""
        return next((item for item in self.roles if arn in (item.outputs["arn"], item.outputs.get("name"))), None)


def tags_of(item: Registration) -> dict[str, str]:
    """Returns a resource's tags, those of the provider among them, as condition keys."""
    tags = wire.reveal(item.outputs.get("tagsAll") or item.outputs.get("tags") or {})
    return {f"aws:ResourceTag/{key}": str(value) for key, value in tags.items()}
