"""Rules of the HTTPS listener that belong to one server."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import pulumi
import pulumi_aws as aws


class Route(NamedTuple):
    """Registers rules for the host of one server, each at its place in the server's block of priorities."""

    name: str
    listener_arn: pulumi.Input[str]
    host: str
    path: str
    first_priority: int
    tags: Mapping[str, pulumi.Input[str]]
    child: pulumi.ResourceOptions

    def rule(
        self,
        role: str,
        offset: int,
        actions: Sequence[aws.lb.ListenerRuleActionArgs],
        *,
        paths: Sequence[str] = (),
        header: aws.lb.ListenerRuleConditionHttpHeaderArgs | None = None,
        ignored: Sequence[str] = (),
    ) -> aws.lb.ListenerRule:
        """Registers `<name>-<role>` for `paths` (default: the endpoint) and, if given, a header.

        `ignored` are properties that somebody else changes. AWS takes five values in all conditions of a rule together:
        the host, at most two paths and one header are four.
        """
        host = aws.lb.ListenerRuleConditionHostHeaderArgs(values=[self.host])
        path = aws.lb.ListenerRuleConditionPathPatternArgs(values=list(paths or (self.path,)))
        conditions = [
            aws.lb.ListenerRuleConditionArgs(host_header=host),
            aws.lb.ListenerRuleConditionArgs(path_pattern=path),
        ]
        if header is not None:
            conditions.append(aws.lb.ListenerRuleConditionArgs(http_header=header))
        return aws.lb.ListenerRule(
            f"{self.name}-{role}",
            listener_arn=self.listener_arn,
            priority=self.first_priority + offset,
            conditions=conditions,
            actions=actions,
            tags=self.tags,
            opts=pulumi.ResourceOptions.merge(self.child, pulumi.ResourceOptions(ignore_changes=list(ignored))),
        )


class Forwarding(NamedTuple):
    """Where a rule sends what it lets through: to one target group, or to two between which ECS shifts traffic.

    The two kinds of rules have different names and places, so that a change of strategy adds the new rule, moves the
    service to it, and only then takes the old one away.
    """

    target_group_arn: pulumi.Input[str]
    alternate_arn: pulumi.Input[str] | None = None

    def action(self, order: int | None = None) -> aws.lb.ListenerRuleActionArgs:
        """Returns the action; `order` where it is not the only one of its rule."""
        if self.alternate_arn is None:
            return aws.lb.ListenerRuleActionArgs(type="forward", order=order, target_group_arn=self.target_group_arn)
        groups = [
            aws.lb.ListenerRuleActionForwardTargetGroupArgs(arn=self.target_group_arn, weight=100),
            aws.lb.ListenerRuleActionForwardTargetGroupArgs(arn=self.alternate_arn, weight=0),
        ]
        forward = aws.lb.ListenerRuleActionForwardArgs(target_groups=groups)
        return aws.lb.ListenerRuleActionArgs(type="forward", order=order, forward=forward)

    @property
    def shifts(self) -> bool:
        """Whether ECS shifts traffic."""
        return self.alternate_arn is not None

    def ignored(self, position: int) -> list[str]:
        """Returns what Pulumi leaves alone in a rule whose action at `position` forwards."""
        if self.alternate_arn is None:
            return []
        return [f"actions[{position}].forward"] if position else ["actions"]


def answer(status: str, body: pulumi.Input[str]) -> aws.lb.ListenerRuleActionArgs:
    """Returns the action that answers with `body`, JSON, at most 1,024 bytes."""
    response = aws.lb.ListenerRuleActionFixedResponseArgs(
        status_code=status, content_type="application/json", message_body=body
    )
    return aws.lb.ListenerRuleActionArgs(type="fixed-response", fixed_response=response)
