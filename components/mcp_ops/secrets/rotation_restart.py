"""Running servers get a rotated secret: their services start anew, one after the other.

Which services those are is read off the cluster when a secret has been rotated: whose task definition names it.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE, arn
from mcp_ops.functions import KIT, Function, FunctionArgs, code_of
from mcp_ops.inputs import Inputs
from mcp_ops.policies import Statement, allow, document
from mcp_ops.secrets.function_inputs import function_inputs
from mcp_ops.secrets.functions import restart_services
from mcp_ops.secrets.watch import service_events
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:RotationRestart"  # noqa: S105 - a resource type, not a password

DEBOUNCE_SECONDS = 60
"""Rotations within this time lead to one restart of a service that uses several of the secrets."""
AGAIN_SECONDS = 60
"""Seconds after which an unfinished restart is looked at again."""
MOST_LOOKS = 480
"""Looks at one rotation, eight hours in all; then it counts as failed."""
_TIMEOUT_SECONDS = 50
_BATCH = 100
_EVENTS = "events.amazonaws.com"
_FIVE_MINUTES = 300
_TWO_WEEKS = 14 * 24 * 3600
_STORE = re.compile(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?")


class RotationRestartArgs(TypedDict):
    """Inputs of a RotationRestart."""

    store: str
    """Name of the SecretStore whose rotations count."""
    account_id: str
    """Account of store and cluster, 12 digits."""
    region: str
    """Region of both."""
    cluster_name: pulumi.Input[str]
    """ECS cluster whose services are restarted."""
    alarm_topic_arn: pulumi.Input[str]
    """SNS topic that hears of restarts that failed."""
    managed_secret_arns: NotRequired[list[pulumi.Input[str]]]
    """Secrets that RDS rotates and services read. Default none."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Boundary of the function's role."""
    log_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the function's logs. Default: AWS's own."""
    log_retention_days: NotRequired[int]
    """Days that the function's logs are kept. Default 30."""
    log_group_prefix: NotRequired[str]
    """First part of the name of its log group. Default `/mcp-ops`."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


@dataclass(frozen=True)
class RotationRestartPlan:
    """What a RotationRestart registers."""

    store: str
    account_id: str
    region: str
    log_retention_days: int
    log_group_prefix: str

    @property
    def arn_prefix(self) -> str:
        """What the ARNs of the store's secrets begin with."""
        return arn("secretsmanager", self.region, self.account_id, f"secret:{self.store}-")


def plan_rotation_restart(name: str, args: RotationRestartArgs) -> RotationRestartPlan:
    """Decides on the restart. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, RotationRestartArgs)
    inputs.sequence("managed_secret_arns")
    plan = RotationRestartPlan(
        store=inputs.text("store", _STORE, "is not the name of a SecretStore"),
        account_id=inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE),
        region=inputs.text("region", REGION, REGION_RULE),
        log_retention_days=inputs.retention("log_retention_days", 30),
        log_group_prefix=inputs.log_group_prefix(),
    )
    inputs.offences.refuse()
    return plan


class RotationRestart(pulumi.ComponentResource):
    """Restarts exactly the services that use a rotated secret; never two at a time, and an alarm when one fails."""

    function_arn: pulumi.Output[str]
    """ARN of the function that restarts."""
    queue_arn: pulumi.Output[str]
    """ARN of the queue with the rotations that are not done."""
    failures_queue_arn: pulumi.Output[str]
    """ARN of the queue with the restarts that failed; delete its messages when that is repaired."""

    def __init__(self, name: str, args: RotationRestartArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_rotation_restart(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        tags = merge_tags({}, args.get("tags"))
        failures = aws.sqs.Queue(
            f"{name}-failures",
            message_retention_seconds=_TWO_WEEKS,
            sqs_managed_sse_enabled=True,
            tags=tags,
            opts=child,
        )
        redrive = {"deadLetterTargetArn": failures.arn, "maxReceiveCount": MOST_LOOKS}
        queue = aws.sqs.Queue(
            f"{name}-rotations",
            delay_seconds=DEBOUNCE_SECONDS,
            visibility_timeout_seconds=AGAIN_SECONDS,
            message_retention_seconds=_TWO_WEEKS,
            redrive_policy=pulumi.Output.json_dumps(redrive),
            sqs_managed_sse_enabled=True,
            tags=tags,
            opts=child,
        )
        function = _function(name, args, plan, queue, failures, child)
        _collect(name, args, plan, queue, child)
        aws.lambda_.EventSourceMapping(
            f"{name}-rotations",
            event_source_arn=queue.arn,
            function_name=function.function_name,
            batch_size=_BATCH,
            maximum_batching_window_in_seconds=DEBOUNCE_SECONDS,
            function_response_types=["ReportBatchItemFailures"],
            tags=tags,
            opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[function])),
        )
        # Whoever shows alarms finds it here.
        self.alarms = {"restart-failed": _alarm(name, args, failures, child)}
        # Whoever watches functions finds it here.
        self.functions = {"restart": function}
        self.function_arn = function.function_arn
        self.queue_arn = queue.arn
        self.failures_queue_arn = failures.arn
        self.register_outputs({key: getattr(self, key) for key in RotationRestart.__annotations__})


def _function(
    name: str,
    args: RotationRestartArgs,
    plan: RotationRestartPlan,
    queue: aws.sqs.Queue,
    failures: aws.sqs.Queue,
    child: pulumi.ResourceOptions,
) -> Function:
    own: FunctionArgs = {
        "account_id": plan.account_id,
        "region": plan.region,
        "code": code_of(str(Path(restart_services.__file__).parent), KIT),
        "handler": "restart_services.handler.handle",
        "description": f"Restarts services after rotations of {plan.store}",
        "statements": list(_statements(plan, queue.arn, failures.arn, args["cluster_name"])),
        "variables": {"CLUSTER": args["cluster_name"], "FAILURES_URL": failures.url},
        "timeout_seconds": _TIMEOUT_SECONDS,
    }
    return Function(f"{name}-restart", function_inputs(plan, args, own), child)


def _statements(
    plan: RotationRestartPlan,
    queue_arn: pulumi.Input[str],
    failures_arn: pulumi.Input[str],
    cluster_name: pulumi.Input[str],
) -> Iterator[Statement]:
    def ecs(kind: str, *rest: str) -> pulumi.Output[str]:
        return pulumi.Output.concat(arn("ecs", plan.region, plan.account_id, f"{kind}/"), cluster_name, *rest)

    in_cluster = {"ArnEquals": {"ecs:cluster": ecs("cluster")}}
    take = ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"]
    yield allow("TakeRotations", take, queue_arn)
    yield allow("TellOfFailures", ["sqs:SendMessage"], failures_arn)
    # Neither listing services nor reading task definitions knows resources.
    yield allow("FindServices", ["ecs:ListServices"], "*", in_cluster)
    yield allow("ReadTaskDefinitions", ["ecs:DescribeTaskDefinition"], "*")
    yield allow("Restart", ["ecs:DescribeServices", "ecs:UpdateService"], ecs("service", "/*"))


def _collect(
    name: str,
    args: RotationRestartArgs,
    plan: RotationRestartPlan,
    queue: aws.sqs.Queue,
    child: pulumi.ResourceOptions,
) -> None:
    """Sends every rotation that succeeded to the queue."""
    secrets = [{"prefix": plan.arn_prefix}, *(args.get("managed_secret_arns") or [])]
    rule = aws.cloudwatch.EventRule(
        f"{name}-rotated",
        description=f"A secret of {plan.store} has been rotated",
        event_pattern=pulumi.Output.json_dumps(service_events(secrets, ["RotationSucceeded"])),
        opts=child,
    )
    condition = {"ArnEquals": {"aws:SourceArn": rule.arn}}
    send = {**allow("Events", ["sqs:SendMessage"], queue.arn, condition), "Principal": {"Service": _EVENTS}}
    policy = aws.sqs.QueuePolicy(f"{name}-rotations-policy", queue_url=queue.url, policy=document(send), opts=child)
    after = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[policy]))
    aws.cloudwatch.EventTarget(f"{name}-rotated-target", rule=rule.name, arn=queue.arn, opts=after)


def _alarm(
    name: str, args: RotationRestartArgs, failures: aws.sqs.Queue, child: pulumi.ResourceOptions
) -> pulumi.Output[str]:
    """Registers the alarm on restarts that failed; returns its ARN."""
    alarm = aws.cloudwatch.MetricAlarm(
        f"{name}-restart-failed",
        name=f"{name}-restart-failed",
        alarm_description="A server did not start with a rotated secret. What to do: docs/secrets.md#restart-failed",
        namespace="AWS/SQS",
        metric_name="ApproximateNumberOfMessagesVisible",
        dimensions={"QueueName": failures.name},
        statistic="Maximum",
        comparison_operator="GreaterThanThreshold",
        threshold=0,
        period=_FIVE_MINUTES,
        evaluation_periods=1,
        treat_missing_data="notBreaching",
        alarm_actions=[args["alarm_topic_arn"]],
        ok_actions=[args["alarm_topic_arn"]],
        tags=args.get("tags"),
        opts=child,
    )
    arn: pulumi.Output[str] = alarm.arn
    return arn
