"""Roles for people. Not managed here: the identity provider, its groups and its second factor."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from mcp_ops import naming
from mcp_ops.access import role_permissions
from mcp_ops.access.role_permissions import Reach
from mcp_ops.access.trust import OperatorRoleArgs, Trust, plan_trust, trust_statement
from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE
from mcp_ops.inputs import Inputs
from mcp_ops.policies import Statement, document
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:OperatorRoles"  # noqa: S105 - a resource type, not a password

ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


class Kind(NamedTuple):
    """What is fixed about one kind of role."""

    permissions: Callable[[Reach], Iterable[Statement]]
    description: str
    session_hours: int
    """Default of the longest session."""
    most_hours: int
    mfa_seconds: int
    """How long ago the second factor may have been shown."""


_HOUR = 3600

KIND_TAG = "mcp-role"
"""Tag of each role: its kind. The drill least-privilege knows by it what the role must be able to do."""

KINDS = {
    "administrator": Kind(
        role_permissions.administrator, "Administers backups, keys, trails, secrets and roles", 1, 4, _HOUR
    ),
    "operator": Kind(
        role_permissions.operator, "Restarts, scales and rolls back servers; reads logs", 4, 12, 12 * _HOUR
    ),
    "auditor": Kind(role_permissions.auditor, "Reads configuration, logs and the trail", 8, 12, 12 * _HOUR),
    "emergency": Kind(role_permissions.emergency, "Contains and repairs in an emergency; its use alarms", 1, 1, _HOUR),
}
"""The roles, by the last part of their names."""


class OperatorRolesArgs(TypedDict):
    """Inputs of OperatorRoles."""

    environment: str
    """Value of the tag `Environment` on what the roles may change."""
    account_id: str
    """Account of the roles, 12 digits."""
    region: str
    """Region of the environment."""
    cluster_name: pulumi.Input[str]
    """Name of the ECS cluster whose services the roles may restart, scale and roll back."""
    permissions_boundary_arn: pulumi.Input[str]
    """Boundary of the roles, and of every role that an administrator makes."""
    administrator: NotRequired[OperatorRoleArgs]
    """Who administers. Default: nobody, and there is no such role."""
    operator: NotRequired[OperatorRoleArgs]
    """Who operates. Default: nobody, and there is no such role."""
    auditor: NotRequired[OperatorRoleArgs]
    """Who audits. Default: nobody, and there is no such role."""
    emergency: NotRequired[OperatorRoleArgs]
    """Who may break the glass. Default: nobody, and there is no such role."""
    trail_bucket_arn: NotRequired[pulumi.Input[str]]
    """Bucket of the audit trail, which the auditor reads."""
    trail_key_arn: NotRequired[pulumi.Input[str]]
    """Key of the audit trail, with which the auditor reads it."""
    restore_role_arns: NotRequired[Sequence[pulumi.Input[str]]]
    """Roles under which AWS Backup restores for an administrator or in an emergency. Default none."""
    log_group_prefix: NotRequired[str]
    """First part of the names of the log groups that may be read. Default `/mcp-ops`."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of the roles."""


@dataclass(frozen=True)
class RolePlan:
    """What one role is."""

    role_name: str
    trust: Trust
    session_hours: int


@dataclass(frozen=True)
class OperatorRolesPlan:
    """What OperatorRoles registers."""

    environment: str
    account_id: str
    region: str
    log_group_prefix: str
    roles: Mapping[str, RolePlan]
    """By kind."""


def plan_operator_roles(name: str, args: OperatorRolesArgs) -> OperatorRolesPlan:
    """Decides on the roles. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, OperatorRolesArgs)
    offences = inputs.offences
    rule = "is not the value of a tag Environment; use letters, digits, - and _, at most 32"
    account_id = inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE)
    roles = {}
    for kind, fixed in KINDS.items():
        naming.check_length(offences, "name", "role", f"{name}-{kind}")
        role = inputs.group(kind, OperatorRoleArgs)
        if role is not None:
            hours = role.integer("session_hours", fixed.session_hours, 1, fixed.most_hours)
            roles[kind] = RolePlan(f"{name}-{kind}", plan_trust(role, account_id), hours)
    offences.check(
        any(inputs.has(kind) for kind in KINDS),
        "operator",
        None,
        f"is missing; give at least one of {', '.join(KINDS)}",
    )
    plan = OperatorRolesPlan(
        environment=inputs.text("environment", ENVIRONMENT, rule),
        account_id=account_id,
        region=inputs.text("region", REGION, REGION_RULE),
        log_group_prefix=inputs.log_group_prefix(),
        roles=roles,
    )
    offences.refuse()
    return plan


class OperatorRoles(pulumi.ComponentResource):
    """Roles for people, each with its trust, its session limit and the boundary; least privilege in one environment."""

    role_arns: pulumi.Output[Mapping[str, str]]
    """ARN of each role, by kind: `administrator`, `operator`, `auditor`, `emergency`."""

    def __init__(self, name: str, args: OperatorRolesArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_operator_roles(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        reach = Reach(
            environment=plan.environment,
            account_id=plan.account_id,
            region=plan.region,
            log_group_prefix=plan.log_group_prefix,
            cluster_name=args["cluster_name"],
            boundary_arn=args["permissions_boundary_arn"],
            trail_bucket_arn=args.get("trail_bucket_arn"),
            trail_key_arn=args.get("trail_key_arn"),
            restore_role_arns=args.get("restore_role_arns") or (),
        )
        tags = merge_tags({}, args.get("tags"))
        roles = {kind: _role(kind, plan, reach, tags, child) for kind in plan.roles}
        self.role_arns = pulumi.Output.all(**{kind: role.arn for kind, role in roles.items()})
        self.register_outputs({"role_arns": self.role_arns})


def _role(
    kind: str,
    plan: OperatorRolesPlan,
    reach: Reach,
    tags: Mapping[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> aws.iam.Role:
    planned, fixed = plan.roles[kind], KINDS[kind]
    role = aws.iam.Role(
        planned.role_name,
        # People and alarms look it up.
        name=planned.role_name,
        description=fixed.description,
        assume_role_policy=document(trust_statement(planned.trust, plan.region, fixed.mfa_seconds)),
        max_session_duration=planned.session_hours * _HOUR,
        permissions_boundary=reach.boundary_arn,
        tags=merge_tags({KIND_TAG: kind}, tags),
        opts=child,
    )
    aws.iam.RolePolicy(
        f"{planned.role_name}-policy", role=role.name, policy=document(*fixed.permissions(reach)), opts=child
    )
    return role
