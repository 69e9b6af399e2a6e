"""What the roles of services must be able to do and must not: it follows from what uses them.

ECS: ECS developer guide, "Amazon ECS task execution IAM role"; flow logs: VPC user guide, "Publish flow logs to
CloudWatch Logs"; trails: CloudTrail user guide, "Role policy document for CloudTrail to use CloudWatch Logs".
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from mcp_ops.rehearsal.drills.least_privilege.asks import (
    ANOTHER_ACCOUNT,
    Ask,
    Estate,
    Expected,
    Taking,
)
from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator.authorization.request import account, service

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
SECRET = "aws:secretsmanager/secret:Secret"  # noqa: S105 - a resource type, not a password
REPOSITORY = "aws:ecr/repository:Repository"
WRITE_LOGS = ("logs:CreateLogStream", "logs:PutLogEvents")
PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")

_IMAGE = re.compile(r"(\d{12})\.dkr\.ecr\.([a-z0-9-]+)\.amazonaws\.com(?:\.cn)?/([a-z0-9._/-]+)")
_SECRET_PARTS = 7
"""Parts of a secret's own ARN; what follows names a key inside it."""
_SOURCELESS = frozenset({"lambda.amazonaws.com"})
"""Services that state no source when they take a role."""

Inputs = Mapping[str, Any]


def workloads(estate: Estate) -> Iterator[Expected]:
    """Yields the expectations of each role that a resource of the stack hands to a service."""
    for type_, derive in USERS.items():
        for item, inputs in estate.of_type(type_):
            for found in derive(estate, item, inputs):
                found.must_not += forbidden(estate, found.arn)
                yield found


def forbidden(estate: Estate, own: str) -> Iterator[Ask]:
    """Yields what no service's role may do: give itself more, or delete what others rely on."""
    everything = {"iam:PolicyARN": f"arn:{estate.partition}:iam::aws:policy/AdministratorAccess"}
    yield Ask("iam:AttachRolePolicy", own, everything)
    for action in ("iam:PutRolePolicy", "iam:DeleteRolePermissionsBoundary", "iam:UpdateAssumeRolePolicy"):
        yield Ask(action, own)
    yield Ask("iam:CreateRole", estate.arn("iam", "role/rehearsal"))
    yield Ask("iam:CreateAccessKey", estate.arn("iam", "user/rehearsal"))
    for type_, actions in KEPT.items():
        yield from estate.on(actions, type_)
    yield from estate.on(["s3:DeleteObjectVersion", "s3:BypassGovernanceRetention"], TRAIL_BUCKET, below="/AWSLogs/x")


TRAIL_BUCKET = "aws:s3/bucket:Bucket"
KEPT: Mapping[str, tuple[str, ...]] = {
    "aws:backup/vault:Vault": ("backup:DeleteBackupVault", "backup:PutBackupVaultAccessPolicy"),
    "aws:cloudtrail/trail:Trail": ("cloudtrail:StopLogging", "cloudtrail:DeleteTrail", "cloudtrail:UpdateTrail"),
    "aws:kms/key:Key": ("kms:ScheduleKeyDeletion", "kms:DisableKey", "kms:PutKeyPolicy"),
    LOG_GROUP: ("logs:DeleteLogGroup", "logs:PutRetentionPolicy"),
    "aws:s3/bucket:Bucket": ("s3:DeleteBucket", "s3:PutBucketPolicy"),
    SECRET: ("secretsmanager:DeleteSecret", "secretsmanager:PutResourcePolicy"),
}
"""Resources that no service's role may delete, silence or open, and the actions that would."""


def _expected(estate: Estate, arn: Any, purpose: str, principal: str, source: str) -> Iterator[Expected]:
    """Yields a role of the stack with who takes it: the service, for this account's resource, and nobody else."""
    role = estate.role_at(arn)
    if role is None:
        return
    own = {"aws:SourceAccount": estate.account, "aws:SourceArn": source}
    foreign = {"aws:SourceAccount": ANOTHER_ACCOUNT, "aws:SourceArn": source.replace(estate.account, ANOTHER_ACCOUNT)}
    refused = [Taking(service("ec2.amazonaws.com"), own), Taking(account(estate.account, estate.partition))]
    if principal not in _SOURCELESS:
        refused.append(Taking(service(principal), foreign))
    yield Expected(role, purpose, takes=[Taking(service(principal), own)], refused=refused)


def _task_definition(estate: Estate, _: Registration, inputs: Inputs) -> Iterator[Expected]:
    family, containers = inputs.get("family"), json.loads(inputs["containerDefinitions"])
    source = estate.arn("ecs", "task/rehearsal/0123456789abcdef")
    principal = "ecs-tasks.amazonaws.com"
    for found in _expected(estate, inputs.get("taskRoleArn"), f"is what {family} may do", principal, source):
        yield found
    for found in _expected(estate, inputs.get("executionRoleArn"), f"starts the tasks of {family}", principal, source):
        for container in containers:
            found.may += _start(estate, container)
        own = {ask.resource for ask in found.may}
        others = [*estate.on(PULL[1:2], REPOSITORY), *estate.on(WRITE_LOGS[1:], LOG_GROUP, below=":log-stream:x")]
        others += estate.on(["secretsmanager:GetSecretValue"], SECRET)
        found.must_not += [ask for ask in others if ask.resource not in own]
        found.complete = True
        yield found


def _start(estate: Estate, container: Inputs) -> Iterator[Ask]:
    """Yields what it takes to start one container."""
    image = _IMAGE.match(container.get("image", ""))
    if image:
        yield Ask("ecr:GetAuthorizationToken")
        for action in PULL:
            yield Ask(action, f"arn:{estate.partition}:ecr:{image[2]}:{image[1]}:repository/{image[3]}")
    options = (container.get("logConfiguration") or {}).get("options") or {}
    if options.get("awslogs-group"):
        for action in WRITE_LOGS:
            yield Ask(action, estate.arn("logs", f"log-group:{options['awslogs-group']}:log-stream:x"))
    for secret in container.get("secrets") or ():
        yield from _read_secret(estate, secret["valueFrom"])


def _read_secret(estate: Estate, source: str) -> Iterator[Ask]:
    if ":secretsmanager:" not in source:
        name = source.rsplit(":parameter/", maxsplit=1)[-1].lstrip("/")
        yield Ask("ssm:GetParameters", source if source.startswith("arn:") else estate.arn("ssm", f"parameter/{name}"))
        return
    arn = ":".join(source.split(":")[:_SECRET_PARTS])
    yield Ask("secretsmanager:GetSecretValue", arn)
    for item, inputs in estate.of_type(SECRET):
        if item.outputs["arn"] == arn and inputs.get("kmsKeyId"):
            region = arn.split(":")[3]
            via = {"kms:ViaService": f"secretsmanager.{region}.amazonaws.com", "kms:EncryptionContext:SecretARN": arn}
            yield Ask("kms:Decrypt", str(inputs["kmsKeyId"]), via)


def _flow_log(estate: Estate, item: Registration, inputs: Inputs) -> Iterator[Expected]:
    group = str(inputs.get("logDestination")).removesuffix(":*")
    source = str(item.outputs["arn"])
    for found in _expected(estate, inputs.get("iamRoleArn"), "writes flow logs", "vpc-flow-logs.amazonaws.com", source):
        found.may = [Ask(action, f"{group}:log-stream:x") for action in (*WRITE_LOGS, "logs:DescribeLogStreams")]
        found.may.append(Ask("logs:DescribeLogGroups", estate.arn("logs", "log-group::log-stream:")))
        found.must_not = [ask for ask in _other_logs(estate) if not ask.resource.startswith(f"{group}:")]
        found.complete = True
        yield found


def _trail(estate: Estate, item: Registration, inputs: Inputs) -> Iterator[Expected]:
    group = str(inputs.get("cloudWatchLogsGroupArn")).removesuffix(":*")
    stream = f"{group}:log-stream:{estate.account}_CloudTrail_{estate.region}"
    source = str(item.outputs["arn"])
    for found in _expected(
        estate, inputs.get("cloudWatchLogsRoleArn"), "delivers the trail", "cloudtrail.amazonaws.com", source
    ):
        found.may = [Ask(action, stream) for action in WRITE_LOGS]
        found.must_not = [ask for ask in _other_logs(estate) if not ask.resource.startswith(f"{group}:")]
        found.complete = True
        yield found


def _function(estate: Estate, item: Registration, inputs: Inputs) -> Iterator[Expected]:
    source = str(item.outputs["arn"])
    for found in _expected(estate, inputs.get("role"), f"runs {item.name}", "lambda.amazonaws.com", source):
        group = (inputs.get("loggingConfig") or {}).get("logGroup") or f"/aws/lambda/{item.outputs.get('name')}"
        stream = estate.arn("logs", f"log-group:{group}:log-stream:x")
        found.may = [Ask(action, stream) for action in WRITE_LOGS]
        dead = (inputs.get("deadLetterConfig") or {}).get("targetArn")
        if dead and ":sqs:" in dead:
            found.may.append(Ask("sqs:SendMessage", dead))
        yield found


def _schedule(estate: Estate, item: Registration, inputs: Inputs) -> Iterator[Expected]:
    target = inputs.get("target") or {}
    source = str(item.outputs["arn"])
    for found in _expected(
        estate, target.get("roleArn"), f"keeps the schedule {item.name}", "scheduler.amazonaws.com", source
    ):
        if ":lambda:" in str(target.get("arn")):
            found.may.append(Ask("lambda:InvokeFunction", str(target["arn"])))
            found.must_not += [
                ask
                for ask in estate.on(["lambda:InvokeFunction"], "aws:lambda/function:Function")
                if ask.resource != target["arn"]
            ]
        dead = (target.get("deadLetterConfig") or {}).get("arn")
        if dead:
            found.may.append(Ask("sqs:SendMessage", str(dead)))
        found.complete = ":lambda:" in str(target.get("arn"))
        yield found


def _other_logs(estate: Estate) -> list[Ask]:
    return list(estate.on(WRITE_LOGS[1:], LOG_GROUP, below=":log-stream:x"))


USERS: Mapping[str, Callable[[Estate, Registration, Inputs], Iterator[Expected]]] = {
    "aws:ecs/taskDefinition:TaskDefinition": _task_definition,
    "aws:ec2/flowLog:FlowLog": _flow_log,
    "aws:cloudtrail/trail:Trail": _trail,
    "aws:lambda/function:Function": _function,
    "aws:scheduler/schedule:Schedule": _schedule,
}
"""Resources that hand a role to a service, and how its expectations follow."""
