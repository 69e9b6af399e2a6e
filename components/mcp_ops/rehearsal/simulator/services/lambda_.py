"""AWS Lambda."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs, step
from mcp_ops.rehearsal.simulator.values import nested, without

FUNCTION = "arn:{partition}:lambda:{region}:{account}:function:{input.name}"
INVOKE = "arn:{partition}:apigateway:{region}:lambda:path/2015-03-31/functions/"
STREAM = "arn:{partition}:apigateway:{region}:lambda:path/2021-11-15/functions/"

STAYS = {
    "skipDestroy": "whether the provider leaves it behind",
    "sourceCodeHash": "tells the provider that the code changed",
}

SOURCE = {"s3Bucket": "S3Bucket", "s3Key": "S3Key", "s3ObjectVersion": "S3ObjectVersion"}


def _function(inputs: dict[str, Any]) -> dict[str, Any]:
    """Leaves out what the SDK's nested types carry as outputs, and -1, which means that no concurrency is reserved."""
    changed = nested(inputs, "vpcConfig", lambda value: without(value, "vpcId"))
    changed = nested(changed, "snapStart", lambda value: without(value, "optimizationStatus"))
    return (
        without(changed, "reservedConcurrentExecutions")
        if changed.get("reservedConcurrentExecutions") == -1
        else changed
    )


@step()
def _url_id(context: Context) -> Mapping[str, Any]:
    url = str(context.find("FunctionUrl") or "")
    return {"UrlId": url.removeprefix("https://").split(".")[0]}


@step("functionName", "input", "qualifier", "tenantId")
def _invoke(context: Context) -> Mapping[str, Any]:
    """Runs the function; as with the provider, one that fails fails the resource."""
    given = {
        "FunctionName": context.take("functionName"),
        "Payload": context.take("input"),
        "Qualifier": context.take("qualifier"),
        "TenantId": context.take("tenantId"),
    }
    reply = context.call("lambda.Invoke", {key: value for key, value in given.items() if value is not None})
    body = reply.get("Payload", b"")
    result = body if isinstance(body, bytes) else body.read()
    if reply.get("FunctionError"):
        raise Refusal(f"lambda:Invoke: {given['FunctionName']} ended with an error: {result.decode(errors='replace')}")
    return {"Result": result.decode()}


SPECS: Specs = {
    "aws:lambda/invocation:Invocation": Spec(
        create=_invoke,
        id="{input.functionName}_{account}_{region}",
        autoname="",
        outputs={"result": "Result"},
        ignored={
            "lifecycleScope": "when the provider invokes it",
            "terraformKey": "what the provider adds to the input",
            "triggers": "when the provider invokes it again",
        },
    ),
    "aws:lambda/function:Function": Spec(
        create=Call(
            "lambda.CreateFunction",
            rename={
                "name": "FunctionName",
                "code": "Code.ZipFile",
                "imageUri": "Code.ImageUri",
                "sourceKmsKeyArn": "Code.SourceKMSKeyArn",
                **{name: f"Code.{member}" for name, member in SOURCE.items()},
                "durableConfig.retentionPeriod": "RetentionPeriodInDays",
            },
        ),
        then=(
            Call(
                "lambda.PutFunctionConcurrency",
                inputs=("reservedConcurrentExecutions",),
                rename={"reservedConcurrentExecutions": "ReservedConcurrentExecutions"},
                constant={"FunctionName": "{id}"},
                when=("reservedConcurrentExecutions",),
            ),
        ),
        id="{input.name}",
        reshape=_function,
        outputs={
            "arn": FUNCTION,
            "invokeArn": INVOKE + FUNCTION + "/invocations",
            "qualifiedArn": FUNCTION + ":{Version}",
            "qualifiedInvokeArn": INVOKE + FUNCTION + ":{Version}/invocations",
            "responseStreamingInvokeArn": STREAM + FUNCTION + "/response-streaming-invocations",
            "sourceCodeHash": "CodeSha256",
            "sourceCodeSize": "CodeSize",
        },
        ignored={
            **STAYS,
            "codeSha256": "tells the provider that the code changed",
            "replaceSecurityGroupsOnDestroy": "what the provider does at deletion",
            "replacementSecurityGroupIds": "what the provider does at deletion",
            "useResourceTimeoutForPropagation": "how long the provider waits",
        },
    ),
    "aws:lambda/permission:Permission": Spec(
        create=Call("lambda.AddPermission", rename={"function": "FunctionName"}),
        id="{input.statementId}",
        autoname="statementId",
    ),
    "aws:lambda/alias:Alias": Spec(
        create=Call("lambda.CreateAlias"),
        id="{AliasArn}",
        outputs={"arn": "AliasArn", "invokeArn": INVOKE + "{AliasArn}/invocations"},
    ),
    "aws:lambda/layerVersion:LayerVersion": Spec(
        create=Call(
            "lambda.PublishLayerVersion",
            rename={"code": "Content.ZipFile", **{name: f"Content.{member}" for name, member in SOURCE.items()}},
        ),
        id="{LayerVersionArn}",
        autoname="",
        outputs={
            "arn": "LayerVersionArn",
            "codeSha256": "Content.CodeSha256",
            "sourceCodeHash": "Content.CodeSha256",
            "sourceCodeSize": "Content.CodeSize",
            "version": "{Version}",
        },
        ignored=STAYS,
    ),
    "aws:lambda/layerVersionPermission:LayerVersionPermission": Spec(
        create=Call("lambda.AddLayerVersionPermission"),
        id="{input.layerName},{input.versionNumber}",
        autoname="",
        ignored={"skipDestroy": STAYS["skipDestroy"]},
    ),
    "aws:lambda/eventSourceMapping:EventSourceMapping": Spec(
        create=Call(
            "lambda.CreateEventSourceMapping",
            rename={
                "documentDbEventSourceConfig": "DocumentDBEventSourceConfig",
                "destinationConfig.onFailure.destinationArn": "Destination",
            },
        ),
        id="{UUID}",
        autoname="",
        reshape=lambda inputs: nested(
            inputs,
            "selfManagedEventSource.endpoints",
            lambda value: {key: text.split(",") for key, text in value.items()},
        ),
        outputs={"arn": "arn:{partition}:lambda:{region}:{account}:event-source-mapping:{UUID}", "uuid": "UUID"},
        ignored={"useResourceTimeoutForPropagation": "how long the provider waits"},
    ),
    "aws:lambda/functionUrl:FunctionUrl": Spec(
        create=Call("lambda.CreateFunctionUrlConfig", rename={"authorizationType": "AuthType"}),
        then=(_url_id,),
        id="input.qualifier && join('/', [input.functionName, input.qualifier]) || input.functionName",
        autoname="",
        outputs={"functionUrl": "https://{UrlId}.lambda-url.{region}.on.aws/"},
        ignored={"timeouts": "how long the provider waits"},
    ),
    "aws:lambda/provisionedConcurrencyConfig:ProvisionedConcurrencyConfig": Spec(
        create=Call("lambda.PutProvisionedConcurrencyConfig"),
        id="{input.functionName},{input.qualifier}",
        autoname="",
        ignored={"skipDestroy": STAYS["skipDestroy"], "timeouts": "how long the provider waits"},
    ),
    "aws:lambda/functionEventInvokeConfig:FunctionEventInvokeConfig": Spec(
        create=Call("lambda.PutFunctionEventInvokeConfig"),
        id="input.qualifier && join(':', [input.functionName, input.qualifier]) || input.functionName",
        autoname="",
    ),
    "aws:lambda/codeSigningConfig:CodeSigningConfig": Spec(
        create=Call("lambda.CreateCodeSigningConfig", rename={"policies": "CodeSigningPolicies"}),
        id="{CodeSigningConfig.CodeSigningConfigArn}",
        autoname="",
        outputs={"arn": "CodeSigningConfig.CodeSigningConfigArn", "configId": "CodeSigningConfig.CodeSigningConfigId"},
    ),
}
