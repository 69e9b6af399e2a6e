"""A PostgreSQL database with its credentials in Secrets Manager, as one component."""

from collections.abc import Sequence
from typing import TypedDict

import pulumi
import pulumi_aws as aws
import pulumi_random as random


class PostgresArgs(TypedDict):
    """Inputs of a Postgres."""

    vpc_id: pulumi.Input[str]
    subnet_ids: pulumi.Input[Sequence[pulumi.Input[str]]]
    client_security_group_id: pulumi.Input[str]
    instance_class: str
    storage_gb: int
    multi_az: bool


class Postgres(pulumi.ComponentResource):
    """A PostgreSQL database that only one security group reaches."""

    address: pulumi.Output[str]
    secret_arn: pulumi.Output[str]

    def __init__(self, name: str, args: PostgresArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("example:database:Postgres", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        group = aws.ec2.SecurityGroup(name, vpc_id=args["vpc_id"], description="PostgreSQL", opts=child)
        aws.vpc.SecurityGroupIngressRule(
            f"{name}-clients",
            security_group_id=group.id,
            referenced_security_group_id=args["client_security_group_id"],
            ip_protocol="tcp",
            from_port=5432,
            to_port=5432,
            opts=child,
        )
        subnets = aws.rds.SubnetGroup(name, subnet_ids=args["subnet_ids"], opts=child)
        parameters = aws.rds.ParameterGroup(
            name, family="postgres17", parameters=[{"name": "rds.force_ssl", "value": "1"}], opts=child
        )
        password = random.RandomPassword(name, length=32, special=False, opts=child)
        database = aws.rds.Instance(
            name,
            engine="postgres",
            engine_version="17.6",
            instance_class=args["instance_class"],
            allocated_storage=args["storage_gb"],
            storage_type="gp3",
            storage_encrypted=True,
            multi_az=args["multi_az"],
            db_name="app",
            username="app",
            password=password.result,
            db_subnet_group_name=subnets.name,
            parameter_group_name=parameters.name,
            vpc_security_group_ids=[group.id],
            backup_retention_period=14,
            deletion_protection=True,
            final_snapshot_identifier=f"{name}-final",
            opts=pulumi.ResourceOptions(parent=self, protect=True),
        )
        secret = aws.secretsmanager.Secret(name, description="Credentials of the database", opts=child)
        aws.secretsmanager.SecretVersion(
            name,
            secret_id=secret.id,
            secret_string=pulumi.Output.json_dumps(
                {
                    "host": database.address,
                    "port": database.port,
                    "username": database.username,
                    "password": password.result,
                }
            ),
            opts=child,
        )
        self.address = database.address
        self.secret_arn = secret.arn
        self.register_outputs({"address": self.address, "secret_arn": self.secret_arn})
