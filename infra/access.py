"""Who may do what in the environment, and the record of who did."""

from collections.abc import Sequence
from typing import Any

import pulumi

from environment import LOG_GROUPS, shared_name
from mcp_ops import AuditTrail, AuditTrailArgs, OperatorRoles, OperatorRolesArgs, PermissionsBoundary
from mcp_ops import PermissionsBoundaryArgs as BoundaryArgs
from mcp_ops.arns import iam_arn
from settings import Settings


def boundary_args(settings: Settings) -> BoundaryArgs:
    """Returns the inputs of the boundary."""
    services = list(settings.access.additional_services)
    return {"account_id": settings.account, "region": settings.regions.primary, "additional_services": services}


def permissions_boundary(settings: Settings, opts: pulumi.ResourceOptions) -> PermissionsBoundary:
    """Registers the upper bound of every role."""
    return PermissionsBoundary(shared_name(settings), boundary_args(settings), opts)


def audit_args(
    settings: Settings,
    topic_arn: pulumi.Input[str],
    boundary_arn: pulumi.Input[str],
    log_groups: Sequence[pulumi.Input[str]],
) -> AuditTrailArgs:
    """Returns the inputs of the trail: its own, or nothing but queries beside an existing one."""
    chosen = settings.access.audit.model_dump(exclude_unset=True) if settings.access.audit else {}
    args: Any = {
        **chosen,
        "account_id": settings.account,
        "region": settings.regions.primary,
        "server_log_groups": log_groups,
        "log_group_prefix": LOG_GROUPS,
        "protect": settings.retention.protect,
    }
    if "existing_trail_arn" not in chosen:
        args["alarm_topic_arn"] = topic_arn
        args["permissions_boundary_arn"] = boundary_arn
        args["log_retention_days"] = settings.retention.logs_days
        args["key_deletion_window_days"] = settings.retention.key_deletion_days
    checked: AuditTrailArgs = args
    return checked


def audit_trail(
    settings: Settings,
    topic_arn: pulumi.Input[str],
    boundary: PermissionsBoundary,
    log_groups: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> AuditTrail | None:
    """Registers the account's trail, or refers to it."""
    if settings.access.audit is None:
        return None
    args = audit_args(settings, topic_arn, boundary.policy_arn, log_groups)
    return AuditTrail(shared_name(settings), args, opts)


def roles_args(
    settings: Settings, cluster_name: pulumi.Input[str], boundary_arn: pulumi.Input[str]
) -> OperatorRolesArgs:
    """Returns the inputs of the roles of people."""
    roles = settings.access.roles.model_dump(exclude_unset=True) if settings.access.roles else {}
    args: Any = {
        **roles,
        "environment": settings.environment,
        "account_id": settings.account,
        "region": settings.regions.primary,
        "cluster_name": cluster_name,
        "permissions_boundary_arn": boundary_arn,
        "log_group_prefix": LOG_GROUPS,
    }
    checked: OperatorRolesArgs = args
    return checked


def operator_roles(
    settings: Settings,
    cluster_name: pulumi.Input[str],
    boundary: PermissionsBoundary,
    trail: AuditTrail | None,
    restore_role_arns: Sequence[pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> None:
    """Registers the roles of people; the auditor reads the trail that this stack owns."""
    if settings.access.roles is None:
        return
    args = roles_args(settings, cluster_name, boundary.policy_arn)
    args["restore_role_arns"] = list(restore_role_arns)
    audit = settings.access.audit
    if trail and audit and not audit.existing_trail_arn:
        args["trail_bucket_arn"] = trail.bucket_arn.apply(str)
        args["trail_key_arn"] = trail.key_arn.apply(str)
    OperatorRoles(shared_name(settings), args, opts)


def emergency_role_arn(settings: Settings) -> str | None:
    """Returns the ARN of the stack's emergency role, which its name gives; None when there is none."""
    roles = settings.access.roles
    if roles is None or roles.emergency is None:
        return None
    return iam_arn(settings.regions.primary, settings.account, f"role/{shared_name(settings)}-emergency")
