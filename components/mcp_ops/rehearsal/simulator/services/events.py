"""Amazon EventBridge: rules, targets, buses, archives, connections; module `cloudwatch` of pulumi_aws."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.services.shapes import awsvpc
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import given, nested, without

CONNECTION_CREDENTIALS = "arn:{partition}:secretsmanager:{region}:{account}:secret:"
CUSTOM_BUS = "input.eventBusName && input.eventBusName != 'default'"

RULE_AND_TARGET = "input.rule, input.Targets[0].Id"

TARGET_PARAMETERS: Mapping[str, str] = {
    "appsyncTarget": "AppSyncParameters",
    "batchTarget": "BatchParameters",
    "ecsTarget": "EcsParameters",
    "httpTarget": "HttpParameters",
    "kinesisTarget": "KinesisParameters",
    "redshiftTarget": "RedshiftDataParameters",
    "runCommandTargets": "RunCommandParameters",
    "sagemakerPipelineTarget": "SageMakerPipelineParameters",
    "sqsTarget": "SqsParameters",
}


def _rule(inputs: dict[str, Any]) -> dict[str, Any]:
    """`isEnabled` is the older form of `state`."""
    enabled = inputs.get("isEnabled")
    state = inputs.get("state") or (None if enabled is None else ("ENABLED" if enabled else "DISABLED"))
    return {**without(inputs, "isEnabled", "state"), **given(State=state)}


def _batch(value: Mapping[str, Any]) -> dict[str, Any]:
    size, attempts = value.get("arraySize"), value.get("jobAttempts")
    return {
        **without(value, "arraySize", "jobAttempts"),
        **given(
            ArrayProperties={"Size": size} if size else None, RetryStrategy={"Attempts": attempts} if attempts else None
        ),
    }


def _target(inputs: dict[str, Any]) -> dict[str, Any]:
    """Gathers everything but the rule and the bus into the one target of the call."""
    own = ("rule", "eventBusName")
    target = {
        TARGET_PARAMETERS.get(name, name): value for name, value in inputs.items() if name not in {*own, "targetId"}
    }
    target["Id"] = inputs.get("targetId")
    for path, change in (
        ("EcsParameters.networkConfiguration", awsvpc),
        ("BatchParameters", _batch),
        ("RunCommandParameters", lambda items: {"RunCommandTargets": items}),
    ):
        target = nested(target, path, change)
    return {name: inputs[name] for name in own if name in inputs} | {"Targets": [target]}


def _connection(inputs: dict[str, Any]) -> dict[str, Any]:
    """The key's name and value, and the parameters of requests, have longer names in the API."""
    given_auth = inputs.get("authParameters") or {}
    key = given_auth.get("apiKey")
    changed = {
        **without(given_auth, "apiKey", "oauth", "invocationHttpParameters"),
        **given(
            ApiKeyAuthParameters={"ApiKeyName": key.get("key"), "ApiKeyValue": key.get("value")} if key else None,
            OAuthParameters=_oauth(given_auth["oauth"]) if given_auth.get("oauth") else None,
            InvocationHttpParameters=_http(given_auth.get("invocationHttpParameters")),
        ),
    }
    return (
        {**inputs, "authParameters": nested(changed, "connectivityParameters", _without_association)}
        if given_auth
        else inputs
    )


def _without_association(value: Mapping[str, Any]) -> dict[str, Any]:
    return nested(value, "resourceParameters", lambda inner: without(inner, "resourceAssociationArn"))


def _oauth(value: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **without(value, "oauthHttpParameters"),
        **given(OAuthHttpParameters=_http(value.get("oauthHttpParameters"))),
    }


def _http(value: Mapping[str, Any] | None) -> dict[str, Any] | None:
    if not value:
        return None
    return given(
        BodyParameters=value.get("bodies"),
        HeaderParameters=value.get("headers"),
        QueryStringParameters=value.get("queryStrings"),
    )


SPECS: Specs = {
    "aws:cloudwatch/eventRule:EventRule": Spec(
        create=Call("events.PutRule"),
        id=f"{CUSTOM_BUS} && join('/', [input.eventBusName, input.name]) || input.name",
        reshape=_rule,
        outputs={"arn": "RuleArn"},
        ignored={"forceDestroy": "whether the provider deletes a managed rule"},
    ),
    "aws:cloudwatch/eventTarget:EventTarget": Spec(
        create=Call(
            "events.PutTargets",
            rename={
                "Targets.inputTransformer.inputPaths": "InputPathsMap",
                "Targets.BatchParameters.jobDefinition": "JobDefinition",
                "Targets.AppSyncParameters.graphqlOperation": "GraphQLOperation",
                "Targets.EcsParameters.capacityProviderStrategies": "CapacityProviderStrategy",
                "Targets.EcsParameters.orderedPlacementStrategies": "PlacementStrategy",
                "Targets.RedshiftDataParameters.secretsManagerArn": "SecretManagerArn",
                "Targets.SageMakerPipelineParameters.pipelineParameterLists": "PipelineParameterList",
            },
        ),
        id=f"{CUSTOM_BUS} && join('-', [input.eventBusName, {RULE_AND_TARGET}]) || join('-', [{RULE_AND_TARGET}])",
        autoname="targetId",
        reshape=_target,
        outputs={"targetId": "input.Targets[0].Id", "arn": "input.Targets[0].arn"},
        ignored={"forceDestroy": "whether the provider deletes a managed rule's target"},
    ),
    "aws:cloudwatch/eventBus:EventBus": Spec(
        create=Call("events.CreateEventBus"), id="{input.name}", outputs={"arn": "EventBusArn"}
    ),
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": Spec(
        create=Call("events.PutPermission"),
        id="input.eventBusName || 'default'",
        autoname="",
    ),
    "aws:cloudwatch/eventPermission:EventPermission": Spec(
        create=Call("events.PutPermission", constant={"Action": "events:PutEvents"}),
        id="join('/', [input.eventBusName || 'default', input.statementId])",
        autoname="",
    ),
    "aws:cloudwatch/eventArchive:EventArchive": Spec(
        create=Call("events.CreateArchive", rename={"name": "ArchiveName"}),
        id="{input.name}",
        outputs={"arn": "ArchiveArn"},
    ),
    "aws:cloudwatch/eventConnection:EventConnection": Spec(
        create=Call(
            "events.CreateConnection",
            rename={"authParameters.basic": "BasicAuthParameters"},
        ),
        id="{input.name}",
        reshape=lambda inputs: nested(_connection(inputs), "invocationConnectivityParameters", _without_association),
        outputs={
            "arn": "ConnectionArn",
            "secretArn": CONNECTION_CREDENTIALS + "events!connection/{input.name}/secret",
        },
    ),
    "aws:cloudwatch/eventApiDestination:EventApiDestination": Spec(
        create=Call("events.CreateApiDestination"), id="{input.name}", outputs={"arn": "ApiDestinationArn"}
    ),
}
