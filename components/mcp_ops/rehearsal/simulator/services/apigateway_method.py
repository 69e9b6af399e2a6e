"""Amazon API Gateway: resources of a REST API, their methods, integrations and responses."""

from mcp_ops.rehearsal.simulator.spec import Call, Spec

API = {"restApi": "restApiId"}
METHOD_ID = "{input.restApi}-{input.resourceId}-{input.httpMethod}"

METHOD_SPECS = {
    "aws:apigateway/resource:Resource": Spec(
        create=Call("apigateway.CreateResource", rename=API), id="{id}", autoname=""
    ),
    "aws:apigateway/method:Method": Spec(
        create=Call("apigateway.PutMethod", rename={**API, "authorization": "authorizationType"}),
        id=f"agm-{METHOD_ID}",
        autoname="",
    ),
    "aws:apigateway/methodResponse:MethodResponse": Spec(
        create=Call("apigateway.PutMethodResponse", rename=API),
        id=f"agmr-{METHOD_ID}-{{input.statusCode}}",
        autoname="",
    ),
    "aws:apigateway/integration:Integration": Spec(
        create=Call("apigateway.PutIntegration", rename={**API, "timeoutMilliseconds": "timeoutInMillis"}),
        id=f"agi-{METHOD_ID}",
        outputs={"passthroughBehavior": "passthroughBehavior", "cacheNamespace": "input.resourceId"},
        autoname="",
    ),
    "aws:apigateway/integrationResponse:IntegrationResponse": Spec(
        create=Call("apigateway.PutIntegrationResponse", rename=API),
        id=f"agir-{METHOD_ID}-{{input.statusCode}}",
        autoname="",
    ),
    "aws:apigateway/response:Response": Spec(
        create=Call("apigateway.PutGatewayResponse"), id="aggr-{input.restApiId}-{input.responseType}", autoname=""
    ),
    "aws:apigateway/requestValidator:RequestValidator": Spec(
        create=Call("apigateway.CreateRequestValidator", rename=API), id="{id}"
    ),
    "aws:apigateway/model:Model": Spec(create=Call("apigateway.CreateModel", rename=API), id="{id}"),
}
"""Ids carry the prefixes that pulumi_aws gives them; AWS has none for these."""
