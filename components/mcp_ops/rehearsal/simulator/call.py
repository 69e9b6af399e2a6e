"""A declared API call: what a specification says where inputs and AWS's parameters differ."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


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
