"""AWS Glue: the data catalog, crawlers and jobs."""

from typing import Any

from mcp_ops.rehearsal.simulator.building import arn
from mcp_ops.rehearsal.simulator.spec import Call, Spec, Specs
from mcp_ops.rehearsal.simulator.values import nested, without


def _inner(inputs: dict[str, Any], member: str, *outside: str) -> dict[str, Any]:
    """Puts all inputs but some into one structure, as Glue's catalog takes them."""
    return {**{name: inputs[name] for name in outside if name in inputs}, member: without(inputs, *outside)}


def _database(inputs: dict[str, Any]) -> dict[str, Any]:
    return _inner(inputs, "databaseInput", "catalogId", "tags")


def _table(inputs: dict[str, Any]) -> dict[str, Any]:
    outside = ("catalogId", "databaseName", "partitionIndices", "openTableFormatInput")
    shaped = nested(_inner(inputs, "tableInput", *outside), "partitionIndices", _indexes)
    return nested(shaped, "tableInput.viewDefinition.subObjects", list)


def _indexes(items: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [without(item, "indexStatus") for item in items]


def _connection(inputs: dict[str, Any]) -> dict[str, Any]:
    return _inner({"connectionType": "JDBC", **inputs}, "connectionInput", "catalogId", "tags")


ICEBERG = "openTableFormatInput.icebergInput.icebergTableInput"
CREDENTIALS = "connectionInput.authenticationConfiguration.oauth2Properties"

SPECS: Specs = {
    "aws:glue/catalogDatabase:CatalogDatabase": Spec(
        create=Call("glue.CreateDatabase"),
        id="{account}:{input.databaseInput.name}",
        outputs={"arn": arn("glue", "database/{input.databaseInput.name}"), "catalogId": "account"},
        reshape=_database,
    ),
    "aws:glue/catalogTable:CatalogTable": Spec(
        create=Call(
            "glue.CreateTable",
            rename={
                "partitionIndices": "PartitionIndexes",
                ICEBERG: "CreateIcebergTableInput",
                f"{ICEBERG}.sortOrder": "WriteOrder",
            },
        ),
        id="{account}:{input.databaseName}:{input.tableInput.name}",
        outputs={
            "arn": arn("glue", "table/{input.databaseName}/{input.tableInput.name}"),
            "catalogId": "account",
        },
        reshape=_table,
    ),
    "aws:glue/crawler:Crawler": Spec(
        create=Call(
            "glue.CreateCrawler",
            rename={
                "catalogTargets": "Targets.CatalogTargets",
                "deltaTargets": "Targets.DeltaTargets",
                "dynamodbTargets": "Targets.DynamoDBTargets",
                "hudiTargets": "Targets.HudiTargets",
                "icebergTargets": "Targets.IcebergTargets",
                "jdbcTargets": "Targets.JdbcTargets",
                "mongodbTargets": "Targets.MongoDBTargets",
                "s3Targets": "Targets.S3Targets",
                "securityConfiguration": "CrawlerSecurityConfiguration",
            },
        ),
        id="{input.name}",
        outputs={"arn": arn("glue", "crawler/{id}")},
    ),
    "aws:glue/job:Job": Spec(
        create=Call("glue.CreateJob", rename={"roleArn": "Role", "connections": "Connections.Connections"}),
        id="{input.name}",
        outputs={"arn": arn("glue", "job/{id}")},
        reshape=lambda inputs: nested(inputs, "command", lambda command: {"name": "glueetl", **command}),
    ),
    "aws:glue/trigger:Trigger": Spec(
        create=Call("glue.CreateTrigger"),
        id="{input.name}",
        outputs={"arn": arn("glue", "trigger/{id}"), "state": "'CREATED'"},
        ignored={"enabled": "whether the provider starts it afterwards"},
    ),
    "aws:glue/connection:Connection": Spec(
        create=Call(
            "glue.CreateConnection",
            rename={
                f"{CREDENTIALS}.oauth2ClientApplication.awsManagedClientApplicationReference": (
                    "AWSManagedClientApplicationReference"
                ),
                "connectionInput.physicalConnectionRequirements.securityGroupIdLists": "SecurityGroupIdList",
            },
        ),
        id="{account}:{input.connectionInput.name}",
        outputs={"arn": arn("glue", "connection/{input.connectionInput.name}"), "catalogId": "account"},
        reshape=_connection,
    ),
}
