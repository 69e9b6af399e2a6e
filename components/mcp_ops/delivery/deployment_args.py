"""The inputs of DeploymentRole."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi


class DeploymentRoleArgs(TypedDict):
    """Inputs of a DeploymentRole."""

    environment: str
    """Value of the tag `Environment` on everything that the stack owns, and the GitHub environment that deploys it."""
    account_id: str
    """Account of the roles, 12 digits."""
    region: str
    """Region of the environment."""
    owner: str
    """GitHub organization or person."""
    owner_id: str
    """Its id, which stays when it is renamed: `gh api repos/OWNER/REPOSITORY --jq .owner.id`."""
    repository: str
    """Name of the repository."""
    repository_id: str
    """Its id: `gh api repos/OWNER/REPOSITORY --jq .id`."""
    permissions_boundary_arn: pulumi.Input[str]
    """Boundary of the roles, and of every role that they make."""
    name_prefixes: list[str]
    """What the physical names of the stack's buckets, dashboards, aliases of keys and roles begin with: at least one,
    each of 3 to 40 characters. A policy of 6,144 characters, the most that IAM takes, names each several times; what
    does not fit is refused. Where environments share an account, theirs must differ, and none may begin with another
    and a hyphen: IAM cannot tell whose role is passed to a service otherwise."""
    role_paths: NotRequired[Sequence[str]]
    """IAM paths of roles that do not begin with one of these names, such as `/mcp-dev/`, the `role_path` of the
    servers: roles below them may be passed to services, too, however many there are. `/` and the characters `*`, `?`
    and `$` are refused: a policy would read every role into them. They must differ like `name_prefixes`. Default
    none."""
    oidc_provider_arn: NotRequired[str]
    """GitHub's OIDC provider in the account, which another stack owns. Default: this stack registers it."""
    default_branch: NotRequired[str]
    """Branch whose scheduled workflows may take the preview role. Default `main`."""
    deployment_environment: NotRequired[str]
    """GitHub environment whose jobs may take the deploy role. Default: `environment`."""
    rollback_environment: NotRequired[str]
    """GitHub environment whose jobs may take the rollback role. Default `<environment>-rollback`."""
    hosted_zone_id: NotRequired[str]
    """Route 53 zone in which records are made. Default none."""
    further_regions: NotRequired[list[str]]
    """Other regions that the stack uses, such as that of the replica. Default none."""
    state_bucket: NotRequired[str]
    """Bucket that holds Pulumi's state. Default none: the state is elsewhere, such as in Pulumi Cloud."""
    state_key_arn: NotRequired[str]
    """KMS key that encrypts secrets in Pulumi's state. Default none."""
    guarded_roles: NotRequired[list[str]]
    """Names of further roles that the deploy role must not change, such as those of people. Its own, the preview and
    the rollback role, and GitHub's provider, are never within its reach: an administrator changes them."""
    further_actions: NotRequired[list[str]]
    """Actions of AWS services that the deploy role may take on what carries the environment's tag, beyond those that
    the components of mcp-ops need, such as `bedrock:CreateAgent`."""
    session_minutes: NotRequired[int]
    """Longest session, 60 to 720. Default 60."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of the roles."""
    cluster_name: pulumi.Input[str]
    """Name of the ECS cluster whose services the rollback role may roll back."""


NAMES: Sequence[str] = ("preview", "deploy", "rollback")
"""The roles, by the last part of their names."""
