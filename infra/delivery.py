"""Registers how changes reach the environment: roles of workflows, and the protection of their repository."""

from collections.abc import Mapping
from typing import Any

import pulumi

from environment import shared_name
from fleet import role_path
from mcp_ops import DeploymentRole, DeploymentRoleArgs
from settings import Settings
from settings_delivery import RepositoryWide

NOBODY = "none"
"""Value of a variable that would name a role, where the stack has no roles."""
PEOPLE = ("administrator", "operator", "auditor", "emergency")
"""Last parts of the names of people's roles, which a deployment must not change."""


def deployment_args(
    settings: Settings, cluster_name: pulumi.Input[str], boundary_arn: pulumi.Input[str]
) -> DeploymentRoleArgs:
    """Returns the inputs of the roles."""
    roles = settings.delivery.roles.model_dump(exclude_unset=True) if settings.delivery.roles else {}
    name, replica = shared_name(settings), settings.regions.replica
    args: Any = {
        **roles,
        "environment": settings.environment,
        "account_id": settings.account,
        "region": settings.regions.primary,
        "further_regions": [replica] if replica else [],
        "owner": settings.repository.owner,
        "repository": settings.repository.name,
        "permissions_boundary_arn": boundary_arn,
        "cluster_name": cluster_name,
        "name_prefixes": [name],
        "role_paths": [role_path(settings)],
        "guarded_roles": [f"{name}-{role}" for role in PEOPLE],
    }
    if settings.domain.hosted_zone_id:
        args["hosted_zone_id"] = settings.domain.hosted_zone_id
    checked: DeploymentRoleArgs = args
    return checked


def deployment_role(
    settings: Settings,
    cluster_name: pulumi.Input[str],
    boundary_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> DeploymentRole | None:
    """Registers the roles of workflows, if the settings name the repository's ids."""
    if settings.delivery.roles is None:
        return None
    roles = DeploymentRole(shared_name(settings), deployment_args(settings, cluster_name, boundary_arn), opts)
    pulumi.export("deploymentRoles", roles.role_arns)
    return roles


def repository_args(settings: Settings, role_arns: Mapping[str, pulumi.Input[str]]) -> Any:
    """Returns the inputs of the protection; `role_arns`: by role, for the variables that workflows read."""
    chosen = settings.delivery.github
    if chosen is None:
        return {}
    wide, name = chosen.repository_wide, settings.environment
    environment = chosen.environment.model_dump(exclude_unset=True)
    rollback = {"branches": environment["branches"]} if "branches" in environment else {}
    region = {"AWS_REGION": settings.regions.primary}
    return {
        "owner": settings.repository.owner,
        "repository": settings.repository.name,
        **chosen.model_dump(exclude_unset=True, exclude={"repository_wide", "environment"}),
        **(_repository_wide(wide) if wide else {"repository_wide": "elsewhere"}),
        "environments": {
            name: {**environment, "variables": {**region, "DEPLOY_ROLE_ARN": role_arns.get("deploy", NOBODY)}},
            # Whoever is on call rolls back; nobody has to be asked first.
            f"{name}-rollback": {
                **rollback,
                "variables": {**region, "ROLLBACK_ROLE_ARN": role_arns.get("rollback", NOBODY)},
            },
        },
        # Workflows of pull requests run in no environment: their variables name it.
        "variables": {
            f"AWS_REGION_{name.upper()}": settings.regions.primary,
            f"PREVIEW_ROLE_ARN_{name.upper()}": role_arns.get("preview", NOBODY),
        },
    }


def _repository_wide(wide: RepositoryWide) -> dict[str, Any]:
    args = {"repository_wide": wide.managed, **wide.model_dump(exclude_unset=True, exclude={"managed"})}
    if wide.code_owners:
        args["code_owners"] = {pattern: list(owners) for pattern, owners in wide.code_owners.items()}
    return args


def _by_role(roles: DeploymentRole | None) -> dict[str, pulumi.Output[str]]:
    if roles is None:
        return {}
    return {role: _arn(roles, role) for role in ("preview", "deploy", "rollback")}


def _arn(roles: DeploymentRole, role: str) -> pulumi.Output[str]:
    return roles.role_arns.apply(lambda found: str(found[role]))


def protected_repository(settings: Settings, roles: DeploymentRole | None) -> None:
    """Registers the repository's protection, or this stack's environments in it."""
    if settings.delivery.github is None:
        return
    # Only a stack that manages GitHub needs its provider.
    import pulumi_github as github

    from mcp_ops.delivery.protected_repository import ProtectedRepository

    provider = github.Provider("github", owner=settings.repository.owner)
    opts = pulumi.ResourceOptions(provider=provider)
    args = repository_args(settings, _by_role(roles))
    repository = ProtectedRepository(shared_name(settings), args, opts)
    pulumi.export("unenforced", repository.unenforced)
