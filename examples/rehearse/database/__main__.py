"""A PostgreSQL database in the private subnets of another stack."""

import pulumi
import pulumi_aws as aws
from postgres import Postgres

config = pulumi.Config()
settings = config.require_object("settings")
network = pulumi.StackReference(config.require("network"))

database = Postgres(
    "app",
    {
        "vpc_id": network.require_output("vpc_id"),
        "subnet_ids": network.require_output("private_subnet_ids"),
        "client_security_group_id": network.require_output("web_security_group_id"),
        "instance_class": settings["instanceClass"],
        "storage_gb": settings["storageGb"],
        "multi_az": settings["multiAz"],
    },
)
aws.ssm.Parameter(
    "api-token",
    name=f"/{pulumi.get_project()}/{pulumi.get_stack()}/api-token",
    type="SecureString",
    value=config.require_secret("apiToken"),
)

pulumi.export("address", database.address)
pulumi.export("secret_arn", database.secret_arn)
