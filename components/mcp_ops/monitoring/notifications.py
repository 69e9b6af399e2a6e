"""Who hears of alarms: a topic per severity, and a function per channel that writes messages people can read.

Not managed here: the secrets of the channels (SecretStore, or by hand), and AWS's request to confirm each address.
"""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from mcp_ops.functions import Function, FunctionArgs, invoked_by
from mcp_ops.monitoring.alarms import SEVERITIES, Texts
from mcp_ops.monitoring.cost import register_anomaly_detection, register_budget
from mcp_ops.monitoring.function_alarms import function_alarms
from mcp_ops.monitoring.notification_policies import function_statements, topic_policy
from mcp_ops.monitoring.notifications_plan import MAIL, NotificationsArgs, NotificationsPlan, plan_notifications
from mcp_ops.monitoring.register import acting_alarms, register_alarms
from mcp_ops.monitoring.room_functions import room_function_args
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:Notifications"  # noqa: S105 - a resource type, not a password


class Notifications(pulumi.ComponentResource):
    """Encrypted topics by severity, messages by e-mail, Slack, PagerDuty and OpsGenie, and the budget."""

    topic_arns: pulumi.Output[Mapping[str, str]]
    """ARN of the topic of each severity: `critical`, `warning`."""
    critical_topic_arn: pulumi.Output[str]
    """ARN of the topic that wakes somebody up."""
    warning_topic_arn: pulumi.Output[str]
    """ARN of the topic that somebody looks at during the day."""

    def __init__(self, name: str, args: NotificationsArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_notifications(name, args)
        super().__init__(TOKEN, name, {}, opts)
        parts = _Parts(self, name, args, plan)
        topics = {severity: parts.topic(severity) for severity in SEVERITIES}
        arns = {severity: topic.arn for severity, topic in topics.items()}
        mail = parts.mail_topic() if plan.emails else None
        self.functions = {channel: parts.channel(channel, arns, mail) for channel in plan.channels}
        # What tells of failures must not depend on what failed: e-mail does not take the way through the functions.
        # Whoever shows alarms finds here those that tell somebody, by severity.
        self.acting_alarms = parts.watch(self.functions, dict.fromkeys(SEVERITIES, mail.arn) if mail else arns)
        if plan.monthly_budget_usd:
            register_budget(name, plan, arns, parts.after_policies())
        if plan.anomaly_usd:
            register_anomaly_detection(name, plan, arns["warning"], parts.tags, parts.after_policies())
        self.topic_arns = pulumi.Output.all(**arns)
        self.critical_topic_arn, self.warning_topic_arn = arns["critical"], arns["warning"]
        self.register_outputs({key: getattr(self, key) for key in Notifications.__annotations__})

    def topics(self) -> dict[str, pulumi.Input[str]]:
        """Returns the topic of each severity, as other components take them."""
        return {"critical": self.critical_topic_arn, "warning": self.warning_topic_arn}


class _Parts:
    """Registers the resources of planned notifications, concern by concern."""

    def __init__(self, parent: pulumi.Resource, name: str, args: NotificationsArgs, plan: NotificationsPlan) -> None:
        self.name, self.args, self.plan = name, args, plan
        self.child = pulumi.ResourceOptions(parent=parent)
        self.tags = merge_tags({}, args.get("tags"))
        self._policies: list[aws.sns.TopicPolicy] = []

    def topic(self, severity: str) -> aws.sns.Topic:
        """Registers the topic that alarms of a severity publish to."""
        topic = aws.sns.Topic(
            f"{self.name}-{severity}", kms_master_key_id=self.args["key_arn"], tags=self.tags, opts=self.child
        )
        policy = topic_policy(self.plan, topic.arn)
        self._policies.append(
            aws.sns.TopicPolicy(f"{self.name}-{severity}-policy", arn=topic.arn, policy=policy, opts=self.child)
        )
        return topic

    def mail_topic(self) -> aws.sns.Topic:
        """Registers the topic of readable messages, with every address."""
        topic = aws.sns.Topic(
            f"{self.name}-{MAIL}", kms_master_key_id=self.args["key_arn"], tags=self.tags, opts=self.child
        )
        policy = topic_policy(self.plan, topic.arn)
        aws.sns.TopicPolicy(f"{self.name}-{MAIL}-policy", arn=topic.arn, policy=policy, opts=self.child)
        for email in self.plan.emails:
            aws.sns.TopicSubscription(
                f"{self.name}-{email}", topic=topic.arn, protocol="email", endpoint=email, opts=self.child
            )
        return topic

    def channel(
        self, channel: str, topic_arns: Mapping[str, pulumi.Output[str]], mail: aws.sns.Topic | None
    ) -> Function:
        """Registers the function of a channel, and what it hears of."""
        function = Function(f"{self.name}-{channel}", self._function_args(channel, mail), self.child)
        for severity in self.plan.channels[channel]:
            label = f"{self.name}-{channel}-{severity}"
            invoked_by(label, function, "sns.amazonaws.com", topic_arns[severity], self.child)
            aws.sns.TopicSubscription(
                label,
                topic=topic_arns[severity],
                protocol="lambda",
                endpoint=function.function_arn,
                opts=self.child,
            )
        return function

    def watch(
        self, functions: Mapping[str, Function], topic_arns: Mapping[str, pulumi.Input[str]]
    ) -> dict[str, list[pulumi.Output[str]]]:
        """Registers the alarms on the functions that tell of alarms; returns their ARNs by severity."""
        registered = []
        texts = Texts(self.plan.environment, self.args.get("runbook_url", ""), "")
        for channel, function in functions.items():
            name = f"{self.name}-{channel}"
            alarms = function_alarms(
                channel, function.function_name, function.dead_letter_queue_name, runbook="notifications"
            )
            arns = register_alarms(name, alarms, texts, topic_arns, self.tags, self.child)
            registered.append((alarms, arns))
        return acting_alarms(*registered)

    def after_policies(self) -> pulumi.ResourceOptions:
        """Returns options of what checks, when it is made, that it may publish."""
        return pulumi.ResourceOptions.merge(self.child, pulumi.ResourceOptions(depends_on=self._policies))

    def _function_args(self, channel: str, mail: aws.sns.Topic | None) -> FunctionArgs:
        variables: dict[str, pulumi.Input[str]] = {"CHANNEL": channel, "ALARM_PREFIX": f"{self.name}-"}
        if "cluster_name" in self.args:
            variables["CLUSTER"] = self.args["cluster_name"]
        if channel == MAIL and mail:
            variables["MAIL_TOPIC_ARN"] = mail.arn
        else:
            variables["SECRET_ARN"] = self.args[channel]["secret_arn"]  # type: ignore[literal-required]
        return room_function_args(
            self.args,
            package="notify",
            handler="notify.handler.handle",
            description=f"Tells {channel} of alarms in {self.plan.environment}",
            statements=function_statements(channel, self.args, self.plan, mail.arn if mail else None),
            variables=variables,
            timeout_seconds=30,
        )
