"""The two roles of a server: one with which ECS starts its tasks, one that the server itself has."""

from collections.abc import Iterable

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import arn
from mcp_ops.hosting.mcp_server_args import McpServerArgs
from mcp_ops.hosting.mcp_server_plan import McpServerPlan
from mcp_ops.hosting.volumes import volume_statements
from mcp_ops.policies import Statement, allow, document, service_trust

_ARN_PARTS = 7
"""Parts of a secret's own ARN; what follows names a key inside it."""


class TaskRoles:
    """Registers both roles and their policies."""

    def __init__(
        self,
        name: str,
        args: McpServerArgs,
        plan: McpServerPlan,
        log_group: aws.cloudwatch.LogGroup,
        tags: dict[str, pulumi.Input[str]],
        child: pulumi.ResourceOptions,
    ) -> None:
        self.tags = tags
        trust = service_trust("ecs-tasks.amazonaws.com", plan.account_id, arn("ecs", plan.region, plan.account_id, "*"))

        def role(kind: str, description: str) -> aws.iam.Role:
            return aws.iam.Role(
                f"{name}-{kind}",
                description=description,
                assume_role_policy=trust,
                path=plan.role_path or None,
                permissions_boundary=args.get("permissions_boundary_arn"),
                tags=tags,
                opts=child,
            )

        self.execution = role("execution", f"Starts the tasks of {plan.family}: image, secrets, logs")
        self.task = role("task", f"What the server {plan.family} itself may do")
        self.policies = [
            aws.iam.RolePolicy(
                f"{name}-execution-policy",
                role=self.execution.name,
                policy=document(*_execution_statements(args, plan, log_group)),
                opts=child,
            )
        ]
        if plan.volumes:
            mounts = volume_statements(args["volumes"], plan.volumes, plan.region, plan.account_id)
            self.policies.append(
                aws.iam.RolePolicy(f"{name}-volumes-policy", role=self.task.name, policy=document(*mounts), opts=child)
            )
        task_policy = args.get("task_policy")
        if task_policy is not None:
            self.policies.append(
                aws.iam.RolePolicy(f"{name}-task-policy", role=self.task.name, policy=task_policy, opts=child)
            )


def _execution_statements(
    args: McpServerArgs, plan: McpServerPlan, log_group: aws.cloudwatch.LogGroup
) -> Iterable[Statement]:
    streams = log_group.arn.apply("{}:log-stream:*".format)
    yield allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [log_group.arn, streams])
    # The one action of ECR that knows no resource.
    yield allow("SignInToRegistry", ["ecr:GetAuthorizationToken"], "*")
    repository = args.get("repository_arn") or arn("ecr", plan.region, plan.account_id, "repository/*")
    pull = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    yield allow("PullImage", pull, repository)
    secrets = args.get("secrets") or {}
    if secrets:
        arns = [pulumi.Output.from_input(secrets[key]).apply(_secret_arn) for key in sorted(secrets)]
        yield allow("ReadSecrets", ["secretsmanager:GetSecretValue"], arns)
    keys = args.get("secret_key_arns") or []
    if keys:
        via = {"StringEquals": {"kms:ViaService": f"secretsmanager.{plan.region}.amazonaws.com"}}
        yield allow("DecryptSecrets", ["kms:Decrypt"], keys, via)


def _secret_arn(value: str) -> str:
    return ":".join(value.split(":")[:_ARN_PARTS])
