"""Whether the deploy role's policies fit into what IAM takes. Pure."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from mcp_ops.delivery.deployment_decisions import DeploymentRolePlan
from mcp_ops.delivery.deployment_permissions import Permissions
from mcp_ops.inputs import Inputs
from mcp_ops.policies import MANAGED_CHARACTERS, VERSION


def check_lengths(inputs: Inputs, plan: DeploymentRolePlan) -> None:
    """Notes the input that makes a managed policy of the deploy role too long.

    A boundary whose ARN only AWS knows counts as nothing: what is refused never fits.
    """
    given = inputs.given("permissions_boundary_arn")
    boundary = given if isinstance(given, str) else ""
    for part, characters in _lengths(plan, boundary).items():
        if characters > MANAGED_CHARACTERS:
            key, entries = _longest(plan, boundary, part)
            policy = f"{plan.role_names['deploy']}-{part}"
            found = f"lists {entries}, and the policy {policy} has {characters:,} characters"
            inputs.offences.add(key, inputs.given(key), f"{found}; IAM takes {MANAGED_CHARACTERS:,}")


def _lengths(plan: DeploymentRolePlan, boundary: str) -> Mapping[str, int]:
    """Returns the characters of each policy as IAM counts them: without white space."""
    # No policy of the deploy role names the cluster.
    policies = Permissions(plan, "", boundary).deploy()
    return {
        part: len(json.dumps({"Version": VERSION, "Statement": statements}, separators=(",", ":"), ensure_ascii=False))
        for part, statements in policies.items()
    }


def _longest(plan: DeploymentRolePlan, boundary: str, part: str) -> tuple[str, int]:
    """Returns the input whose entries take most of a policy, and their number."""
    lists: Mapping[str, tuple[int, Mapping[str, Any]]] = {
        "name_prefixes": (len(plan.name_prefixes), {"name_prefixes": ()}),
        "role_paths": (len(plan.role_paths), {"role_paths": ()}),
        "further_regions": (len(plan.regions) - 1, {"regions": plan.regions[:1]}),
        "further_actions": (len(plan.further_actions), {"further_actions": ()}),
        "guarded_roles": (len(plan.guarded_roles) - len(plan.role_names), {"guarded_roles": ()}),
    }
    without = {key: _lengths(replace(plan, **fields), boundary)[part] for key, (_, fields) in lists.items()}
    longest = min(without, key=lambda key: without[key])
    return longest, lists[longest][0]
