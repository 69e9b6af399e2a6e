"""Amazon API Gateway: REST APIs, their deployments, stages and domains."""

from collections.abc import Mapping
from typing import Any

import yaml

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.fit import text_of
from mcp_ops.rehearsal.simulator.services.apigateway_access import ACCESS_SPECS
from mcp_ops.rehearsal.simulator.services.apigateway_method import API, METHOD_SPECS
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step

ARN = "arn:{partition}:apigateway:{region}::"
EXECUTION = "arn:{partition}:execute-api:{region}:{account}:"
EDGE_ZONE = "Z2FDTNDATAQYW2"
"""Hosted zone of CloudFront, which serves edge-optimised domains."""
REGIONAL_ZONE = "Z1UJRXOUMOOFQ8"
"""Hosted zone of API Gateway's regional end points in us-east-1; simulated AWS knows no others."""


def patch(context: Context, operation: str, owner: Mapping[str, Any], changes: Mapping[str, Any]) -> None:
    """Changes something by API Gateway's patch operations, path to value; None is left out."""
    operations = [
        {"op": "replace", "path": path, "value": text_of(value)} for path, value in changes.items() if value is not None
    ]
    if operations:
        context.call(operation, {**owner, "patchOperations": operations})


def _document(context: Context) -> None:
    """Refuses a body that is no OpenAPI document, on which moto fails."""
    body = context.inputs.get("body")
    if context.previewing or not isinstance(body, str):
        return
    try:
        document = yaml.safe_load(body)
    except yaml.YAMLError as error:
        raise Refusal(f"body: is neither JSON nor YAML: {' '.join(str(error).split())}") from error
    if not isinstance(document, dict) or not {"openapi", "swagger"} & document.keys() or "paths" not in document:
        raise Refusal("body: is no OpenAPI document; AWS takes one with `openapi` (or `swagger`) and `paths`")


def _stage_of(context: Context) -> dict[str, Any]:
    return {"restApiId": context.inputs.get("restApi"), "stageName": context.inputs.get("stageName")}


@step("accessLogSettings", "clientCertificateId")
def _settings_of_stage(context: Context) -> None:
    logs = context.take("accessLogSettings") or {}
    changes = {f"/accessLogSettings/{name}": logs.get(name) for name in ("destinationArn", "format")}
    changes["/clientCertificateId"] = context.take("clientCertificateId")
    patch(context, "apigateway.UpdateStage", _stage_of(context), changes)


SETTING_PATHS = {
    "cacheDataEncrypted": "caching/dataEncrypted",
    "cacheTtlInSeconds": "caching/ttlInSeconds",
    "cachingEnabled": "caching/enabled",
    "dataTraceEnabled": "logging/dataTrace",
    "loggingLevel": "logging/loglevel",
    "metricsEnabled": "metrics/enabled",
    "requireAuthorizationForCacheControl": "caching/requireAuthorizationForCacheControl",
    "throttlingBurstLimit": "throttling/burstLimit",
    "throttlingRateLimit": "throttling/rateLimit",
    "unauthorizedCacheControlHeaderStrategy": "caching/unauthorizedCacheControlHeaderStrategy",
}
"""Settings of a method by their path in a stage."""


def _method_settings(context: Context) -> None:
    """Puts settings at a stage's method path (`resource/METHOD` or `*/*`); slashes in the resource become `~1`."""
    given, method = context.take("settings") or {}, str(context.take("methodPath") or "")
    owner = {"restApiId": context.take("restApi"), "stageName": context.take("stageName")}
    resource, _, verb = method.strip("/").rpartition("/")
    where = f"{resource.replace('/', '~1')}/{verb}"
    changes = {f"/{where}/{SETTING_PATHS.get(name, name)}": value for name, value in given.items()}
    patch(context, "apigateway.UpdateStage", owner, changes)


def _account(context: Context) -> None:
    role = context.take("cloudwatchRoleArn")
    patch(context, "apigateway.UpdateAccount", {}, {"/cloudwatchRoleArn": role})


def _policy_of_api(context: Context) -> None:
    policy = context.take("policy")
    patch(context, "apigateway.UpdateRestApi", {"restApiId": context.take("restApiId")}, {"/policy": policy})


def _domain_targets(context: Context) -> Mapping[str, Any]:
    """The addresses that a DNS record for the domain points to."""
    if context.previewing:
        return {}
    return {"Edge": EDGE_ZONE, "Regional": REGIONAL_ZONE}


SPECS: Specs = {
    **METHOD_SPECS,
    **ACCESS_SPECS,
    "aws:apigateway/account:Account": Spec(create=_account, id="'api-gateway-account'"),
    "aws:apigateway/restApi:RestApi": Spec(
        create=Call("apigateway.CreateRestApi"),
        then=(
            _document,
            Call(
                "apigateway.PutRestApi",
                inputs=("body", "failOnWarnings", "parameters", "putRestApiMode"),
                rename={"putRestApiMode": "mode"},
                constant={"restApiId": "{id}", "mode": "overwrite"},
                when=("body",),
            ),
        ),
        id="{id}",
        outputs={"arn": ARN + "/restapis/{id}", "executionArn": EXECUTION + "{id}"},
    ),
    "aws:apigateway/restApiPolicy:RestApiPolicy": Spec(create=_policy_of_api, id="{input.restApiId}"),
    "aws:apigateway/deployment:Deployment": Spec(
        create=Call("apigateway.CreateDeployment", rename=API),
        id="{id}",
        autoname="",
        ignored={"triggers": "tell the provider when to deploy again"},
    ),
    "aws:apigateway/stage:Stage": Spec(
        create=Call(
            "apigateway.CreateStage",
            rename={**API, "deployment": "deploymentId", "xrayTracingEnabled": "tracingEnabled"},
        ),
        then=(_settings_of_stage,),
        id="ags-{input.restApi}-{input.stageName}",
        outputs={
            "arn": ARN + "/restapis/{input.restApi}/stages/{input.stageName}",
            "executionArn": EXECUTION + "{input.restApi}/{input.stageName}",
            "invokeUrl": "https://{input.restApi}.execute-api.{region}.amazonaws.com/{input.stageName}",
        },
        autoname="",
    ),
    "aws:apigateway/methodSettings:MethodSettings": Spec(
        create=_method_settings, id="{input.restApi}-{input.stageName}-{input.methodPath}", autoname=""
    ),
    "aws:apigateway/domainName:DomainName": Spec(
        create=Call("apigateway.CreateDomainName"),
        then=(_domain_targets,),
        id="{input.domainName}",
        outputs={
            "arn": ARN + "/domainnames/{input.domainName}",
            "cloudfrontDomainName": "distributionDomainName",
            "cloudfrontZoneId": "Edge",
            "regionalZoneId": "Regional",
        },
        autoname="",
    ),
    "aws:apigateway/basePathMapping:BasePathMapping": Spec(
        create=Call("apigateway.CreateBasePathMapping", rename={**API, "stageName": "stage"}),
        id="{input.domainName}/{input.basePath || ''}",
        autoname="",
    ),
    "aws:apigateway/vpcLink:VpcLink": Spec(
        create=Call("apigateway.CreateVpcLink", rename={"targetArn": "targetArns"}),
        id="{id}",
        outputs={"arn": ARN + "/vpclinks/{id}"},
    ),
}
