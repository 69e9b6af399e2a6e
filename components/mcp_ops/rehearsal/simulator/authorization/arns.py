"""ARNs of the resources of a call, from its parameters.

Formats: Service Authorization Reference, "Resource types defined by" each service.
"""

from collections.abc import Callable
from typing import Any

from mcp_ops.rehearsal.simulator.authorization.call import Call
from mcp_ops.rehearsal.simulator.authorization.request import CannotDecide

Resolver = Callable[[Call, str], str]
"""Returns the ARN for the value of a parameter."""


def named(service: str, resource: str) -> Resolver:
    """Returns a resolver for names: `named("sqs", "{}")`. A value that is an ARN already stays as it is."""
    return lambda call, value: value if value.startswith("arn:") else call.arn(service, resource.format(value))


def _secret(call: Call, value: str) -> str:
    found = call.look_up("secretsmanager", "describe_secret", value if value.startswith("arn:") else "", SecretId=value)
    # AWS names a secret that is not there as the caller did: without the six characters at its end.
    return str(found.get("ARN") or named("secretsmanager", "secret:{}")(call, value))


def key_arn(call: Call, value: str) -> str:
    """Returns the ARN of a KMS key that is given by id, alias or ARN."""
    found = call.look_up("kms", "describe_key", value if value.startswith("arn:") else "", KeyId=value)
    metadata = found.get("KeyMetadata", {})
    return str(metadata.get("Arn") or named("kms", "key/{}")(call, value))


def bucket_arn(call: Call, value: str) -> str:
    """Returns the ARN of a bucket that is given by name.

    Raises:
        CannotDecide: it is an access point.
    """
    if value.startswith("arn:"):
        raise CannotDecide(f"{call.service}:{call.operation}: access points are not supported")
    return f"arn:{call.place.partition}:s3:::{value}"


def _bucket_or_object(call: Call, value: str) -> str:
    key = call.parameters.get("Key")
    return f"{bucket_arn(call, value)}/{key}" if key else bucket_arn(call, value)


def _table(call: Call, value: str) -> str:
    arn = named("dynamodb", "table/{}")(call, value)
    index = call.parameters.get("IndexName")
    return f"{arn}/index/{index}" if index else arn


def _queue(call: Call, value: str) -> str:
    account, name = value.rstrip("/").split("/")[-2:]
    region = next((part for part in value.split(".") if part.count("-") > 1), call.place.region)
    return f"arn:{call.place.partition}:sqs:{region}:{account}:{name}"


def _function(call: Call, value: str) -> str:
    parts = value.split(":")
    if value.startswith("arn:"):
        return value
    name, qualifier = (parts[-1], "") if len(parts) != 2 else parts  # noqa: PLR2004 - name:qualifier
    qualifier = call.parameters.get("Qualifier") or qualifier
    return call.arn("lambda", f"function:{name}:{qualifier}" if qualifier else f"function:{name}")


def _log_group(call: Call, value: str) -> str:
    # CloudWatch Logs asks IAM about streams, whatever the call: those of a group, if none is named.
    arn = named("logs", "log-group:{}")(call, value).removesuffix(":*")
    return f"{arn}:log-stream:{call.parameters.get('logStreamName', '')}"


def _in_cluster(kind: str) -> Resolver:
    def resolved(call: Call, value: str) -> str:
        cluster = str(call.parameters.get("cluster", "default")).rsplit("/", 1)[-1]
        return named("ecs", f"{kind}/{cluster}/{{}}")(call, value)

    return resolved


def _role(call: Call, value: str) -> str:
    role = call.look_up("iam", "get_role", RoleName=value).get("Role", {})
    # Only a call that makes a role gives its path.
    path = str(call.parameters.get("Path") or "/")
    return str(role.get("Arn") or call.global_arn("iam", f"role{path}{value}"))


def _rule(call: Call, value: str) -> str:
    bus = str(call.parameters.get("EventBusName", "default")).rsplit("/", 1)[-1]
    return call.arn("events", f"rule/{value}" if bus == "default" else f"rule/{bus}/{value}")


def _parameter(call: Call, value: str) -> str:
    return named("ssm", "parameter/{}")(
        call, value.split(":", maxsplit=1)[0].lstrip("/") if not value.startswith("arn:") else value
    )


def _testing_plan(call: Call, value: str) -> str:
    """AWS appends an id to the name, which no call gives."""
    found = call.look_up("backup", "get_restore_testing_plan", RestoreTestingPlanName=value)
    arn = found.get("RestoreTestingPlan", {}).get("RestoreTestingPlanArn")
    return str(arn or named("backup", "restore-testing-plan:{}")(call, value))


def _subscription(_: Call, value: str) -> str:
    return value.rsplit(":", 1)[0]


def _as_given(_: Call, value: str) -> str:
    return value


RESOLVERS: dict[str, tuple[tuple[str, Resolver], ...]] = {
    "secretsmanager": (("SecretId", _secret), ("Name", named("secretsmanager", "secret:{}"))),
    "kms": (("KeyId", key_arn), ("TargetKeyId", key_arn)),
    "s3": (("Bucket", _bucket_or_object),),
    "dynamodb": (
        ("BackupArn", _as_given),
        ("ResourceArn", _as_given),
        ("TargetTableName", _table),
        ("TableName", _table),
    ),
    "sns": (
        ("TopicArn", _as_given),
        ("TargetArn", _as_given),
        ("SubscriptionArn", _subscription),
        ("ResourceArn", _as_given),
        ("Name", named("sns", "{}")),
    ),
    "sqs": (("QueueUrl", _queue), ("QueueName", named("sqs", "{}"))),
    "lambda": (("FunctionName", _function),),
    "logs": (("logGroupName", _log_group), ("logGroupIdentifier", _log_group), ("resourceArn", _as_given)),
    "ecs": (
        ("services", _in_cluster("service")),
        ("service", _in_cluster("service")),
        ("serviceName", _in_cluster("service")),
        ("tasks", _in_cluster("task")),
        ("taskDefinition", named("ecs", "task-definition/{}")),
        ("task", _in_cluster("task")),
        ("family", named("ecs", "task-definition/{}:*")),
        ("clusters", named("ecs", "cluster/{}")),
        ("clusterName", named("ecs", "cluster/{}")),
        ("serviceDeploymentArn", _as_given),
        ("serviceDeploymentArns", _as_given),
        ("resourceArn", _as_given),
    ),
    "ecr": (("repositoryName", named("ecr", "repository/{}")), ("repositoryNames", named("ecr", "repository/{}")),
            ("resourceArn", _as_given)),
    "backup": (
        ("RecoveryPointArn", _as_given),
        ("BackupVaultName", named("backup", "backup-vault:{}")),
        ("BackupPlanId", named("backup", "backup-plan:{}")),
        ("RestoreTestingPlanName", _testing_plan),
        ("ResourceArn", _as_given),
    ),
    "cloudwatch": (
        ("AlarmName", named("cloudwatch", "alarm:{}")),
        ("AlarmNames", named("cloudwatch", "alarm:{}")),
        ("ResourceARN", _as_given),
    ),
    "events": (
        ("Rule", _rule),
        ("NamePrefix", _rule),
        ("EventBusName", named("events", "event-bus/{}")),
        ("ResourceARN", _as_given),
    ),
    "iam": (
        ("RoleName", _role),
        ("PolicyArn", _as_given),
        ("OpenIDConnectProviderArn", _as_given),
        ("SAMLProviderArn", _as_given),
        ("UserName", lambda call, value: call.global_arn("iam", f"user/{value}")),
        ("GroupName", lambda call, value: call.global_arn("iam", f"group/{value}")),
    ),
    "sts": (("RoleArn", _as_given),),
    "ssm": (("Name", _parameter), ("Names", _parameter), ("Path", _parameter)),
    "efs": (("FileSystemId", named("elasticfilesystem", "file-system/{}")),),
    "elbv2": (),
    "rds": (("DBClusterIdentifier", named("rds", "cluster:{}")),),
    "rds-data": (("resourceArn", _as_given),),
}  # fmt: skip
"""By service: parameters that name its resources, the most specific first, and how."""


def resources(call: Call, pairs: tuple[tuple[str, Resolver], ...]) -> list[str]:
    """Returns the ARNs that the first given parameter names; empty when none is given."""
    for parameter, resolver in pairs:
        value: Any = call.parameters.get(parameter)
        if value:
            return [resolver(call, item) for item in (value if isinstance(value, list) else [value])]
    return []
