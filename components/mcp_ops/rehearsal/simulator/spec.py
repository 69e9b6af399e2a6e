"""What a specification of a resource type says. The files in `services/` hold them, one file per AWS service."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mcp_ops.rehearsal.simulator.context import Context

Step = Callable[["Context"], Mapping[str, Any] | None]
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
class Call:
    """One API call, most of which maps by name alone.

    Templates: a text with `{path}` in it is filled from the context; `path` is a JMESPath over the replies so far
    (newest first) and over `input`, `request`, `id`, `name`, `account`, `region` and `partition`.
    """

    operation: str
    """`<service>.<Operation>`: boto3's name of the service, AWS's of the operation."""
    rename: Mapping[str, str] = field(default_factory=dict)
    """Dotted input path to member, where the names differ: `{"name": "FunctionName", "vpcConfig.vpcId": "VpcId"}`."""
    constant: Mapping[str, Any] = field(default_factory=dict)
    """Members that no input gives, as values or templates."""
    inputs: tuple[str, ...] | None = None
    """The inputs of this call. `None`: all that no other call of the specification names."""
    pairs: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """Members that are lists of key-value structures (or maps) of attributes.

    Member to `{dotted input path: attribute key}`.
    """
    when: tuple[str, ...] = ()
    """Inputs of which at least one must be present for the call to be made; empty: always."""
    checked: str = ""
    """Why the call is only checked although moto would take it: `moto drops deploymentConfiguration`.

    Empty: executed.
    """


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
    policies: Mapping[str, str] = field(default_factory=dict)
    """Inputs that hold policy documents: to `identity`, `resource` or `trust`.

    A finding is raised for what IAM would refuse.
    """


Specs = Mapping[str, Spec]
"""Specifications by type token."""
