"""DynamoDB, RDS, Secrets Manager, Systems Manager, and what pulumi_random makes up."""

from collections.abc import Callable
from typing import Any

import pytest

from mcp_ops.rehearsal.simulator.errors import Refusal

Create = Callable[..., Any]
Client = Callable[[str], Any]


def test_a_table_with_an_index_expiry_and_recovery(create: Create, client: Client) -> None:
    made = create(
        "aws:dynamodb/table:Table",
        name="orders",
        attributes=[{"name": "id", "type": "S"}, {"name": "day", "type": "S"}],
        hashKey="id",
        billingMode="PAY_PER_REQUEST",
        globalSecondaryIndexes=[{"name": "by-day", "hashKey": "day", "projectionType": "ALL"}],
        ttl={"attributeName": "expires", "enabled": True},
        pointInTimeRecovery={"enabled": True, "recoveryPeriodInDays": 35},
        streamEnabled=True,
        streamViewType="NEW_IMAGE",
    )
    dynamodb = client("dynamodb")
    assert made.outputs["arn"] == "arn:aws:dynamodb:eu-central-1:123456789012:table/orders"
    assert made.outputs["streamArn"].startswith(made.outputs["arn"])
    assert dynamodb.describe_time_to_live(TableName=made.id)["TimeToLiveDescription"]["AttributeName"] == "expires"
    assert dynamodb.describe_table(TableName=made.id)["Table"]["GlobalSecondaryIndexes"][0]["IndexName"] == "by-day"


def test_a_database_in_subnets_outside_the_stack(create: Create, client: Client) -> None:
    subnets = create("aws:rds/subnetGroup:SubnetGroup", "Data", subnetIds=["subnet-0a1b2c3d", "subnet-0a1b2c3e"])
    made = create(
        "aws:rds/instance:Instance",
        "Orders",
        engine="postgres",
        engineVersion="17.6",
        instanceClass="db.t4g.micro",
        allocatedStorage=20,
        username="app",
        password="not-a-real-one",
        dbSubnetGroupName=subnets.id,
        skipFinalSnapshot=True,
    )
    assert subnets.id == subnets.id.lower()
    assert made.id.startswith("db-")
    assert made.outputs["endpoint"] == f"{made.outputs['address']}:5432"
    kept = client("rds").describe_db_instances()["DBInstances"][0]
    assert (kept["EngineVersion"], kept["MasterUsername"]) == ("17.6", "app")


def test_a_restored_database_is_only_checked(create: Create) -> None:
    made = create(
        "aws:rds/instance:Instance",
        "restored",
        snapshotIdentifier="nightly",
        instanceClass="db.t4g.micro",
        password="a-new-one",
    )
    assert [(call.name, call.executed) for call in made.operations] == [
        ("rds.RestoreDBInstanceFromDBSnapshot", False),
        ("rds.ModifyDBInstance", False),
    ]
    assert made.outputs["address"].endswith(".eu-central-1.rds.amazonaws.com")


def test_a_secret_and_its_value(create: Create, client: Client) -> None:
    secret = create("aws:secretsmanager/secret:Secret", "token", tags={"owner": "web"})
    version = create("aws:secretsmanager/secretVersion:SecretVersion", secretId=secret.id, secretString="first")
    assert client("secretsmanager").get_secret_value(SecretId=secret.id)["SecretString"] == "first"
    assert version.id == f"{secret.id}|{version.outputs['versionId']}"


def test_a_parameter_whose_name_is_a_path(create: Create, client: Client) -> None:
    made = create("aws:ssm/parameter:Parameter", name="/app/dev/key", type="SecureString", value="hidden")
    assert made.outputs["arn"] == "arn:aws:ssm:eu-central-1:123456789012:parameter/app/dev/key"
    assert client("ssm").get_parameter(Name="/app/dev/key", WithDecryption=True)["Parameter"]["Value"] == "hidden"


def test_what_is_made_up_can_be_repeated(create: Create) -> None:
    first = create("random:index/randomPassword:RandomPassword", "db", length=24, special=False, minNumeric=2)
    again = create("random:index/randomPassword:RandomPassword", "db", length=24, special=False, minNumeric=2)
    assert first.outputs["result"] == again.outputs["result"]
    assert len(first.outputs["result"]) == 24
    assert first.outputs["result"].isalnum()
    assert first.operations == ()


@pytest.mark.parametrize(
    ("type_", "inputs", "told"),
    [
        (
            "dynamodb/table:Table",
            {"attributes": [{"name": "a", "type": "S"}], "hashKey": "b", "billingMode": "PAY_PER_REQUEST"},
            "index key",
        ),
        (
            "rds/instance:Instance",
            {"engine": "postgres", "instanceClass": "db.t4g.micro", "dbSubnetGroupName": "none"},
            "none not found",
        ),
        ("secretsmanager/secretVersion:SecretVersion", {"secretId": "absent", "secretString": "x"}, "ResourceNotFound"),
        ("ssm/parameter:Parameter", {"type": "Text", "value": "x"}, "'Text' is none of String"),
    ],
)
def test_what_aws_refuses(create: Create, type_: str, inputs: dict[str, Any], told: str) -> None:
    with pytest.raises(Refusal, match=told):
        create(f"aws:{type_}", **inputs)


def test_a_password_needs_a_length(create: Create) -> None:
    with pytest.raises(Refusal, match="length: 2 must be at least 1 and at least the sum of the minima"):
        create("random:index/randomPassword:RandomPassword", length=2, minNumeric=3)
