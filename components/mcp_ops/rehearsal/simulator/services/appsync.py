"""AWS AppSync: GraphQL APIs."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import arn
from mcp_ops.rehearsal.simulator.context import Context
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import nested


def _api(inputs: dict[str, Any]) -> dict[str, Any]:
    return nested(inputs, "additionalAuthenticationProviders", list)


def _addresses(context: Context) -> dict[str, Any]:
    if context.previewing:
        return {}
    host = f"{context.id}.appsync-{{}}.{context.place.region}.amazonaws.com/graphql"
    return {
        "Addresses": {"GRAPHQL": f"https://{host.format('api')}", "REALTIME": f"wss://{host.format('realtime-api')}"}
    }


SPECS: Specs = {
    "aws:appsync/graphQLApi:GraphQLApi": Spec(
        create=Call(
            "appsync.CreateGraphqlApi",
            rename={
                "additionalAuthenticationProviders.openidConnectConfig": "openIDConnectConfig",
                "logConfig.cloudwatchLogsRoleArn": "cloudWatchLogsRoleArn",
            },
        ),
        then=(
            Call(
                "appsync.StartSchemaCreation",
                inputs=("schema",),
                rename={"schema": "definition"},
                constant={"apiId": "{id}"},
                when=("schema",),
            ),
            _addresses,
        ),
        id="graphqlApi.apiId",
        outputs={"arn": "graphqlApi.arn", "uris": "Addresses"},
        reshape=_api,
    ),
    "aws:appsync/apiKey:ApiKey": Spec(
        create=Call("appsync.CreateApiKey"),
        id="{input.apiId}:{apiKey.id}",
        outputs={"apiKeyId": "apiKey.id", "key": "apiKey.id"},
        autoname="",
    ),
    "aws:appsync/dataSource:DataSource": Spec(
        create=Call(
            "appsync.CreateDataSource",
            rename={
                "opensearchserviceConfig": "openSearchServiceConfig",
                "lambdaConfig.functionArn": "lambdaFunctionArn",
                "dynamodbConfig.region": "awsRegion",
                "elasticsearchConfig.region": "awsRegion",
                "opensearchserviceConfig.region": "awsRegion",
                "relationalDatabaseConfig.sourceType": "relationalDatabaseSourceType",
                "relationalDatabaseConfig.httpEndpointConfig": "rdsHttpEndpointConfig",
                "relationalDatabaseConfig.httpEndpointConfig.region": "awsRegion",
                "dynamodbConfig.deltaSyncConfig.baseTableTtl": "baseTableTTL",
            },
        ),
        id="{input.apiId}-{input.name}",
        outputs={"arn": arn("appsync", "apis/{input.apiId}/datasources/{input.name}")},
    ),
    "aws:appsync/resolver:Resolver": Spec(
        create=Call(
            "appsync.CreateResolver",
            rename={
                "dataSource": "dataSourceName",
                "field": "fieldName",
                "requestTemplate": "requestMappingTemplate",
                "responseTemplate": "responseMappingTemplate",
                "runtime.name": "name",
                "type": "typeName",
            },
        ),
        id="{input.apiId}-{input.type}-{input.field}",
        outputs={"arn": arn("appsync", "apis/{input.apiId}/types/{input.type}/resolvers/{input.field}")},
        autoname="",
    ),
}
