"""What the deployment roles may do. Changes are bound to the environment's tag, or to names where AWS sees no tag."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import pulumi

from mcp_ops.arns import arn, iam_arn, partition
from mcp_ops.delivery import actions
from mcp_ops.delivery.deployment_decisions import DeploymentRolePlan
from mcp_ops.policies import Statement, allow

GROUPS: Mapping[str, Sequence[str]] = {
    "network": ("acm", "ec2", "elasticloadbalancing", "servicediscovery", "wafv2"),
    "servers": ("application-autoscaling", "cognito-idp", "ecr", "ecs", "events", "iam", "lambda", "logs", "scheduler"),
    "data": ("backup", "dynamodb", "elasticfilesystem", "kms", "secretsmanager", "sns", "sqs", "ssm"),
    "operations": (
        "access-analyzer", "application-signals", "budgets", "cloudtrail", "cloudwatch", "guardduty", "securityhub",
        "synthetics", "xray",
    ),
}  # fmt: skip
"""Services by policy: one policy for all would exceed the 6,144 characters that IAM takes."""

RECEIVERS = (
    "application-autoscaling", "backup", "cloudtrail", "ecs", "ecs-tasks", "events", "lambda", "scheduler",
    "synthetics", "vpc-flow-logs",
)  # fmt: skip
"""Services that roles are passed to."""

LINKED = (
    "application-autoscaling", "backup", "cloudtrail", "ecs", "ecs.application-autoscaling", "elasticloadbalancing",
    "email.cognito-idp", "guardduty", "replication.ecr", "restore-testing.backup", "securityhub", "wafv2",
)  # fmt: skip
"""Services that make a role of their own in the account when they are first used."""

_GUARDED = (
    "iam:AttachRolePolicy", "iam:CreateRole", "iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy",
    "iam:PassRole", "iam:PutRolePolicy", "iam:TagRole", "iam:UntagRole", "iam:UpdateAssumeRolePolicy", "iam:UpdateRole",
)  # fmt: skip
_PROVIDER = (
    "iam:AddClientIDToOpenIDConnectProvider", "iam:CreateOpenIDConnectProvider", "iam:DeleteOpenIDConnectProvider",
    "iam:TagOpenIDConnectProvider", "iam:UntagOpenIDConnectProvider", "iam:UpdateOpenIDConnectProviderThumbprint",
)  # fmt: skip
_STATE_WRITES = ("s3:DeleteObject", "s3:PutObject")


@dataclass(frozen=True)
class Permissions:
    """The permissions of one environment's deployments."""

    plan: DeploymentRolePlan
    cluster_name: pulumi.Input[str]
    boundary_arn: pulumi.Input[str]

    def preview(self) -> Iterator[Statement]:
        """Reads how things are set up, and Pulumi's state."""
        yield allow("Read", actions.READ, "*")
        yield from self._state(())
        yield self._nothing_of_others()

    def deploy(self) -> Mapping[str, list[Statement]]:
        """Returns the policies of the deploy role by the last part of their names."""
        found = {
            group: [
                allow(f"Owned{group.title()}", self._owned_by(group), "*", self._tagged("aws:ResourceTag")),
                allow(
                    f"Created{group.title()}",
                    _verbs(actions.CREATED, services),
                    self._own_account(services),
                    self._tagged("aws:RequestTag"),
                ),
            ]
            for group, services in GROUPS.items()
        }
        found["read"] = [allow("Read", actions.READ, "*")]
        found["names"] = [*self._named(), *self._state(_STATE_WRITES)]
        found["limits"] = [*self._guards(), self._nothing_of_others()]
        return found

    def rollback(self) -> Iterator[Statement]:
        """Puts a service back to what it ran before; registers nothing, passes no role, changes nothing else."""
        yield allow(
            "Look",
            ["cloudwatch:DescribeAlarms", "ecr:DescribeImages", "ecs:Describe*", "ecs:List*",
             "elasticloadbalancing:Describe*", "tag:GetResources"],
            "*",
        )  # fmt: skip
        yield allow("RollBack", ["ecs:UpdateService"], self._in_cluster("service"), self._tagged("aws:ResourceTag"))
        # A deployment carries no tags; its cluster's name is part of its ARN.
        yield allow("StopDeployments", ["ecs:StopServiceDeployment"], self._in_cluster("service-deployment"))
        yield self._nothing_of_others()

    def _in_cluster(self, kind: str) -> pulumi.Output[str]:
        whole = arn("ecs", self.plan.region, self.plan.account_id, kind)
        return pulumi.Output.concat(whole, "/", self.cluster_name, "/*")

    def _tagged(self, key: str) -> Mapping[str, Mapping[str, object]]:
        return {"StringEquals": {f"{key}/Environment": self.plan.environment}}

    def _owned_by(self, group: str) -> list[str]:
        further = self.plan.further_actions if group == "operations" else ()
        return [*_verbs(actions.OWNED, GROUPS[group]), *further]

    def _own_account(self, services: Sequence[str]) -> list[str]:
        part, account = partition(self.plan.region), self.plan.account_id
        # IAM has no region, and takes no wildcard in its place nor for a whole path.
        iam = [iam_arn(self.plan.region, account, f"{kind}/*") for kind in ("policy", "role")]
        known = [service for service in services if service in actions.CREATED]
        return [f"arn:{part}:{service}:*:{account}:*" for service in known if service != "iam"] + (
            iam if "iam" in known else []
        )

    def _named(self) -> Iterator[Statement]:
        plan, part = self.plan, partition(self.plan.region)
        yield allow("Created", actions.CREATED_ANYWHERE, "*", self._tagged("aws:RequestTag"))
        yield allow("Unbound", actions.UNBOUND, "*")
        yield allow("Buckets", actions.BUCKETS, [f"arn:{part}:s3:::{prefix}-*" for prefix in plan.name_prefixes])
        pages = [f"arn:{part}:cloudwatch::{plan.account_id}:dashboard/{prefix}*" for prefix in plan.name_prefixes]
        yield allow("Dashboards", actions.DASHBOARDS, pages)
        aliases = [
            arn("kms", region, plan.account_id, f"alias/{prefix}*")
            for region in plan.regions
            for prefix in plan.name_prefixes
        ]
        keys = [arn("kms", region, plan.account_id, "key/*") for region in plan.regions]
        yield allow("Aliases", actions.ALIASES, aliases)
        yield allow("AliasesOfOwnKeys", actions.ALIASES, keys, self._tagged("aws:ResourceTag"))
        via = {"StringLike": {"kms:ViaService": [f"*.{region}.amazonaws.com" for region in plan.regions]}}
        yield allow("EncryptThroughServices", actions.ENCRYPTION, keys, {**self._tagged("aws:ResourceTag"), **via})
        own = [*(f"role/{prefix}-*" for prefix in plan.name_prefixes), *(f"role{path}*" for path in plan.role_paths)]
        roles = [iam_arn(plan.region, plan.account_id, pattern) for pattern in own]
        to = {"StringEquals": {"iam:PassedToService": [f"{service}.amazonaws.com" for service in RECEIVERS]}}
        yield allow("PassRoles", ["iam:PassRole"], roles, to)
        linked = iam_arn(plan.region, plan.account_id, "role/aws-service-role/*")
        names = {"StringEquals": {"iam:AWSServiceName": [f"{service}.amazonaws.com" for service in LINKED]}}
        yield allow("ServicesOwnRoles", ["iam:CreateServiceLinkedRole"], linked, names)
        if plan.hosted_zone_id:
            zone = f"arn:{part}:route53:::hostedzone/{plan.hosted_zone_id}"
            yield allow("Records", ["route53:ChangeResourceRecordSets"], zone)

    def _guards(self) -> Iterator[Statement]:
        """Denies what would let a deployment widen its own power, or that of people."""
        plan = self.plan
        # Names are unique in an account whatever the path, which the ARN holds too.
        forms = [f"role/{path}{name}" for name in plan.guarded_roles for path in ("", "*/")]
        roles = [iam_arn(plan.region, plan.account_id, form) for form in forms]
        yield {"Sid": "AdministratorsChangeThese", "Effect": "Deny", "Action": list(_GUARDED), "Resource": roles}
        provider = plan.oidc_provider_arn
        yield {"Sid": "AndWhomToTrust", "Effect": "Deny", "Action": list(_PROVIDER), "Resource": provider}
        verbs = ["iam:CreatePolicy", "iam:DeletePolicy", "iam:TagPolicy", "iam:UntagPolicy", "iam:CreatePolicyVersion"]
        own = [iam_arn(plan.region, plan.account_id, f"policy/{plan.role_names['deploy']}-*"), self.boundary_arn]
        yield {"Sid": "AndTheBounds", "Effect": "Deny", "Action": verbs, "Resource": own}

    def _nothing_of_others(self) -> Statement:
        # Only what carries the tag with another value: an absent key would count as not equal.
        condition = {
            "StringNotEquals": {"aws:ResourceTag/Environment": self.plan.environment},
            "Null": {"aws:ResourceTag/Environment": "false"},
        }
        return {
            "Sid": "NothingOfOthers", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition
        }  # fmt: skip

    def _state(self, writes: Sequence[str]) -> Iterator[Statement]:
        plan = self.plan
        if plan.state_bucket:
            bucket = f"arn:{partition(plan.region)}:s3:::{plan.state_bucket}"
            yield allow("FindState", ["s3:ListBucket"], bucket)
            yield allow("State", ["s3:GetObject", *writes], f"{bucket}/.pulumi/*")
        if plan.state_key_arn:
            verbs = ["kms:Decrypt", *(["kms:Encrypt", "kms:GenerateDataKey"] if writes else [])]
            yield allow("SecretsInState", verbs, plan.state_key_arn)


def _verbs(table: Mapping[str, str], services: Sequence[str]) -> list[str]:
    return [f"{service}:{verb}" for service in services for verb in table.get(service, "").split()]
