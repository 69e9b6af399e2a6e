"""The upper bound of every role: what none of them may do, whatever its own policies say.

Not managed here: later changes of the boundary. No role that carries it can make them; whoever set up the account does.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from mcp_ops import naming
from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE, iam_arn
from mcp_ops.inputs import Inputs
from mcp_ops.policies import MANAGED_CHARACTERS, VERSION, Statement, allow, deny
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:PermissionsBoundary"  # noqa: S105 - a resource type, not a password

SERVICES = (
    "access-analyzer",
    "acm",
    "application-autoscaling",
    "application-signals",
    "backup",
    "backup-storage",
    "budgets",
    "cloudtrail",
    "cloudwatch",
    "cognito-idp",
    "dynamodb",
    "ec2",
    "ecr",
    "ecs",
    "elasticfilesystem",
    "elasticloadbalancing",
    "events",
    "guardduty",
    "health",
    "iam",
    "kms",
    "lambda",
    "logs",
    "rds",
    "rds-data",
    "route53",
    "s3",
    "scheduler",
    "secretsmanager",
    "securityhub",
    "servicediscovery",
    "sns",
    "sqs",
    "ssm",
    "sts",
    "synthetics",
    "tag",
    "wafv2",
    "xray",
)
"""Services that the components of this library use, by their prefix in IAM."""

_SERVICE = re.compile(r"[a-z][a-z0-9-]{0,62}")
_WITHOUT_BOUNDARY = ("iam:AttachRolePolicy", "iam:CreateRole", "iam:PutRolePermissionsBoundary", "iam:PutRolePolicy")
_REMOVALS = (
    "iam:DeleteRolePermissionsBoundary",
    "iam:DeleteUserPermissionsBoundary",
    "iam:PutUserPermissionsBoundary",
)
_CHANGES = (
    "iam:CreatePolicyVersion",
    "iam:DeletePolicy",
    "iam:DeletePolicyVersion",
    "iam:SetDefaultPolicyVersion",
)
_STANDING = (
    "iam:AttachUserPolicy",
    "iam:CreateAccessKey",
    "iam:CreateLoginProfile",
    "iam:CreateServiceSpecificCredential",
    "iam:CreateUser",
    "iam:PutUserPolicy",
    "iam:UpdateLoginProfile",
)


class PermissionsBoundaryArgs(TypedDict):
    """Inputs of a PermissionsBoundary."""

    account_id: str
    """Account of the roles, 12 digits."""
    region: str
    """Region of the environment; it decides on the partition."""
    additional_services: NotRequired[list[str]]
    """Further services that roles may be granted, by prefix in IAM, such as `bedrock`: what the servers call."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of the policy."""


@dataclass(frozen=True)
class PermissionsBoundaryPlan:
    """What a PermissionsBoundary registers."""

    policy_name: str
    policy: str
    """JSON."""


def plan_permissions_boundary(name: str, args: PermissionsBoundaryArgs) -> PermissionsBoundaryPlan:
    """Decides on the boundary. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, PermissionsBoundaryArgs)
    policy_name = f"{name}-boundary"
    naming.check_length(inputs.offences, "name", "policy", policy_name)
    account_id = inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE)
    region = inputs.text("region", REGION, REGION_RULE)
    more = inputs.texts("additional_services")
    for service in more:
        rule = "is not the prefix of a service in IAM; write it like bedrock"
        inputs.offences.check(_SERVICE.fullmatch(service), "additional_services", service, rule)
        inputs.offences.check(service not in SERVICES, "additional_services", service, "is within the boundary already")
    statements = _statements(iam_arn(region, account_id, f"policy/{policy_name}"), sorted({*SERVICES, *more}))
    policy = json.dumps({"Version": VERSION, "Statement": statements}, separators=(",", ":"))
    rule = f"makes the boundary {len(policy):,} characters long; AWS allows {MANAGED_CHARACTERS:,}"
    inputs.offences.check(len(policy) <= MANAGED_CHARACTERS, "additional_services", list(more), rule)
    inputs.offences.refuse()
    return PermissionsBoundaryPlan(policy_name, policy)


def _statements(own_arn: str, services: list[str]) -> list[Statement]:
    # An absent key counts as not equal: a role without any boundary is refused as well.
    without = {"StringNotEquals": {"iam:PermissionsBoundary": own_arn}}
    return [
        allow("Services", [f"{service}:*" for service in services], "*"),
        deny("RolesKeepTheBoundary", _WITHOUT_BOUNDARY, without),
        deny("NobodyTakesItAway", _REMOVALS),
        {**deny("NobodyChangesIt", _CHANGES), "Resource": own_arn},
        deny("NoStandingCredentials", _STANDING),
    ]


class PermissionsBoundary(pulumi.ComponentResource):
    """A policy that bounds every role: only known services, no role without the bound, no standing credentials."""

    policy_arn: pulumi.Output[str]
    """ARN of the policy, for `permissions_boundary_arn` of other components."""

    def __init__(self, name: str, args: PermissionsBoundaryArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_permissions_boundary(name, args)
        super().__init__(TOKEN, name, {}, opts)
        policy = aws.iam.Policy(
            f"{name}-boundary",
            # It names itself: its statements hold its own ARN.
            name=plan.policy_name,
            description="Upper bound of every role that mcp-ops creates",
            policy=plan.policy,
            tags=merge_tags({}, args.get("tags")),
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.policy_arn = policy.arn
        self.register_outputs({"policy_arn": self.policy_arn})
