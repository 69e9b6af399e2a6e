"""The actions that an API operation needs, where they are not simply the one of its name.

Service Authorization Reference; for S3 "Required permissions for Amazon S3 API operations".
"""

from collections.abc import Callable, Iterator

from mcp_ops.rehearsal.simulator.authorization.arns import RESOLVERS, bucket_arn, key_arn, named
from mcp_ops.rehearsal.simulator.authorization.call import Call, Target
from mcp_ops.rehearsal.simulator.authorization.request import CannotDecide

PREFIXES = {"efs": "elasticfilesystem", "elbv2": "elasticloadbalancing"}
"""Services whose prefix in policies is not boto3's name."""

RENAMED = {
    "s3": {
        "CompleteMultipartUpload": "PutObject",
        "CreateMultipartUpload": "PutObject",
        "DeleteBucketEncryption": "PutEncryptionConfiguration",
        "DeleteBucketLifecycle": "PutLifecycleConfiguration",
        "DeletePublicAccessBlock": "PutBucketPublicAccessBlock",
        "GetBucketEncryption": "GetEncryptionConfiguration",
        "GetBucketLifecycleConfiguration": "GetLifecycleConfiguration",
        "GetBucketNotificationConfiguration": "GetBucketNotification",
        "GetBucketReplication": "GetReplicationConfiguration",
        "GetObjectLockConfiguration": "GetBucketObjectLockConfiguration",
        "GetPublicAccessBlock": "GetBucketPublicAccessBlock",
        "HeadBucket": "ListBucket",
        "ListBuckets": "ListAllMyBuckets",
        "ListMultipartUploads": "ListBucketMultipartUploads",
        "ListObjectVersions": "ListBucketVersions",
        "ListObjects": "ListBucket",
        "ListObjectsV2": "ListBucket",
        "ListParts": "ListMultipartUploadParts",
        "PutBucketEncryption": "PutEncryptionConfiguration",
        "PutBucketLifecycleConfiguration": "PutLifecycleConfiguration",
        "PutBucketNotificationConfiguration": "PutBucketNotification",
        "PutBucketReplication": "PutReplicationConfiguration",
        "PutObjectLockConfiguration": "PutBucketObjectLockConfiguration",
        "PutPublicAccessBlock": "PutBucketPublicAccessBlock",
        "UploadPart": "PutObject",
    },
    "lambda": {"Invoke": "InvokeFunction", "InvokeWithResponseStream": "InvokeFunction"},
    "sqs": {
        "ChangeMessageVisibilityBatch": "ChangeMessageVisibility",
        "DeleteMessageBatch": "DeleteMessage",
        "SendMessageBatch": "SendMessage",
    },
    "sns": {"PublishBatch": "Publish"},
}
"""Operations that need an action of another name."""

_VERSIONED = {"GetObject", "DeleteObject", "GetObjectTagging", "GetObjectAcl"}
_READ_OF = {"HeadObject": "GetObject"}
_BYPASS = "BypassGovernanceRetention"
_KEY_ID = 36
"""Bytes that a ciphertext of simulated KMS begins with: the id of its key."""


def _object(call: Call) -> Iterator[Target]:
    bucket = call.parameters.get("Bucket", "")
    name = _READ_OF.get(call.operation, call.operation)
    yield from _object_targets(call, name, bucket, call.parameters.get("Key", ""), call.parameters.get("VersionId"))
    if name == "PutObject":
        for parameter, action in (("Tagging", "PutObjectTagging"), ("ACL", "PutObjectAcl"),
                                  ("ObjectLockMode", "PutObjectRetention"),
                                  ("ObjectLockLegalHoldStatus", "PutObjectLegalHold")):  # fmt: skip
            if call.parameters.get(parameter):
                yield Target(f"s3:{action}", f"{bucket_arn(call, bucket)}/{call.parameters['Key']}")


def _object_targets(call: Call, name: str, bucket: str, key: str, version: str | None) -> Iterator[Target]:
    arn = f"{bucket_arn(call, bucket)}/{key}"
    versioned = name.replace("Object", "ObjectVersion", 1)
    yield Target(f"s3:{versioned if version and name in _VERSIONED else name}", arn)
    if call.parameters.get(_BYPASS):
        yield Target(f"s3:{_BYPASS}", arn)


def _delete_objects(call: Call) -> Iterator[Target]:
    for item in call.parameters.get("Delete", {}).get("Objects", []):
        yield from _object_targets(call, "DeleteObject", call.parameters["Bucket"], item["Key"], item.get("VersionId"))


def _copy_object(call: Call) -> Iterator[Target]:
    source = call.parameters.get("CopySource", {})
    if not isinstance(source, dict):
        raise CannotDecide("s3:CopyObject: CopySource as text; give Bucket and Key")
    yield from _object_targets(call, "GetObject", source["Bucket"], source["Key"], source.get("VersionId"))
    yield Target("s3:PutObject", f"{bucket_arn(call, call.parameters['Bucket'])}/{call.parameters['Key']}")


def _items(call: Call) -> Iterator[Target]:
    for table in call.parameters.get("RequestItems", {}):
        yield Target(f"dynamodb:{call.operation}", named("dynamodb", "table/{}")(call, table))


_WRITES = {"Put": "PutItem", "Update": "UpdateItem", "Delete": "DeleteItem", "ConditionCheck": "ConditionCheckItem",
           "Get": "GetItem"}  # fmt: skip


def _transaction(call: Call) -> Iterator[Target]:
    for item in call.parameters.get("TransactItems", []):
        for kind, what in item.items():
            yield Target(f"dynamodb:{_WRITES[kind]}", named("dynamodb", "table/{}")(call, what["TableName"]))


_RESTORES_BY = ("BatchWriteItem", "DeleteItem", "GetItem", "PutItem", "Query", "Scan", "UpdateItem")
"""What a restore needs on its new table (DynamoDB Developer Guide, "Using IAM with DynamoDB backup and restore")."""


def _restore(call: Call) -> Iterator[Target]:
    source = call.parameters.get("BackupArn") or call.parameters.get("SourceTableArn")
    yield Target(
        f"dynamodb:{call.operation}",
        source or named("dynamodb", "table/{}")(call, str(call.parameters.get("SourceTableName", ""))),
    )
    table = named("dynamodb", "table/{}")(call, str(call.parameters.get("TargetTableName", "")))
    for action in (call.operation, *_RESTORES_BY):
        yield Target(f"dynamodb:{action}", table)


def _decrypt(call: Call) -> Iterator[Target]:
    blob = call.parameters.get("CiphertextBlob", b"")
    key = call.parameters.get("KeyId") or blob[:_KEY_ID].decode("ascii", "replace")
    context = tuple(sorted(call.parameters.get("EncryptionContext", {}).items()))
    yield Target("kms:Decrypt", key_arn(call, key), encryption_context=context)


def _with_key(call: Call) -> Iterator[Target]:
    context = tuple(sorted(call.parameters.get("EncryptionContext", {}).items()))
    yield Target(f"kms:{call.operation}", key_arn(call, call.parameters.get("KeyId", "")), encryption_context=context)


def _alias(call: Call) -> Iterator[Target]:
    alias = call.arn("kms", str(call.parameters.get("AliasName")))
    key = call.parameters.get("TargetKeyId") or call.parameters.get("AliasName", "")
    yield Target(f"kms:{call.operation}", alias)
    yield Target(f"kms:{call.operation}", key_arn(call, key))


def _events(call: Call) -> Iterator[Target]:
    for bus in sorted({str(item.get("EventBusName", "default")) for item in call.parameters.get("Entries", [])}):
        yield Target("events:PutEvents", named("events", "event-bus/{}")(call, bus))


def _named_rule(call: Call) -> Iterator[Target]:
    rule = dict(RESOLVERS["events"])["Rule"]
    yield Target(f"events:{call.operation}", rule(call, str(call.parameters.get("Name", ""))))


def _log_groups(call: Call) -> Iterator[Target]:
    yield Target("logs:DescribeLogGroups", call.arn("logs", "log-group::log-stream:"))


def _every_alarm(call: Call) -> Iterator[Target]:
    yield Target("cloudwatch:DescribeAlarms", call.arn("cloudwatch", "alarm:*"))


def _service_revisions(call: Call) -> Iterator[Target]:
    for arn in call.parameters["serviceRevisionArns"]:
        yield Target("ecs:DescribeServiceRevisions", arn)
        yield Target("ecs:DescribeServiceRevisions", arn.replace(":service-revision/", ":service/").rpartition("/")[0])


def _path(call: Call) -> Iterator[Target]:
    """The path decides for everything below it, whatever holds for a single parameter.

    Systems Manager user guide, "Restricting access to Parameter Store parameters using IAM policies".
    """
    if call.parameters.get("WithDecryption"):
        raise CannotDecide("ssm:GetParametersByPath: keys of encrypted parameters are not known")
    path = str(call.parameters.get("Path", "")).strip("/")
    yield Target("ssm:GetParametersByPath", call.arn("ssm", f"parameter/{path}"))


def _assume(call: Call) -> Iterator[Target]:
    role = str(call.parameters.get("RoleArn", ""))
    yield Target("sts:AssumeRole", role)
    if call.parameters.get("Tags"):
        yield Target("sts:TagSession", role)
    if call.parameters.get("SourceIdentity"):
        yield Target("sts:SetSourceIdentity", role)


def _nothing(_: Call) -> Iterator[Target]:
    return iter(())


SPECIAL: dict[tuple[str, str], Callable[[Call], Iterator[Target]]] = {
    **{("s3", name): _object for name in ("GetObject", "HeadObject", "PutObject", "DeleteObject", "GetObjectTagging",
                                           "GetObjectAcl")},
    ("s3", "DeleteObjects"): _delete_objects,
    ("s3", "CopyObject"): _copy_object,
    **{("dynamodb", name): _items for name in ("BatchGetItem", "BatchWriteItem")},
    **{("dynamodb", name): _transaction for name in ("TransactGetItems", "TransactWriteItems")},
    **{("dynamodb", name): _restore for name in ("RestoreTableFromBackup", "RestoreTableToPointInTime")},
    ("kms", "Decrypt"): _decrypt,
    **{("kms", name): _with_key for name in ("Encrypt", "GenerateDataKey", "GenerateDataKeyWithoutPlaintext")},
    **{("kms", name): _alias for name in ("CreateAlias", "UpdateAlias", "DeleteAlias")},
    ("events", "PutEvents"): _events,
    **{("events", name): _named_rule for name in ("PutRule", "DeleteRule", "DescribeRule", "EnableRule",
                                                  "DisableRule")},
    ("logs", "DescribeLogGroups"): _log_groups,
    ("cloudwatch", "DescribeAlarms"): _every_alarm,
    ("ecs", "DescribeServiceRevisions"): _service_revisions,
    ("ssm", "GetParametersByPath"): _path,
    ("sts", "AssumeRole"): _assume,
    # "No permissions are required", and an explicit Deny has no effect (STS API reference).
    ("sts", "GetCallerIdentity"): _nothing,
}  # fmt: skip
"""Operations whose actions or resources depend on more than one parameter."""

WITHOUT_RESOURCE = {("cloudwatch", "GetMetricData"), ("cloudwatch", "ListMetrics"), ("cloudwatch", "PutMetricData")}
"""Operations that name no resource although their action may be restricted to some: IAM is asked about `*`."""

UNSUPPORTED = {
    ("backup", "CreateBackupSelection"),
    ("backup", "StartCopyJob"),
    ("ecs", "CreateService"),
    ("ecs", "RunTask"),
    ("ecs", "StartTask"),
    ("iam", "AddRoleToInstanceProfile"),
    ("kms", "ReEncrypt"),
    ("logs", "PutSubscriptionFilter"),
    ("s3", "PutBucketReplication"),
    ("s3", "SelectObjectContent"),
    ("s3", "UploadPartCopy"),
    ("secretsmanager", "BatchGetSecretValue"),
}
"""Operations that need more than the action of their name, in ways that are not written down here."""

TAGS_BY = {
    "sqs": "TagQueue",
    **dict.fromkeys(
        ("backup", "cloudwatch", "dynamodb", "ecr", "ecs", "events", "kms", "lambda", "logs", "secretsmanager", "sns"),
        "TagResource",
    ),
}
"""The action that a call with tags needs besides its own, by service."""

PASSES_ROLE: dict[tuple[str, str], tuple[tuple[str, ...], str]] = {
    ("ecs", "RegisterTaskDefinition"): (("taskRoleArn", "executionRoleArn"), "ecs-tasks.amazonaws.com"),
    ("lambda", "CreateFunction"): (("Role",), "lambda.amazonaws.com"),
    ("lambda", "UpdateFunctionConfiguration"): (("Role",), "lambda.amazonaws.com"),
    ("backup", "StartBackupJob"): (("IamRoleArn",), "backup.amazonaws.com"),
    ("backup", "StartRestoreJob"): (("IamRoleArn",), "backup.amazonaws.com"),
    ("events", "PutRule"): (("RoleArn",), "events.amazonaws.com"),
    ("events", "PutTargets"): (("RoleArn",), "events.amazonaws.com"),
}
"""Operations that hand a role to a service: the parameters, and the service. They need `iam:PassRole` too."""
