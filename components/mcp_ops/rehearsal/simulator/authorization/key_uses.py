"""Keys that a service uses on the caller's behalf: with a customer managed key, the caller needs permission for it.

Secrets Manager User Guide, "Secret encryption and decryption"; S3 User Guide, "Using SSE-KMS"; SQS Developer Guide and
SNS Developer Guide, "Key management"; Systems Manager User Guide, "AWS KMS encryption for SecureString parameters".
"""

from collections.abc import Callable, Iterator, Sequence

from mcp_ops.rehearsal.simulator.authorization.arns import key_arn
from mcp_ops.rehearsal.simulator.authorization.call import Call, Target

_DECRYPT, _DATA_KEY = "kms:Decrypt", "kms:GenerateDataKey"

_USES: dict[tuple[str, str], tuple[str, ...]] = {
    ("secretsmanager", "GetSecretValue"): (_DECRYPT,),
    ("secretsmanager", "PutSecretValue"): (_DATA_KEY, _DECRYPT),
    ("secretsmanager", "UpdateSecret"): (_DATA_KEY, _DECRYPT),
    ("s3", "GetObject"): (_DECRYPT,),
    ("s3", "HeadObject"): (_DECRYPT,),
    ("s3", "PutObject"): (_DATA_KEY,),
    ("sqs", "SendMessage"): (_DATA_KEY, _DECRYPT),
    ("sqs", "SendMessageBatch"): (_DATA_KEY, _DECRYPT),
    ("sqs", "ReceiveMessage"): (_DECRYPT,),
    ("sns", "Publish"): (_DATA_KEY, _DECRYPT),
    ("sns", "PublishBatch"): (_DATA_KEY, _DECRYPT),
    ("ssm", "GetParameter"): (_DECRYPT,),
    ("ssm", "GetParameters"): (_DECRYPT,),
}

_AWS_MANAGED = "alias/aws/"
"""Keys that AWS keeps for a service: everybody who may use the service in the account may use them."""


def key_uses(call: Call, own: Sequence[Target]) -> Iterator[Target]:
    """Yields what a call needs on the keys of its resources."""
    actions = _USES.get((call.service, call.operation), ())
    for arn in sorted({item.resource for item in own}) if actions else ():
        key = _KEY_OF[call.service](call, arn)
        if not key or _AWS_MANAGED in key:
            continue
        context = (("SecretARN", arn),) if call.service == "secretsmanager" else None
        for action in actions:
            yield Target(action, key_arn(call, key), via=call.service, encryption_context=context)


def _of_secret(call: Call, arn: str) -> str:
    return str(call.look_up("secretsmanager", "describe_secret", arn, SecretId=arn).get("KmsKeyId", ""))


def _of_object(call: Call, arn: str) -> str:
    bucket = call.parameters["Bucket"]
    if call.operation != "PutObject":
        head = call.look_up("s3", "head_object", Bucket=bucket, Key=arn.split("/", 1)[1])
        return str(head.get("SSEKMSKeyId", ""))
    if call.parameters.get("ServerSideEncryption"):
        return str(call.parameters.get("SSEKMSKeyId", ""))
    found = call.look_up("s3", "get_bucket_encryption", Bucket=bucket)
    rules = found.get("ServerSideEncryptionConfiguration", {}).get("Rules", [])
    return next((str(rule["ApplyServerSideEncryptionByDefault"].get("KMSMasterKeyID", "")) for rule in rules), "")


def _of_queue(call: Call, _: str) -> str:
    url, names = call.parameters["QueueUrl"], ["KmsMasterKeyId"]
    found = call.look_up("sqs", "get_queue_attributes", QueueUrl=url, AttributeNames=names)
    return str(found.get("Attributes", {}).get("KmsMasterKeyId", ""))


def _of_topic(call: Call, arn: str) -> str:
    found = call.look_up("sns", "get_topic_attributes", arn, TopicArn=arn)
    return str(found.get("Attributes", {}).get("KmsMasterKeyId", ""))


def _of_parameter(call: Call, arn: str) -> str:
    if not call.parameters.get("WithDecryption"):
        return ""
    name = arn.split(":parameter/", 1)[1]
    names = [name, f"/{name}"]
    filters = [{"Key": "Name", "Values": names}]
    found = call.look_up("ssm", "describe_parameters", arn, ParameterFilters=filters)
    return next((str(item.get("KeyId", "")) for item in found.get("Parameters", [])), "")


_KEY_OF: dict[str, Callable[[Call, str], str]] = {
    "secretsmanager": _of_secret,
    "s3": _of_object,
    "sqs": _of_queue,
    "sns": _of_topic,
    "ssm": _of_parameter,
}
