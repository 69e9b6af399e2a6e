"""Who may read each secret of a store. A component of its own, because readers exist only after their secrets."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from mcp_ops.inputs import Inputs
from mcp_ops.secrets.access_policy import register_policy

TOKEN = "mcp-ops:index:SecretAccess"  # noqa: S105 - a resource type, not a password

MOST_READERS = 100
"""Readers of a secret: their ARNs have to fit into the 20,480 characters of its policy (AWS quotas)."""

_ROLE = re.compile(r"arn:aws[a-z-]*:iam::\d{12}:role/[!-~]{1,576}")


class SecretAccessArgs(TypedDict):
    """Inputs of SecretAccess."""

    secret_arns: Mapping[str, pulumi.Input[str]]
    """Secrets of a store by name, without those that RDS manages."""
    readers: Mapping[str, Sequence[pulumi.Input[str]]]
    """Secret's name -> ARNs of the roles that may read it: execution roles of the servers that use it."""
    rotation_role_arn: NotRequired[pulumi.Input[str]]
    """Role of the rotation function, which reads every secret."""
    emergency_role_arn: NotRequired[pulumi.Input[str]]
    """Role of emergencies, which may read every secret where its own policy lets it."""


@dataclass(frozen=True)
class SecretAccessPlan:
    """What SecretAccess registers."""

    secrets: tuple[str, ...]
    """Names of the secrets, sorted."""
    unused: tuple[str, ...]
    """Secrets that no reader is named for."""


def plan_secret_access(name: str, args: SecretAccessArgs) -> SecretAccessPlan:
    """Decides on the policies. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, SecretAccessArgs)
    offences = inputs.offences
    secrets, readers = inputs.mapping("secret_arns"), inputs.mapping("readers")
    for secret in sorted(set(readers) - set(secrets)):
        offences.add(f"readers.{secret}", secret, f"is no secret of the store; it has {', '.join(sorted(secrets))}")
    for secret in sorted(readers):
        _check_readers(inputs, secret, readers[secret])
    offences.refuse()
    unused = tuple(secret for secret in sorted(secrets) if not readers.get(secret))
    return SecretAccessPlan(tuple(sorted(secrets)), unused)


def _check_readers(inputs: Inputs, secret: str, roles: object) -> None:
    where = f"readers.{secret}"
    if isinstance(roles, str) or not isinstance(roles, Sequence):
        inputs.offences.add(where, roles, "is not a list of ARNs of roles")
        return
    most = f"names {len(roles)} readers; {MOST_READERS} fit into a secret's policy"
    inputs.offences.check(len(roles) <= MOST_READERS, where, len(roles), most)
    for role in roles:
        known = isinstance(role, str)
        inputs.offences.check(not known or _ROLE.fullmatch(str(role)), where, role, "is not the ARN of a role")


class SecretAccess(pulumi.ComponentResource):
    """A policy on every secret of a store: its readers are named, everybody else is refused, TLS is required."""

    def __init__(self, name: str, args: SecretAccessArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_secret_access(name, args)
        super().__init__(TOKEN, name, {}, opts)
        for secret in plan.unused:
            pulumi.log.warn(f"secret {secret} is used by no server", self)
        child = pulumi.ResourceOptions(parent=self)
        always = [args[key] for key in ("rotation_role_arn", "emergency_role_arn") if args.get(key) is not None]
        for secret in plan.secrets:
            readers = [*args["readers"].get(secret, ()), *always]
            register_policy(f"{name}-{secret}", args["secret_arns"][secret], readers, child)
        self.register_outputs({})
