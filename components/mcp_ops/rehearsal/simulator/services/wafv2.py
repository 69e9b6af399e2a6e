"""AWS WAF. Rules nest deep, and names match the API's at every depth but for what is reshaped here."""

import json
from typing import Any

from mcp_ops.rehearsal.simulator.services.shapes import keyed
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import nested, without

BODIES = {
    "apiGateway": "API_GATEWAY",
    "appRunnerService": "APP_RUNNER_SERVICE",
    "cloudfront": "CLOUDFRONT",
    "cognitoUserPool": "COGNITO_USER_POOL",
    "verifiedAccessInstance": "VERIFIED_ACCESS_INSTANCE",
}
"""Kinds of resources that `associationConfig` speaks of, as the API names them."""


def _bodies(items: Any) -> dict[str, Any]:
    return {BODIES[kind]: value for item in items for kind, value in item.items()}


def _rules(inputs: dict[str, Any]) -> dict[str, Any]:
    """Turns lists with keys into maps, and rules that are given as a JSON document into rules."""
    changed = nested(inputs, "customResponseBodies", lambda items: keyed(items, "key"))
    changed = nested(changed, "associationConfig.requestBodies", _bodies)
    document = inputs.get("ruleJson") or inputs.get("rulesJson")
    kept = without(changed, "ruleJson", "rulesJson")
    return {**kept, "rules": json.loads(document) if isinstance(document, str) else document} if document else kept


def _empty_list(member: str) -> Any:
    return lambda inputs: {**inputs, member: inputs.get(member) or []}


def _outputs(**more: str) -> dict[str, str]:
    return {"arn": "Summary.ARN", "lockToken": "Summary.LockToken", **more}


SPECS: Specs = {
    "aws:wafv2/webAcl:WebAcl": Spec(
        create=Call("wafv2.CreateWebACL", rename={"associationConfig.requestBodies": "RequestBody"}),
        id="{Summary.Id}",
        reshape=_rules,
        outputs=_outputs(capacity="Summary.Capacity"),
    ),
    "aws:wafv2/ruleGroup:RuleGroup": Spec(
        create=Call("wafv2.CreateRuleGroup"), id="{Summary.Id}", reshape=_rules, outputs=_outputs()
    ),
    "aws:wafv2/ipSet:IpSet": Spec(
        create=Call("wafv2.CreateIPSet"), id="{Summary.Id}", reshape=_empty_list("addresses"), outputs=_outputs()
    ),
    "aws:wafv2/regexPatternSet:RegexPatternSet": Spec(
        create=Call("wafv2.CreateRegexPatternSet", rename={"regularExpressions": "RegularExpressionList"}),
        id="{Summary.Id}",
        reshape=_empty_list("regularExpressions"),
        outputs=_outputs(),
    ),
    "aws:wafv2/webAclAssociation:WebAclAssociation": Spec(
        create=Call("wafv2.AssociateWebACL"),
        id="{input.webAclArn},{input.resourceArn}",
        autoname="",
        ignored={"timeouts": "how long the provider waits"},
    ),
    "aws:wafv2/webAclLoggingConfiguration:WebAclLoggingConfiguration": Spec(
        create=Call("wafv2.PutLoggingConfiguration"),
        id="{input.LoggingConfiguration.resourceArn}",
        autoname="",
        reshape=lambda inputs: {"LoggingConfiguration": inputs},
    ),
}
