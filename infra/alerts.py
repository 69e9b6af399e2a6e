"""Who hears of alerts, and the budget that raises the first ones."""

from collections.abc import Iterator

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import arn, partition
from mcp_ops.policies import Statement, allow, document
from settings import Settings

THRESHOLDS = {"FORECASTED": 100, "ACTUAL": 120}
"""Percent of the budget: the forecast for the month exceeds it, or the cost exceeds it by 20 % (requirement M2)."""


def alerts(settings: Settings, key_arn: pulumi.Input[str], opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    """Registers an encrypted topic with the addresses of the settings, and the budget that publishes to it.

    Returns the topic's ARN.
    """
    topic = aws.sns.Topic("notifications", kms_master_key_id=key_arn, opts=opts)
    policy = aws.sns.TopicPolicy(
        "notifications-policy", arn=topic.arn, policy=document(*_publishers(settings, topic.arn)), opts=opts
    )
    for email in settings.notifications.emails:
        aws.sns.TopicSubscription(
            f"notifications-{email}", topic=topic.arn, protocol="email", endpoint=email, opts=opts
        )
    if settings.budget:
        # AWS Budgets checks that it may publish when the budget is made.
        after_policy = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[policy]))
        _budget(settings.account, settings.budget.monthly_usd, topic.arn, after_policy)
    topic_arn: pulumi.Output[str] = topic.arn
    return topic_arn


def _publishers(settings: Settings, topic_arn: pulumi.Input[str]) -> Iterator[Statement]:
    """Yields who may publish: budgets, alarms and rules for events, each of this account only."""
    account, region = settings.account, settings.regions.primary
    sources = {
        "budgets": f"arn:{partition(region)}:budgets::{account}:*",
        "cloudwatch": arn("cloudwatch", region, account, "alarm:*"),
        "events": arn("events", region, account, "rule/*"),
    }
    for service, source in sources.items():
        condition: dict[str, dict[str, object]] = {"ArnLike": {"aws:SourceArn": source}}
        if service != "events":  # which does not state the account beside the rule
            condition["StringEquals"] = {"aws:SourceAccount": account}
        publish = allow(service.capitalize(), ["sns:Publish"], topic_arn, condition)
        yield {**publish, "Principal": {"Service": f"{service}.amazonaws.com"}}


def _budget(account: str, monthly_usd: int, topic_arn: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
    aws.budgets.Budget(
        "budget",
        account_id=account,
        budget_type="COST",
        time_unit="MONTHLY",
        limit_amount=str(monthly_usd),
        limit_unit="USD",
        notifications=[
            aws.budgets.BudgetNotificationArgs(
                notification_type=kind,
                comparison_operator="GREATER_THAN",
                threshold=percent,
                threshold_type="PERCENTAGE",
                subscriber_sns_topic_arns=[topic_arn],
            )
            for kind, percent in THRESHOLDS.items()
        ],
        opts=opts,
    )
