"""Whom GitHub's workflows are in AWS: a role to preview, one to deploy, one to roll back. No long-lived keys.

Not managed here: the first deployment and every change of these roles, of GitHub's provider and of the boundary. An
administrator makes them: a pipeline that could would be bound by nothing.
"""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from mcp_ops.delivery.deployment_args import DeploymentRoleArgs
from mcp_ops.delivery.deployment_decisions import DeploymentRolePlan
from mcp_ops.delivery.deployment_permissions import Permissions
from mcp_ops.delivery.deployment_plan import plan_deployment_role
from mcp_ops.delivery.deployment_trust import AUDIENCE, ISSUER, branch_trust, environment_trust
from mcp_ops.policies import Statement, document
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:DeploymentRole"  # noqa: S105 - a resource type, not a password

_DESCRIPTIONS = {
    "preview": "Workflows of pull requests look at what an update would change",
    "deploy": "Workflows deploy the environment",
    "rollback": "Workflows put servers back to their last good release",
}


class DeploymentRole(pulumi.ComponentResource):
    """Roles of workflows, taken with GitHub's tokens: one reads, one changes what the stack owns, one rolls back."""

    role_arns: pulumi.Output[Mapping[str, str]]
    """ARN of each role: `preview`, `deploy`, `rollback`."""
    oidc_provider_arn: pulumi.Output[str]
    """ARN of GitHub's provider, for the stacks that share the account."""

    def __init__(self, name: str, args: DeploymentRoleArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_deployment_role(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = merge_tags({}, args.get("tags"))
        self.oidc_provider_arn = _provider(name, plan, tags, child)
        boundary = args["permissions_boundary_arn"]
        roles = {
            kind: aws.iam.Role(
                role_name,
                # Workflows name it.
                name=role_name,
                description=_DESCRIPTIONS[kind],
                assume_role_policy=document(_trust(kind, plan, self.oidc_provider_arn)),
                max_session_duration=plan.session_seconds,
                permissions_boundary=boundary,
                tags=tags,
                opts=child,
            )
            for kind, role_name in plan.role_names.items()
        }
        permissions = Permissions(plan, args["cluster_name"], boundary)
        for kind, statements in (("preview", permissions.preview()), ("rollback", permissions.rollback())):
            aws.iam.RolePolicy(
                f"{plan.role_names[kind]}-policy", role=roles[kind].name, policy=document(*statements), opts=child
            )
        for part, several in permissions.deploy().items():
            _attached(f"{plan.role_names['deploy']}-{part}", roles["deploy"], several, tags, child)
        self.role_arns = pulumi.Output.all(**{kind: role.arn for kind, role in roles.items()})
        self.register_outputs({"role_arns": self.role_arns, "oidc_provider_arn": self.oidc_provider_arn})


def _provider(
    name: str, plan: DeploymentRolePlan, tags: Mapping[str, pulumi.Input[str]], child: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    if not plan.owns_provider:
        return pulumi.Output.from_input(plan.oidc_provider_arn)
    provider = aws.iam.OpenIdConnectProvider(
        f"{name}-github", url=f"https://{ISSUER}", client_id_lists=[AUDIENCE], tags=tags, opts=child
    )
    arn: pulumi.Output[str] = provider.arn
    return arn


def _trust(kind: str, plan: DeploymentRolePlan, provider_arn: pulumi.Output[str]) -> Statement:
    if kind == "preview":
        return branch_trust(plan.origin, provider_arn, plan.default_branch)
    return environment_trust(plan.origin, provider_arn, plan.github_environments[kind])


def _attached(
    name: str,
    role: aws.iam.Role,
    statements: list[Statement],
    tags: Mapping[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> None:
    policy = aws.iam.Policy(
        name,
        # The deploy role must not change its own policies, which it tells by their names.
        name=name,
        policy=document(*statements),
        tags=tags,
        opts=child,
    )
    aws.iam.RolePolicyAttachment(name, role=role.name, policy_arn=policy.arn, opts=child)
