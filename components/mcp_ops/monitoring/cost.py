"""What the account may cost: a budget, and AWS's detection of anomalies."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from mcp_ops.monitoring.notifications_plan import NotificationsPlan

BUDGET_ALERTS = (("FORECASTED", 100, "warning"), ("ACTUAL", 120, "critical"))
"""Kind, percent of the budget, and severity: the forecast exceeds it, or the cost does by 20 % (requirement M2)."""


def register_budget(
    name: str, plan: NotificationsPlan, topic_arns: Mapping[str, pulumi.Input[str]], options: pulumi.ResourceOptions
) -> None:
    """Registers the budget of the account. AWS Budgets checks that it may publish when it is made."""
    aws.budgets.Budget(
        f"{name}-budget",
        account_id=plan.account_id,
        budget_type="COST",
        time_unit="MONTHLY",
        limit_amount=str(plan.monthly_budget_usd),
        limit_unit="USD",
        notifications=[
            aws.budgets.BudgetNotificationArgs(
                notification_type=kind,
                comparison_operator="GREATER_THAN",
                threshold=percent,
                threshold_type="PERCENTAGE",
                subscriber_sns_topic_arns=[topic_arns[severity]],
            )
            for kind, percent, severity in BUDGET_ALERTS
        ],
        opts=options,
    )


def register_anomaly_detection(
    name: str,
    plan: NotificationsPlan,
    topic_arn: pulumi.Input[str],
    tags: Mapping[str, pulumi.Input[str]],
    options: pulumi.ResourceOptions,
) -> None:
    """Registers the monitor of every service and who hears of what it finds, as soon as it does."""
    monitor = aws.costexplorer.AnomalyMonitor(
        f"{name}-cost-anomalies",
        name=f"{name}-services",
        monitor_type="DIMENSIONAL",
        monitor_dimension="SERVICE",
        tags=tags,
        opts=options,
    )
    aws.costexplorer.AnomalySubscription(
        f"{name}-cost-anomalies",
        name=f"{name}-services",
        frequency="IMMEDIATE",
        monitor_arn_lists=[monitor.arn],
        subscribers=[aws.costexplorer.AnomalySubscriptionSubscriberArgs(type="SNS", address=topic_arn)],
        threshold_expression=aws.costexplorer.AnomalySubscriptionThresholdExpressionArgs(
            dimension=aws.costexplorer.AnomalySubscriptionThresholdExpressionDimensionArgs(
                key="ANOMALY_TOTAL_IMPACT_ABSOLUTE",
                values=[str(plan.anomaly_usd)],
                match_options=["GREATER_THAN_OR_EQUAL"],
            )
        ),
        tags=tags,
        opts=options,
    )
