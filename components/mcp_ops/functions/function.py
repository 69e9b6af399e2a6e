"""A Lambda function of the library.

Not managed here: what triggers it (`mcp_ops.functions.triggers`), and the alarms on its errors and dead letters, which
belong to monitoring.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from mcp_ops import naming
from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE, arn
from mcp_ops.inputs import Inputs
from mcp_ops.policies import Statement, allow, document
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:Function"  # noqa: S105 - a resource type, not a password

RUNTIME = "python3.13"
"""Newest Python of AWS Lambda that the functions are tested with."""

DEAD_LETTER_SECONDS = 14 * 24 * 3600
"""The longest that Amazon SQS keeps a message: an event that nobody handled waits two weeks."""

_HANDLER = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)+")
_TEXT = re.compile(r"(?s).{1,256}")


class FunctionArgs(TypedDict):
    """Inputs of a Function."""

    code: pulumi.Archive
    """The upload, from `code_of`."""
    handler: str
    """Dotted name of the handler: `<package>.<module>.<function>`."""
    description: str
    """What the function is for, 1 to 256 characters."""
    account_id: str
    """Account of the function, 12 digits."""
    region: str
    """Region of the function."""
    statements: NotRequired[Sequence[Statement]]
    """What the function may do besides writing its own logs and dead letters. Default: nothing."""
    variables: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Environment variables. No secrets: their ARNs."""
    timeout_seconds: NotRequired[int]
    """Longest run, 1 to 900. Default 60."""
    memory_mib: NotRequired[int]
    """Memory, 128 to 10240; one vCPU comes with 1769. Default 256."""
    reserved_concurrency: NotRequired[int]
    """Runs at a time that are set aside for this function and that it cannot exceed; -1 sets none aside. Default -1."""
    log_retention_days: NotRequired[int]
    """Days that the logs are kept. Default 30."""
    log_group_prefix: NotRequired[str]
    """First part of the log group's name `<prefix>/functions/<name>`. Default `/mcp-ops`."""
    log_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the logs; its policy must admit CloudWatch Logs. Default: AWS's own."""
    key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts variables and dead letters. Default: AWS's own."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Boundary of the role."""
    subnet_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Subnets that the function reaches private addresses from. Default: it is in no network of the account."""
    security_group_ids: NotRequired[Sequence[pulumi.Input[str]]]
    """Security groups in those subnets."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


@dataclass(frozen=True)
class FunctionPlan:
    """What a Function registers."""

    handler: str
    description: str
    timeout_seconds: int
    memory_mib: int
    reserved_concurrency: int
    log_group: str
    log_retention_days: int


def plan_function(name: str, args: FunctionArgs) -> FunctionPlan:
    """Decides on the function. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, FunctionArgs)
    naming.check_length(inputs.offences, "name", "function", name, autonamed=True)
    inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE)
    inputs.text("region", REGION, REGION_RULE)
    inputs.offences.check(
        inputs.has("subnet_ids") == inputs.has("security_group_ids"),
        "security_group_ids",
        args.get("security_group_ids"),
        "goes with subnet_ids; give both or neither",
    )
    plan = FunctionPlan(
        handler=inputs.text("handler", _HANDLER, "is no handler; write it like package.module.function"),
        description=inputs.text("description", _TEXT, "is no description; it has 1 to 256 characters"),
        timeout_seconds=inputs.integer("timeout_seconds", 60, 1, 900),
        memory_mib=inputs.integer("memory_mib", 256, 128, 10240),
        reserved_concurrency=inputs.integer("reserved_concurrency", -1, -1, 1000),
        log_group=naming.log_group(inputs.log_group_prefix(), "functions", name),
        log_retention_days=inputs.retention("log_retention_days", 30),
    )
    inputs.offences.refuse()
    return plan


class Function(pulumi.ComponentResource):
    """A Python function on arm64 with a role, a log group and a dead-letter queue of its own."""

    function_arn: pulumi.Output[str]
    """ARN of the function."""
    function_name: pulumi.Output[str]
    """Name of the function."""
    role_arn: pulumi.Output[str]
    """ARN of its role."""
    role_name: pulumi.Output[str]
    """Name of its role."""
    log_group_name: pulumi.Output[str]
    """Log group, one JSON object a line."""
    dead_letter_queue_arn: pulumi.Output[str]
    """ARN of the queue that events go to that the function did not handle."""
    dead_letter_queue_name: pulumi.Output[str]
    """Name of that queue, as CloudWatch's metrics carry it."""

    def __init__(self, name: str, args: FunctionArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_function(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = merge_tags({}, args.get("tags"))
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=plan.log_group,
            retention_in_days=plan.log_retention_days,
            kms_key_id=args.get("log_key_arn"),
            tags=tags,
            opts=child,
        )
        queue = _dead_letters(name, args, tags, child)
        role = aws.iam.Role(
            f"{name}-role",
            description=f"Runs the function {name}",
            # Lambda states no source when it takes a role; who may hand it the role is decided by iam:PassRole.
            assume_role_policy=document(
                {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
            ),
            permissions_boundary=args.get("permissions_boundary_arn"),
            tags=tags,
            opts=child,
        )
        policy = aws.iam.RolePolicy(
            f"{name}-policy", role=role.name, policy=document(*_statements(args, logs.arn, queue.arn)), opts=child
        )
        function = _function(name, args, plan, role, logs, queue, tags, _after(child, policy))
        self.function_arn = function.arn
        self.function_name = function.name
        self.role_arn = role.arn
        self.role_name = role.name
        self.log_group_name = logs.name
        self.dead_letter_queue_arn = queue.arn
        self.dead_letter_queue_name = queue.name
        self.register_outputs({key: getattr(self, key) for key in Function.__annotations__})


def _after(child: pulumi.ResourceOptions, policy: aws.iam.RolePolicy) -> pulumi.ResourceOptions:
    """Returns options of what needs the policy: AWS Lambda checks the dead-letter queue when the function is made."""
    return pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[policy]))


def _dead_letters(
    name: str, args: FunctionArgs, tags: Mapping[str, pulumi.Input[str]], child: pulumi.ResourceOptions
) -> aws.sqs.Queue:
    key = args.get("key_arn")
    return aws.sqs.Queue(
        f"{name}-dead-letters",
        message_retention_seconds=DEAD_LETTER_SECONDS,
        kms_master_key_id=key,
        sqs_managed_sse_enabled=None if key else True,
        tags=tags,
        opts=child,
    )


def _statements(args: FunctionArgs, log_group_arn: pulumi.Input[str], queue_arn: pulumi.Input[str]) -> list[Statement]:
    write = ["logs:CreateLogStream", "logs:PutLogEvents"]
    statements = [
        allow("WriteOwnLogs", write, pulumi.Output.concat(log_group_arn, ":*")),
        allow("KeepDeadLetters", ["sqs:SendMessage"], queue_arn),
        *args.get("statements", ()),
    ]
    key = args.get("key_arn")
    if key is not None:
        statements.append(allow("OwnVariablesAndDeadLetters", ["kms:Decrypt", "kms:GenerateDataKey"], key))
    if args.get("subnet_ids"):
        statements.extend(_interfaces(args["region"], args["account_id"]))
    return statements


def _interfaces(region: str, account_id: str) -> list[Statement]:
    """Lets AWS Lambda attach the function to its subnets."""
    made_of = [
        arn("ec2", region, account_id, f"{kind}/*") for kind in ("network-interface", "subnet", "security-group")
    ]
    return [
        allow("AttachToSubnets", ["ec2:CreateNetworkInterface"], made_of),
        allow("DetachFromSubnets", ["ec2:DeleteNetworkInterface"], made_of[0]),
        # Describing knows no resources.
        allow("FindInterfaces", ["ec2:DescribeNetworkInterfaces"], "*"),
    ]


def _function(  # noqa: PLR0913, PLR0917 - everything that a function is made of
    name: str,
    args: FunctionArgs,
    plan: FunctionPlan,
    role: aws.iam.Role,
    logs: aws.cloudwatch.LogGroup,
    queue: aws.sqs.Queue,
    tags: Mapping[str, pulumi.Input[str]],
    opts: pulumi.ResourceOptions,
) -> aws.lambda_.Function:
    subnets = args.get("subnet_ids")
    network = (
        aws.lambda_.FunctionVpcConfigArgs(subnet_ids=subnets, security_group_ids=args["security_group_ids"])
        if subnets
        else None
    )
    return aws.lambda_.Function(
        name,
        description=plan.description,
        code=args["code"],
        handler=plan.handler,
        runtime=RUNTIME,
        architectures=["arm64"],
        role=role.arn,
        timeout=plan.timeout_seconds,
        memory_size=plan.memory_mib,
        reserved_concurrent_executions=plan.reserved_concurrency,
        environment=aws.lambda_.FunctionEnvironmentArgs(variables=args.get("variables") or {}),
        kms_key_arn=args.get("key_arn"),
        dead_letter_config=aws.lambda_.FunctionDeadLetterConfigArgs(target_arn=queue.arn),
        logging_config=aws.lambda_.FunctionLoggingConfigArgs(
            log_format="JSON", log_group=logs.name, application_log_level="INFO", system_log_level="WARN"
        ),
        vpc_config=network,
        tags=tags,
        opts=opts,
    )
