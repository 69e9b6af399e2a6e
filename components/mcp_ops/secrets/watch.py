"""The watch on a store: what CloudTrail tells of its secrets, and how old they are."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from mcp_ops.functions import KIT, Function, FunctionArgs, code_of, on_schedule
from mcp_ops.policies import allow
from mcp_ops.secrets.function_inputs import function_inputs
from mcp_ops.secrets.functions import watch_secrets
from mcp_ops.secrets.store_plan import SecretStoreArgs, SecretStorePlan

GRACE_DAYS = 2
"""Days by which a rotation may be late."""
NAMESPACE = "mcp-ops/secrets"
METRIC = "DaysSinceRotation"
EVERY = "rate(1 hour)"
_SIX_HOURS = 21_600
_DOCS = "docs/secrets.md"

Pattern = Mapping[str, object]


class Ages(NamedTuple):
    """What measures how old secrets are, and what tells of those that are too old."""

    function: Function
    alarms: Mapping[str, pulumi.Output[str]]
    """ARN of the alarm on each secret, by its name."""


def register_watch(
    name: str,
    args: SecretStoreArgs,
    plan: SecretStorePlan,
    child: pulumi.ResourceOptions,
) -> Ages | None:
    """Registers rules for events, a function that measures ages, and an alarm per secret that RDS does not manage.

    Returns function and alarms; None where RDS manages every secret.
    """
    events = {
        "rotation-failed": ("A rotation failed or was given up", rotation_failed(plan)),
        "changed": ("A secret was deleted, its policy changed, or its rotation switched off", changed(plan)),
        "refused": ("Somebody read, or tried to read, a secret that is not for them", unexpected_reads(plan)),
    }
    emergency = args.get("emergency_role_arn")
    for key, (meaning, pattern) in events.items():
        _alert(f"{name}-{key}", meaning, pulumi.Output.json_dumps(pattern), key == "refused", args, child)
    if emergency is not None:
        used = pulumi.Output.from_input(emergency).apply(lambda role: json.dumps(reads_by(plan, role)))
        _alert(f"{name}-emergency-read", "A secret was read in an emergency", used, True, args, child)  # noqa: FBT003 - reads are in it
    own = {key: secret.max_age_days for key, secret in plan.secrets.items() if not secret.managed}
    return _ages(name, args, plan, own, child) if own else None


def rotation_failed(plan: SecretStorePlan) -> Pattern:
    """Returns the events of AWS Secrets Manager that a rotation ends in without success."""
    ends = ["RotationAbandoned", "RotationFailed", "TestRotationFailed"]
    return service_events([{"prefix": plan.arn_pattern.removesuffix("*")}], ends)


def service_events(secrets: Sequence[object], names: Sequence[str]) -> Pattern:
    """Returns the pattern of what AWS Secrets Manager itself tells of secrets, each an ARN or `{"prefix": ...}`."""
    return {
        "source": ["aws.secretsmanager"],
        "detail-type": ["AWS Service Event via CloudTrail"],
        "detail": {"eventName": list(names), "additionalEventData": {"SecretId": list(secrets)}},
    }


def changed(plan: SecretStorePlan) -> Pattern:
    """Returns the calls that take a secret, its protection or its rotation away."""
    calls = ["CancelRotateSecret", "DeleteResourcePolicy", "DeleteSecret", "PutResourcePolicy"]
    return _calls({"eventName": calls, "requestParameters": {"secretId": _named(plan)}})


def unexpected_reads(plan: SecretStorePlan) -> Pattern:
    """Returns refused reads. The secrets' policies refuse everybody whom they do not name."""
    refused = {"eventName": ["GetSecretValue"], "errorCode": [{"prefix": "AccessDenied"}]}
    # CloudTrail leaves the parameters of many refused calls out; the message names the secret.
    message = {"errorMessage": [{"wildcard": f"*{plan.arn_pattern}"}]}
    named = {"requestParameters": {"secretId": _named(plan)}}
    return _calls({**refused, "$or": [named, message]})


def reads_by(plan: SecretStorePlan, role_arn: str) -> Pattern:
    """Returns the reads by one role."""
    issuer = {"sessionContext": {"sessionIssuer": {"arn": [role_arn]}}}
    parameters = {"secretId": _named(plan)}
    return _calls({"eventName": ["GetSecretValue"], "userIdentity": issuer, "requestParameters": parameters})


def _calls(detail: Mapping[str, object]) -> Pattern:
    return {
        "source": ["aws.secretsmanager"],
        "detail-type": ["AWS API Call via CloudTrail"],
        "detail": {"eventSource": ["secretsmanager.amazonaws.com"], **detail},
    }


def _named(plan: SecretStorePlan) -> list[Mapping[str, str]]:
    """Returns how a call may name a secret: by ARN, or by name."""
    return [{"prefix": plan.arn_pattern.removesuffix("*")}, {"prefix": plan.prefix}]


def _alert(
    name: str,
    meaning: str,
    pattern: pulumi.Output[str],
    reads: bool,  # noqa: FBT001 - whether EventBridge has to look at calls that change nothing
    args: SecretStoreArgs,
    child: pulumi.ResourceOptions,
) -> None:
    rule = aws.cloudwatch.EventRule(
        name,
        # People find it in what the topic sends.
        name=name,
        description=f"{meaning}. What to do: {_DOCS}",
        event_pattern=pattern,
        state="ENABLED_WITH_ALL_CLOUDTRAIL_MANAGEMENT_EVENTS" if reads else "ENABLED",
        opts=child,
    )
    aws.cloudwatch.EventTarget(f"{name}-target", rule=rule.name, arn=args["alarm_topic_arn"], opts=child)


def _ages(
    name: str, args: SecretStoreArgs, plan: SecretStorePlan, ages: Mapping[str, int], child: pulumi.ResourceOptions
) -> Ages:
    measure: FunctionArgs = {
        "account_id": plan.account_id,
        "region": plan.region,
        "code": code_of(str(Path(watch_secrets.__file__).parent), KIT),
        "handler": "watch_secrets.handler.handle",
        "description": f"Measures how old the secrets of {name} are",
        "statements": [
            # Listing knows no resources, nor does sending figures.
            allow("Find", ["secretsmanager:ListSecrets"], "*"),
            allow("ReadAges", ["secretsmanager:ListSecretVersionIds"], plan.arn_pattern),
            allow("Measure", ["cloudwatch:PutMetricData"], "*", {"StringEquals": {"cloudwatch:namespace": NAMESPACE}}),
        ],
        "variables": {"STORE": name},
    }
    function = Function(f"{name}-watch", function_inputs(plan, args, measure), child)
    on_schedule(
        f"{name}-watch",
        function,
        EVERY,
        child,
        account_id=plan.account_id,
        region=plan.region,
        permissions_boundary_arn=args.get("permissions_boundary_arn"),
    )
    return Ages(function, {key: _overdue(name, key, days, args, child).arn for key, days in ages.items()})


def _overdue(
    name: str, key: str, days: int, args: SecretStoreArgs, child: pulumi.ResourceOptions
) -> aws.cloudwatch.MetricAlarm:
    """Registers the alarm on one secret; about 0.40 USD a month with its metric."""
    alarm = f"{name}-{key}-overdue"
    return aws.cloudwatch.MetricAlarm(
        alarm,
        name=alarm,
        alarm_description=f"The value of {key} is older than {days + GRACE_DAYS} days. What to do: {_DOCS}#overdue",
        namespace=NAMESPACE,
        metric_name=METRIC,
        dimensions={"Store": name, "Secret": key},
        statistic="Maximum",
        comparison_operator="GreaterThanThreshold",
        threshold=days + GRACE_DAYS,
        period=_SIX_HOURS,
        evaluation_periods=1,
        # Whoever cannot say how old a secret is cannot say that it is young enough.
        treat_missing_data="breaching",
        alarm_actions=[args["alarm_topic_arn"]],
        ok_actions=[args["alarm_topic_arn"]],
        tags=args.get("tags"),
        opts=child,
    )
