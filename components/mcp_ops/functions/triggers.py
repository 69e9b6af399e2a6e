"""What makes a function run: a schedule, an event, another service."""

import json
from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import arn
from mcp_ops.functions.function import Function
from mcp_ops.policies import allow, document, service_trust

SCHEDULE_RETRIES = 2
"""Further attempts of a scheduled run; after them the event goes to the function's dead letters."""

SCHEDULE_EVENT_SECONDS = 3600
"""Seconds after which a scheduled run that could not be started is given up."""


def invoked_by(
    name: str, function: Function, service: str, source_arn: pulumi.Input[str], opts: pulumi.ResourceOptions
) -> aws.lambda_.Permission:
    """Lets one source of one service, such as `sns.amazonaws.com`, invoke the function."""
    return aws.lambda_.Permission(
        f"{name}-permission",
        action="lambda:InvokeFunction",
        function=function.function_name,
        principal=service,
        source_arn=source_arn,
        opts=opts,
    )


def on_event(
    name: str, function: Function, pattern: Mapping[str, object], description: str, opts: pulumi.ResourceOptions
) -> aws.cloudwatch.EventRule:
    """Runs the function for each event of the account's default bus that matches the pattern."""
    rule = aws.cloudwatch.EventRule(name, description=description, event_pattern=json.dumps(pattern), opts=opts)
    aws.cloudwatch.EventTarget(f"{name}-target", rule=rule.name, arn=function.function_arn, opts=opts)
    invoked_by(name, function, "events.amazonaws.com", rule.arn, opts)
    return rule


def on_schedule(  # noqa: PLR0913 - a schedule is all of it
    name: str,
    function: Function,
    expression: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
    *,
    account_id: str,
    region: str,
    payload: Mapping[str, object] | None = None,
    permissions_boundary_arn: pulumi.Input[str] | None = None,
) -> aws.scheduler.Schedule:
    """Runs the function at `expression`: `rate(5 minutes)`, or `cron(...)` in UTC, with `payload` as its event."""
    trust = service_trust("scheduler.amazonaws.com", account_id, arn("scheduler", region, account_id, "schedule/*"))
    role = aws.iam.Role(
        f"{name}-scheduler",
        description=f"Starts {name} on its schedule",
        assume_role_policy=trust,
        permissions_boundary=permissions_boundary_arn,
        opts=opts,
    )
    statements = [
        allow("Start", ["lambda:InvokeFunction"], function.function_arn),
        allow("KeepWhatDidNotStart", ["sqs:SendMessage"], function.dead_letter_queue_arn),
    ]
    policy = aws.iam.RolePolicy(f"{name}-scheduler-policy", role=role.name, policy=document(*statements), opts=opts)
    return aws.scheduler.Schedule(
        name,
        schedule_expression=expression,
        flexible_time_window=aws.scheduler.ScheduleFlexibleTimeWindowArgs(mode="OFF"),
        target=aws.scheduler.ScheduleTargetArgs(
            arn=function.function_arn,
            role_arn=role.arn,
            input=pulumi.Output.json_dumps(payload or {}),
            dead_letter_config=aws.scheduler.ScheduleTargetDeadLetterConfigArgs(arn=function.dead_letter_queue_arn),
            retry_policy=aws.scheduler.ScheduleTargetRetryPolicyArgs(
                maximum_retry_attempts=SCHEDULE_RETRIES, maximum_event_age_in_seconds=SCHEDULE_EVENT_SECONDS
            ),
        ),
        opts=pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[policy])),
    )
