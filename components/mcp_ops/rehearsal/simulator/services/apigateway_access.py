"""Amazon API Gateway: who may call a REST API, and how often."""

from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.services.shapes import keyed
from mcp_ops.rehearsal.simulator.spec import Call, Spec, step
from mcp_ops.rehearsal.simulator.values import nested

ARN = "arn:{partition}:apigateway:{region}::"


def _plan(inputs: dict[str, Any]) -> dict[str, Any]:
    return nested(inputs, "apiStages.throttles", lambda items: keyed(items, "path"))


@step("productCode")
def _product(context: Context) -> None:
    code = context.take("productCode")
    if code:
        changes = [{"op": "replace", "path": "/productCode", "value": code}]
        context.call("apigateway.UpdateUsagePlan", {"usagePlanId": context.id or None, "patchOperations": changes})


ACCESS_SPECS = {
    "aws:apigateway/apiKey:ApiKey": Spec(
        create=Call("apigateway.CreateApiKey", constant={"enabled": True, "description": "Managed by Pulumi"}),
        id="{id}",
        outputs={"arn": ARN + "/apikeys/{id}", "value": "value"},
    ),
    "aws:apigateway/usagePlan:UsagePlan": Spec(
        create=Call(
            "apigateway.CreateUsagePlan",
            rename={"quotaSettings": "quota", "throttleSettings": "throttle", "apiStages.throttles": "throttle"},
        ),
        then=(_product,),
        id="{id}",
        outputs={"arn": ARN + "/usageplans/{id}"},
        reshape=_plan,
    ),
    "aws:apigateway/usagePlanKey:UsagePlanKey": Spec(
        create=Call("apigateway.CreateUsagePlanKey"), id="{id}", outputs={"name": "name", "value": "value"}, autoname=""
    ),
    "aws:apigateway/authorizer:Authorizer": Spec(
        create=Call(
            "apigateway.CreateAuthorizer",
            rename={"restApi": "restApiId", "providerArns": "providerARNs"},
            # What the provider sends where a program says nothing.
            constant={"type": "TOKEN", "identitySource": "method.request.header.Authorization"},
        ),
        id="{id}",
        outputs={"arn": ARN + "/restapis/{input.restApi}/authorizers/{id}"},
    ),
    "aws:apigateway/clientCertificate:ClientCertificate": Spec(
        create=Call("apigateway.GenerateClientCertificate"),
        id="clientCertificateId",
        outputs={"arn": ARN + "/clientcertificates/{id}"},
    ),
}
