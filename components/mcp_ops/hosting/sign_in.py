"""The listener rules that let only signed-in callers through, for any image.

A request with a bearer token is verified by the load balancer: signature (RS256), issuer, times, audience and the given
claims; a bad token is answered with 401. A request without one is answered with 401 or forwarded. Neither answer of the
load balancer carries `WWW-Authenticate`: a fixed response has no headers of its own. Clients then find the metadata at
its well-known path, as MCP's authorization says; only a server that answers itself (`forward`) sends the header.
Not managed here: which tools a caller may use. That is up to the server, which is told the scopes.
"""

from collections.abc import Mapping
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from mcp_ops.errors import Offences
from mcp_ops.hosting.sign_in_plan import (
    SignInArgs,
    SignInPlan,
    check_issuer,
    check_jwks_url,
    metadata,
    refusal,
    tool_scopes,
)

METADATA_OFFSET, BEARER_OFFSET = 0, 1
"""Places in the server's block: metadata before everything, then what carries a token."""

BEARER = "Bearer *"
"""Value of `Authorization` in a request with token; load balancers compare without regard to case."""


class Route(NamedTuple):
    """What the rules of one server share."""

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
        paths: tuple[str, ...],
        actions: list[aws.lb.ListenerRuleActionArgs],
        header: aws.lb.ListenerRuleConditionHttpHeaderArgs | None = None,
    ) -> aws.lb.ListenerRule:
        """Registers `<name>-<role>` for the host, `paths` and, if given, a header."""
        host = aws.lb.ListenerRuleConditionHostHeaderArgs(values=[self.host])
        path = aws.lb.ListenerRuleConditionPathPatternArgs(values=list(paths))
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


class Issuer(NamedTuple):
    """The issuer and its keys, once known and found good."""

    issuer: pulumi.Output[str]
    jwks_url: pulumi.Output[str]


def resolved_issuer(name: str, args: SignInArgs, plan: SignInPlan) -> Issuer:
    """Returns the issuer and its keys. What is known only while resources register is judged then."""
    prefix = f"{name}.sign_in."

    def checked_issuer(value: str) -> str:
        offences = Offences(prefix)
        check_issuer(offences, plan, value)
        offences.refuse()
        return value

    def checked_jwks_url(value: str) -> str:
        offences = Offences(prefix)
        check_jwks_url(offences, value)
        offences.refuse()
        return value

    issuer = pulumi.Output.from_input(args["issuer"]).apply(checked_issuer)
    derived = plan.provider.jwks_url
    given = args.get("jwks_url")
    if given is None and derived is not None:
        return Issuer(issuer, issuer.apply(derived))
    return Issuer(issuer, pulumi.Output.from_input(given).apply(checked_jwks_url))


def sign_in_variables(issuer: Issuer, plan: SignInPlan) -> dict[str, pulumi.Input[str]]:
    """Returns what the server contract tells a server about sign-in."""
    return {"MCP_ISSUER": issuer.issuer, "MCP_JWKS_URL": issuer.jwks_url, "MCP_TOOL_SCOPES": tool_scopes(plan)}


def register_sign_in(
    route: Route, issuer: Issuer, plan: SignInPlan, forward: aws.lb.ListenerRuleActionArgs
) -> list[aws.lb.ListenerRule]:
    """Registers the rules for metadata and for requests with a token."""
    document = issuer.issuer.apply(lambda known: metadata(plan, known))
    bearer = aws.lb.ListenerRuleConditionHttpHeaderArgs(http_header_name="Authorization", values=[BEARER])
    verify = aws.lb.ListenerRuleActionArgs(type="jwt-validation", order=1, jwt_validation=_validation(issuer, plan))
    # An action on its own has no order; behind another one it must say its place.
    then = aws.lb.ListenerRuleActionArgs(type="forward", order=2, target_group_arn=forward.target_group_arn)
    return [
        route.rule("metadata", METADATA_OFFSET, plan.metadata_paths, [_answer("200", document)]),
        route.rule("bearer", BEARER_OFFSET, (route.path,), [verify, then], bearer),
    ]


def refusing_action(plan: SignInPlan) -> aws.lb.ListenerRuleActionArgs:
    """Returns the answer to a request without token."""
    return _answer("401", refusal(plan))


def _answer(status: str, body: pulumi.Input[str]) -> aws.lb.ListenerRuleActionArgs:
    response = aws.lb.ListenerRuleActionFixedResponseArgs(
        status_code=status, content_type="application/json", message_body=body
    )
    return aws.lb.ListenerRuleActionArgs(type="fixed-response", fixed_response=response)


def _validation(issuer: Issuer, plan: SignInPlan) -> aws.lb.ListenerRuleActionJwtValidationArgs:
    claims = [
        aws.lb.ListenerRuleActionJwtValidationAdditionalClaimArgs(
            name=claim.name, format=claim.format, values=list(claim.values)
        )
        for claim in plan.claims
    ]
    return aws.lb.ListenerRuleActionJwtValidationArgs(
        issuer=issuer.issuer, jwks_endpoint=issuer.jwks_url, additional_claims=claims
    )
