"""A secret's first value and its schedule. Pulumi sees no value but a given first one, and never puts one again."""

import pulumi
import pulumi_aws as aws

from mcp_ops.functions import Function
from mcp_ops.secrets.secret_plan import SecretPlan


def register_first_value(
    name: str,
    function: Function,
    arn: pulumi.Output[str],
    value: pulumi.Input[str] | None,
    opts: pulumi.ResourceOptions,
) -> aws.lambda_.Invocation:
    """Lets the rotation function make or put the first value. It keeps a value that is there: nothing is reverted."""
    event: dict[str, pulumi.Input[str]] = {"Step": "initialSecret", "SecretId": arn}
    if value is not None:
        event["SecretString"] = pulumi.Output.secret(value)
    once = pulumi.ResourceOptions(depends_on=[function], ignore_changes=["input"])
    return aws.lambda_.Invocation(
        f"{name}-first-value",
        function_name=function.function_name,
        input=pulumi.Output.json_dumps(event),
        lifecycle_scope="CREATE_ONLY",
        opts=pulumi.ResourceOptions.merge(opts, once),
    )


def register_schedule(
    name: str,
    plan: SecretPlan,
    arn: pulumi.Output[str],
    function: Function | None,
    opts: pulumi.ResourceOptions,
) -> aws.secretsmanager.SecretRotation | None:
    """Registers when AWS Secrets Manager rotates the secret; nothing for one that somebody else rotates."""
    if plan.schedule is None:
        return None
    rules = aws.secretsmanager.SecretRotationRotationRulesArgs(
        schedule_expression=plan.schedule.expression, duration=f"{plan.schedule.window_hours}h"
    )
    return aws.secretsmanager.SecretRotation(
        f"{name}-rotation",
        secret_id=arn,
        rotation_lambda_arn=function.function_arn if function and not plan.managed else None,
        # The first value has just been made; AWS tries the function out with the step testSecret.
        rotate_immediately=False,
        rotation_rules=rules,
        opts=opts,
    )
