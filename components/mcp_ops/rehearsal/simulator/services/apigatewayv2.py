"""Amazon API Gateway: HTTP and WebSocket APIs."""

import hashlib
from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.services.shapes import keyed
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step
from mcp_ops.rehearsal.simulator.values import nested, without

API_ARN = "arn:{partition}:apigateway:{region}::/apis/"
DOMAIN_ZONE = "Z1UJRXOUMOOFQ8"
"""Hosted zone of API Gateway's regional end points in us-east-1; simulated AWS knows no others."""


def _integration(inputs: dict[str, Any]) -> dict[str, Any]:
    return nested(
        inputs,
        "responseParameters",
        lambda items: {str(item["statusCode"]): item.get("mappings", {}) for item in items},
    )


def _route(inputs: dict[str, Any]) -> dict[str, Any]:
    return nested(inputs, "requestParameters", lambda items: keyed(items, "requestParameterKey"))


def _stage(inputs: dict[str, Any]) -> dict[str, Any]:
    return nested(inputs, "routeSettings", lambda items: keyed(items, "routeKey"))


def _domain(inputs: dict[str, Any]) -> dict[str, Any]:
    return nested(inputs, "domainNameConfiguration", lambda value: without(value, "hostedZoneId", "targetDomainName"))


@step()
def _invoke_url(context: Context) -> Mapping[str, Any]:
    """The stage's address: the API's, with the stage as its first path segment unless it is the default one."""
    if context.previewing:
        return {}
    endpoint = context.call("apigatewayv2.GetApi", {"ApiId": context.inputs["apiId"]}).get("ApiEndpoint")
    stage = context.inputs.get("name")
    return {"InvokeUrl": f"{endpoint}/{'' if stage == '$default' else stage}"}


@step()
def _domain_target(context: Context) -> Mapping[str, Any]:
    """The address that a DNS record for the domain points to."""
    name, given = str(context.inputs.get("domainName")), context.inputs.get("domainNameConfiguration") or {}
    target = f"d-{hashlib.sha256(name.encode()).hexdigest()[:10]}.execute-api.{context.place.region}.amazonaws.com"
    return {"Target": {**given, "targetDomainName": target, "hostedZoneId": DOMAIN_ZONE}}


SPECS: Specs = {
    "aws:apigatewayv2/api:Api": Spec(
        create=Call("apigatewayv2.CreateApi"),
        then=(
            Call(
                "apigatewayv2.ReimportApi",
                inputs=("body", "failOnWarnings"),
                constant={"ApiId": "{id}"},
                when=("body",),
            ),
        ),
        id="{ApiId}",
        outputs={
            "arn": API_ARN + "{id}",
            "apiEndpoint": "ApiEndpoint",
            "executionArn": "arn:{partition}:execute-api:{region}:{account}:{id}",
        },
    ),
    "aws:apigatewayv2/authorizer:Authorizer": Spec(
        create=Call("apigatewayv2.CreateAuthorizer"),
        id="{AuthorizerId}",
    ),
    "aws:apigatewayv2/integration:Integration": Spec(
        create=Call("apigatewayv2.CreateIntegration", rename={"timeoutMilliseconds": "TimeoutInMillis"}),
        id="{IntegrationId}",
        autoname="",
        reshape=_integration,
    ),
    "aws:apigatewayv2/integrationResponse:IntegrationResponse": Spec(
        create=Call("apigatewayv2.CreateIntegrationResponse"), id="{IntegrationResponseId}", autoname=""
    ),
    "aws:apigatewayv2/route:Route": Spec(
        create=Call("apigatewayv2.CreateRoute"), id="{RouteId}", autoname="", reshape=_route
    ),
    "aws:apigatewayv2/routeResponse:RouteResponse": Spec(
        create=Call("apigatewayv2.CreateRouteResponse"), id="{RouteResponseId}", autoname=""
    ),
    "aws:apigatewayv2/model:Model": Spec(create=Call("apigatewayv2.CreateModel"), id="{ModelId}"),
    "aws:apigatewayv2/stage:Stage": Spec(
        create=Call("apigatewayv2.CreateStage", rename={"name": "StageName"}),
        then=(_invoke_url,),
        id="{input.name}",
        reshape=_stage,
        outputs={
            "arn": API_ARN + "{input.apiId}/stages/{input.name}",
            "executionArn": "arn:{partition}:execute-api:{region}:{account}:{input.apiId}/{input.name}",
            "invokeUrl": "InvokeUrl",
        },
    ),
    "aws:apigatewayv2/deployment:Deployment": Spec(
        create=Call("apigatewayv2.CreateDeployment"),
        id="{DeploymentId}",
        autoname="",
        ignored={"triggers": "tell the provider when to deploy again"},
    ),
    "aws:apigatewayv2/domainName:DomainName": Spec(
        create=Call("apigatewayv2.CreateDomainName", rename={"domainNameConfiguration": "DomainNameConfigurations"}),
        then=(_domain_target,),
        id="{input.domainName}",
        autoname="",
        reshape=_domain,
        outputs={
            "arn": "arn:{partition}:apigateway:{region}::/domainnames/{input.domainName}",
            "domainNameConfiguration": "Target",
            "apiMappingSelectionExpression": "ApiMappingSelectionExpression",
        },
        ignored={"timeouts": "how long the provider waits"},
    ),
    "aws:apigatewayv2/apiMapping:ApiMapping": Spec(
        create=Call("apigatewayv2.CreateApiMapping"), id="{ApiMappingId}", autoname=""
    ),
    "aws:apigatewayv2/vpcLink:VpcLink": Spec(
        create=Call("apigatewayv2.CreateVpcLink"),
        id="{VpcLinkId}",
        outputs={"arn": "arn:{partition}:apigateway:{region}::/vpclinks/{id}"},
    ),
}
