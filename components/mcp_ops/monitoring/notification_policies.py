"""Who may publish alarms, and what the functions that pass them on may do."""

import pulumi

from mcp_ops.arns import arn, partition
from mcp_ops.monitoring.notifications_plan import MAIL, NotificationsArgs, NotificationsPlan
from mcp_ops.policies import Statement, allow, document


def topic_policy(plan: NotificationsPlan, topic_arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """Returns who may publish: alarms, rules for events, backups, budgets and cost anomalies, of this account only."""
    account, region = plan.account_id, plan.region
    sources = {
        "backup": f"arn:{partition(region)}:backup:{region}:{account}:backup-vault:*",
        "budgets": f"arn:{partition(region)}:budgets::{account}:*",
        "cloudwatch": arn("cloudwatch", region, account, "alarm:*"),
        "costalerts": f"arn:{partition(region)}:ce::{account}:anomalysubscription/*",
        "events": arn("events", region, account, "rule/*"),
    }
    return document(*(_publisher(service, source, account, topic_arn) for service, source in sources.items()))


def _publisher(service: str, source: str, account: str, topic_arn: pulumi.Input[str]) -> Statement:
    condition: dict[str, dict[str, object]] = {"ArnLike": {"aws:SourceArn": source}}
    if service == "backup":  # which states the account, but not the vault
        condition = {"StringEquals": {"aws:SourceAccount": account}}
    elif service != "events":  # which does not state the account beside the rule
        condition["StringEquals"] = {"aws:SourceAccount": account}
    publish = allow(service.capitalize(), ["sns:Publish"], topic_arn, condition)
    return {**publish, "Principal": {"Service": f"{service}.amazonaws.com"}}


def function_statements(
    channel: str, args: NotificationsArgs, plan: NotificationsPlan, mail_topic_arn: pulumi.Input[str] | None
) -> list[Statement]:
    """Returns what the function of a channel may do: look around, and reach its own channel."""
    statements = [
        # Alarms are described by prefix and state, for which IAM knows no narrower resource.
        allow("OtherAlarms", ["cloudwatch:DescribeAlarms"], arn("cloudwatch", plan.region, plan.account_id, "alarm:*"))
    ]
    if "cluster_name" in args:
        statements.extend(_deployments(args["cluster_name"], plan))
    if channel == MAIL and mail_topic_arn is not None:
        statements.append(allow("Mail", ["sns:Publish"], mail_topic_arn))
        return statements
    channel_args = args[channel]  # type: ignore[literal-required]
    statements.append(allow("Secret", ["secretsmanager:GetSecretValue"], channel_args["secret_arn"]))
    if "secret_key_arn" in channel_args:
        statements.append(allow("SecretKey", ["kms:Decrypt"], channel_args["secret_key_arn"]))
    return statements


def _deployments(cluster_name: pulumi.Input[str], plan: NotificationsPlan) -> list[Statement]:
    cluster = pulumi.Output.concat(arn("ecs", plan.region, plan.account_id, "cluster/"), cluster_name)
    services = pulumi.Output.concat(arn("ecs", plan.region, plan.account_id, "service/"), cluster_name, "/*")
    # Listing services knows no resource but the cluster as a condition.
    return [
        allow("Services", ["ecs:ListServices"], "*", {"ArnEquals": {"ecs:cluster": cluster}}),
        allow("LastDeployment", ["ecs:DescribeServices"], services),
    ]
