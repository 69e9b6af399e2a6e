"""The listener rules that let only signed-in callers through, for any image.

A request with a bearer token is verified by the load balancer: signature (RS256), issuer, times, audience and the given
claims; a bad token is answered with 401. A request without one is answered with 401 or forwarded. Neither answer of the
load balancer carries `WWW-Authenticate`: a fixed response has no headers of its own. Clients then find the metadata at
its well-known path, as MCP's authorization says; only a server that answers itself (`forward`) sends the header.
Not managed here: which tools a caller may use. That is up to the server, which is told the scopes.
"""

from collections.abc import Callable
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

from mcp_ops.errors import Offences
from mcp_ops.hosting.listener_rules import Forwarding, Route, answer
from mcp_ops.hosting.sign_in_plan import (
    SignInArgs,
    SignInPlan,
    check_issuer,
    check_jwks_url,
    metadata,
    refusal,
    tool_scopes,
)

METADATA_OFFSET, BEARER_OFFSET, SHIFTING_BEARER_OFFSET = 0, 1, 2
"""Places in the server's block: metadata before everything, then what carries a token."""

BEARER = "Bearer *"
"""Value of `Authorization` in a request with token; load balancers compare without regard to case."""


class Issuer(NamedTuple):
    """The issuer and its keys, once known and found good."""

    issuer: pulumi.Output[str]
    jwks_url: pulumi.Output[str]


def resolved_issuer(name: str, args: SignInArgs, plan: SignInPlan) -> Issuer:
    """Returns the issuer and its keys. What is known only while resources register is judged then."""

    def checked(value: str, check: Callable[[Offences, SignInPlan, str], None]) -> str:
        offences = Offences(f"{name}.sign_in.")
        check(offences, plan, value)
        offences.refuse()
        return value

    issuer = pulumi.Output.from_input(args["issuer"]).apply(lambda known: checked(known, check_issuer))
    derived = plan.provider.jwks_url
    if derived is not None and args.get("jwks_url") is None:
        return Issuer(issuer, issuer.apply(derived))
    given = pulumi.Output.from_input(args["jwks_url"])
    return Issuer(issuer, given.apply(lambda known: checked(known, check_jwks_url)))


def sign_in_variables(issuer: Issuer, plan: SignInPlan) -> dict[str, pulumi.Input[str]]:
    """Returns what the server contract tells a server about sign-in; the audience where it is not the canonical URL."""
    told: dict[str, pulumi.Input[str]] = {
        "MCP_ISSUER": issuer.issuer,
        "MCP_JWKS_URL": issuer.jwks_url,
        "MCP_TOOL_SCOPES": tool_scopes(plan),
    }
    audience = plan.claims[0]
    if audience.name == "scope":
        told["MCP_AUDIENCE_SCOPE"] = audience.values[0]
    elif audience.values != (plan.url,):
        told["MCP_AUDIENCE"] = audience.values[0]
    return told


def register_metadata(route: Route, issuer: Issuer, plan: SignInPlan) -> aws.lb.ListenerRule:
    """Registers the rule that answers with the metadata."""
    document = issuer.issuer.apply(lambda known: metadata(plan, known))
    return route.rule("metadata", METADATA_OFFSET, [answer("200", document)], paths=plan.metadata_paths)


def register_bearer(
    route: Route, issuer: Issuer, plan: SignInPlan, forwarding: Forwarding, role: str
) -> aws.lb.ListenerRule:
    """Registers the rule for requests with a token: verified, then forwarded."""
    bearer = aws.lb.ListenerRuleConditionHttpHeaderArgs(http_header_name="Authorization", values=[BEARER])
    verify = aws.lb.ListenerRuleActionArgs(type="jwt-validation", order=1, jwt_validation=_validation(issuer, plan))
    actions = [verify, forwarding.action(2)]
    offset = SHIFTING_BEARER_OFFSET if forwarding.shifts else BEARER_OFFSET
    return route.rule(role, offset, actions, header=bearer, ignored=forwarding.ignored(1))


def refusing_action(plan: SignInPlan) -> aws.lb.ListenerRuleActionArgs:
    """Returns the answer to a request without token."""
    return answer("401", refusal(plan))


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
