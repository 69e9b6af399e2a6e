"""What a DeploymentRole registers, as its inputs decide it."""

from collections.abc import Mapping
from dataclasses import dataclass

from mcp_ops.delivery.deployment_trust import Origin


@dataclass(frozen=True)
class DeploymentRolePlan:
    """What a DeploymentRole registers."""

    environment: str
    account_id: str
    region: str
    regions: tuple[str, ...]
    """The region, and the others that the stack uses."""
    origin: Origin
    oidc_provider_arn: str
    """The provider's ARN; it is known before the provider is registered."""
    owns_provider: bool
    default_branch: str
    github_environments: Mapping[str, str]
    """By role: `deploy` and `rollback`."""
    name_prefixes: tuple[str, ...]
    role_paths: tuple[str, ...]
    hosted_zone_id: str
    state_bucket: str
    state_key_arn: str
    role_names: Mapping[str, str]
    """By role: `preview`, `deploy`, `rollback`."""
    guarded_roles: tuple[str, ...]
    further_actions: tuple[str, ...]
    session_seconds: int
