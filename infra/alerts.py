"""Who hears of alerts, and the budget that raises the first ones."""

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import partition
from mcp_ops.policies import allow, document
from settings import Settings

THRESHOLDS = {"FORECASTED": 100, "ACTUAL": 120}
"""Percent of the budget: the forecast for the month exceeds it, or the cost exceeds it by 20 % (requirement M2)."""


def alerts(settings: Settings, key_arn: pulumi.Input[str], opts: pulumi.ResourceOptions) -> None:
    """Registers an encrypted topic with the addresses of the settings, and the budget that publishes to it."""
    topic = aws.sns.Topic("notifications", kms_master_key_id=key_arn, opts=opts)
    budgets = f"arn:{partition(settings.regions.primary)}:budgets::{settings.account}:*"
    condition = {"StringEquals": {"aws:SourceAccount": settings.account}, "ArnLike": {"aws:SourceArn": budgets}}
    publish = allow("Budgets", ["sns:Publish"], topic.arn, condition)
    statement = {**publish, "Principal": {"Service": "budgets.amazonaws.com"}}
    policy = aws.sns.TopicPolicy("notifications-policy", arn=topic.arn, policy=document(statement), opts=opts)
    for email in settings.notifications.emails:
        aws.sns.TopicSubscription(
            f"notifications-{email}", topic=topic.arn, protocol="email", endpoint=email, opts=opts
        )
    if settings.budget:
        # AWS Budgets checks that it may publish when the budget is made.
        after_policy = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[policy]))
        _budget(settings.account, settings.budget.monthly_usd, topic.arn, after_policy)


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
