"""Decides on the roles of deployments. Pure."""

import re
from collections.abc import Mapping

from mcp_ops import naming
from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE, ROLE_PATH, iam_arn
from mcp_ops.delivery.deployment_args import NAMES, DeploymentRoleArgs
from mcp_ops.delivery.deployment_decisions import DeploymentRolePlan
from mcp_ops.delivery.deployment_lengths import check_lengths
from mcp_ops.delivery.deployment_trust import ISSUER, Origin
from mcp_ops.delivery.github_names import (
    BRANCH,
    BRANCH_RULE,
    ENVIRONMENT,
    ENVIRONMENT_RULE,
    ID,
    ID_RULE,
    OWNER,
    OWNER_RULE,
    REPOSITORY,
    REPOSITORY_RULE,
)
from mcp_ops.inputs import Inputs

_TAG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_PREFIX = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{2,39}")
_ZONE = re.compile(r"Z[A-Z0-9]{1,31}")
_BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_KEY = re.compile(r"arn:aws[a-z-]*:kms:[a-z0-9-]+:\d{12}:key/[\w-]+")
_ROLE = re.compile(r"[\w+=,.@-]{1,64}")
_ACTION = re.compile(r"[a-z0-9-]+:[A-Z][A-Za-z0-9]+")
_PATH_RULE = (
    "is not the path of one environment's roles, such as /mcp-dev/; use / at both ends and 3 to 512 printable ASCII "
    "characters without space, *, ? and $"
)


def plan_deployment_role(name: str, args: DeploymentRoleArgs) -> DeploymentRolePlan:
    """Decides on the roles. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, DeploymentRoleArgs)
    offences = inputs.offences
    for role in NAMES:
        naming.check_length(offences, "name", "role", f"{name}-{role}")
    account_id = inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE)
    region = inputs.text("region", REGION, REGION_RULE)
    names = {role: f"{name}-{role}" for role in NAMES}
    provider = iam_arn(region, account_id, f"oidc-provider/{ISSUER}")
    plan = DeploymentRolePlan(
        environment=inputs.text("environment", _TAG, "is not the value of a tag Environment"),
        account_id=account_id,
        region=region,
        regions=(region, *inputs.entries("further_regions", REGION, REGION_RULE)),
        origin=_origin(inputs),
        oidc_provider_arn=provider,
        owns_provider=not inputs.has("oidc_provider_arn"),
        default_branch=inputs.text("default_branch", BRANCH, BRANCH_RULE, "main"),
        github_environments=_github_environments(inputs),
        name_prefixes=inputs.entries("name_prefixes", _PREFIX, "is not the start of a name, 3 to 40 characters"),
        role_paths=inputs.entries("role_paths", ROLE_PATH, _PATH_RULE),
        hosted_zone_id=inputs.text("hosted_zone_id", _ZONE, "is not the id of a hosted zone"),
        state_bucket=inputs.text("state_bucket", _BUCKET, "is not the name of a bucket"),
        state_key_arn=inputs.text("state_key_arn", _KEY, "is not the ARN of a KMS key"),
        role_names=names,
        guarded_roles=(*names.values(), *inputs.entries("guarded_roles", _ROLE, "is not the name of a role")),
        further_actions=inputs.entries("further_actions", _ACTION, "is not one action such as bedrock:CreateAgent"),
        session_seconds=60 * inputs.integer("session_minutes", 60, 60, 720),
    )
    _check(inputs, plan)
    check_lengths(inputs, plan)
    offences.refuse()
    return plan


def _origin(inputs: Inputs) -> Origin:
    return Origin(
        owner=inputs.text("owner", OWNER, OWNER_RULE),
        owner_id=inputs.text("owner_id", ID, ID_RULE),
        repository=inputs.text("repository", REPOSITORY, REPOSITORY_RULE),
        repository_id=inputs.text("repository_id", ID, ID_RULE),
    )


def _github_environments(inputs: Inputs) -> Mapping[str, str]:
    environment = inputs.text("environment", _TAG, "is not the value of a tag Environment")
    return {
        "deploy": inputs.text("deployment_environment", ENVIRONMENT, ENVIRONMENT_RULE, environment),
        "rollback": inputs.text("rollback_environment", ENVIRONMENT, ENVIRONMENT_RULE, f"{environment}-rollback"),
    }


def _check(inputs: Inputs, plan: DeploymentRolePlan) -> None:
    offences = inputs.offences
    inputs.at_least("name_prefixes", 1)
    given = inputs.text("oidc_provider_arn", re.compile(r".*"), "is not text", plan.oidc_provider_arn)
    rule = f"is not GitHub's provider in the account, which is {plan.oidc_provider_arn}"
    offences.check(given == plan.oidc_provider_arn, "oidc_provider_arn", given, rule)
    for action in plan.further_actions:
        rule = "would let the pipeline change who may do what; an administrator does that"
        offences.check(not action.startswith(("iam:", "sts:")), "further_actions", action, rule)
    same = plan.github_environments["deploy"] == plan.github_environments["rollback"]
    rule = "is the environment of deployments; its approval would hold a rollback up"
    offences.check(not same, "rollback_environment", plan.github_environments["rollback"], rule)
