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
    ) -> aws.lb.ListenerRule:
        """Registers `<name>-<role>` for `paths` (default: the endpoint) and, if given, a header.

        AWS takes five values in all conditions of a rule together: the host, at most two paths and one header are four.
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
            opts=self.child,
        )


def answer(status: str, body: pulumi.Input[str]) -> aws.lb.ListenerRuleActionArgs:
    """Returns the action that answers with `body`, JSON, at most 1,024 bytes."""
    response = aws.lb.ListenerRuleActionFixedResponseArgs(
        status_code=status, content_type="application/json", message_body=body
    )
    return aws.lb.ListenerRuleActionArgs(type="fixed-response", fixed_response=response)
