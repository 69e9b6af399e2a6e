"""The condition keys that a call carries, as far as they are known.

IAM User Guide, "AWS global condition context keys"; Service Authorization Reference, "Condition keys for" each service.
A key that stands nowhere here is unknown: a condition on it cannot be decided, unless the caller supplies it.
"""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.authorization.call import Call, Target
from mcp_ops.rehearsal.simulator.authorization.request import Principal, Value, keys_of

_FROM_PARAMETERS: dict[str, dict[str, str]] = {
    "cloudwatch": {"cloudwatch:namespace": "Namespace"},
    "iam": {"iam:PermissionsBoundary": "PermissionsBoundary", "iam:PolicyARN": "PolicyArn"},
    "s3": {
        "s3:delimiter": "Delimiter",
        "s3:max-keys": "MaxKeys",
        "s3:object-lock-legal-hold": "ObjectLockLegalHoldStatus",
        "s3:object-lock-mode": "ObjectLockMode",
        "s3:prefix": "Prefix",
        "s3:VersionId": "VersionId",
        "s3:x-amz-acl": "ACL",
        "s3:x-amz-server-side-encryption": "ServerSideEncryption",
        "s3:x-amz-server-side-encryption-aws-kms-key-id": "SSEKMSKeyId",
        "s3:x-amz-storage-class": "StorageClass",
    },
    "secretsmanager": {
        "secretsmanager:BlockPublicPolicy": "BlockPublicPolicy",
        "secretsmanager:Description": "Description",
        "secretsmanager:ForceDeleteWithoutRecovery": "ForceDeleteWithoutRecovery",
        "secretsmanager:KmsKeyId": "KmsKeyId",
        "secretsmanager:Name": "Name",
        "secretsmanager:RecoveryWindowInDays": "RecoveryWindowInDays",
        "secretsmanager:VersionId": "VersionId",
        "secretsmanager:VersionStage": "VersionStage",
    },
    "sns": {"sns:Endpoint": "Endpoint", "sns:Protocol": "Protocol"},
    "sts": {
        "sts:ExternalId": "ExternalId",
        "sts:RoleSessionName": "RoleSessionName",
        "sts:SourceIdentity": "SourceIdentity",
    },
}
"""Keys that are a parameter of the call; absent where it is not given."""

_ABSENT = frozenset(
    {
        # A role calls by itself: no service calls for it, and it is no user.
        "aws:calledvia",
        "aws:calledviafirst",
        "aws:calledvialast",
        "aws:principalservicename",
        "aws:principalservicenameslist",
        "aws:sourceaccount",
        "aws:sourcearn",
        "aws:sourceorgid",
        "aws:sourceorgpaths",
        "aws:sourceowner",
        "aws:username",
        # What is known of these stands in the context.
        "aws:principaltag/*",
        "aws:requesttag/*",
        "aws:sourceidentity",
        "aws:tagkeys",
        "iam:passedtoservice",
    }
)

_TAG_READERS: dict[str, tuple[str, str, str]] = {
    "backup": ("list_tags", "ResourceArn", "Tags"),
    "dynamodb": ("list_tags_of_resource", "ResourceArn", "Tags"),
    "ecr": ("list_tags_for_resource", "resourceArn", "tags"),
    "ecs": ("list_tags_for_resource", "resourceArn", "tags"),
    "kms": ("list_resource_tags", "KeyId", "Tags"),
    "secretsmanager": ("describe_secret", "SecretId", "Tags"),
    "sns": ("list_tags_for_resource", "ResourceArn", "Tags"),
}
"""How the tags of a resource are read: method, parameter of the ARN, member of the reply."""

_WITHOUT_TAGS = (":service-deployment/", ":service-revision/")
"""Parts of the ARNs of resources that take no tags."""


def keys_of_call(
    call: Call, target: Target, principal: Principal, owner: str
) -> tuple[dict[str, Value], frozenset[str]]:
    """Returns the keys with their values, and the keys that are certainly absent. `owner`: account of the resource."""
    found: dict[str, Value] = {
        **keys_of(principal),
        "aws:PrincipalIsAWSService": "false",
        "aws:RequestedRegion": call.place.region,
        "aws:ResourceAccount": owner,
        "aws:SecureTransport": "true",
    }
    absent = set(_ABSENT)
    if target.via:
        # Whether the network keys reach a key through a service depends on the service: they stay unknown.
        absent -= {"aws:calledvia", "aws:calledviafirst", "aws:calledvialast"}
    else:
        found["aws:ViaAWSService"] = "false"
        _add_parameters(call, found, absent)
        _add_cluster(call, found, absent)
    if target.passed_to:
        found["iam:PassedToService"] = target.passed_to
    _add_request_tags(call, found)
    _add_resource_tags(call, target, found, absent)
    if target.action.startswith("kms:"):
        _add_key_use(call, target, found, absent)
    return found, frozenset(absent)


def _add_parameters(call: Call, found: dict[str, Value], absent: set[str]) -> None:
    for key, parameter in _FROM_PARAMETERS.get(call.service, {}).items():
        value = call.parameters.get(parameter)
        if value is None:
            absent.add(key.lower())
        else:
            found[key] = str(value).lower() if isinstance(value, bool) else str(value)


def _add_cluster(call: Call, found: dict[str, Value], absent: set[str]) -> None:
    """Adds the cluster of a call of ECS, which a caller may name by its name alone."""
    cluster = call.parameters.get("cluster") if call.service == "ecs" else None
    if cluster is None:
        absent.add("ecs:cluster")
    elif ":" in cluster:
        found["ecs:cluster"] = cluster
    else:
        place = call.place
        found["ecs:cluster"] = f"arn:{place.partition}:ecs:{place.region}:{place.account}:cluster/{cluster}"


def _add_request_tags(call: Call, found: dict[str, Value]) -> None:
    given = call.parameters.get("Tags", call.parameters.get("tags")) or {}
    tags = _as_mapping(given)
    found.update({f"aws:RequestTag/{key}": value for key, value in tags.items()})
    keys = tuple(tags) or tuple(call.parameters.get("TagKeys", ()))
    if keys:
        found["aws:TagKeys"] = keys


def _add_resource_tags(call: Call, target: Target, found: dict[str, Value], absent: set[str]) -> None:
    service = target.action.split(":", 1)[0]
    if "*" in target.resource or any(kind in target.resource for kind in _WITHOUT_TAGS):
        absent.add("aws:resourcetag/*")  # nothing exists yet that could have tags, or it takes none
        return
    if service not in _TAG_READERS or not target.resource.startswith("arn:"):
        return
    method, parameter, member = _TAG_READERS[service]
    tags = _as_mapping(call.look_up(service, method, target.resource, **{parameter: target.resource}).get(member, []))
    for prefix in ("aws", service):
        found.update({f"{prefix}:ResourceTag/{key}": value for key, value in tags.items()})
        absent.add(f"{prefix}:resourcetag/*")


def _as_mapping(tags: Any) -> dict[str, str]:
    if isinstance(tags, Mapping):
        return {str(key): str(value) for key, value in tags.items()}
    pairs = [{name.lower().removeprefix("tag"): value for name, value in item.items()} for item in tags]
    return {str(item["key"]): str(item.get("value", "")) for item in pairs}


def _add_key_use(call: Call, target: Target, found: dict[str, Value], absent: set[str]) -> None:
    found["kms:CallerAccount"] = call.place.account
    if target.via:
        found["kms:ViaService"] = f"{target.via}.{call.place.region}.amazonaws.com"
    else:
        absent.add("kms:viaservice")
    if target.encryption_context is not None:
        found.update({f"kms:EncryptionContext:{key}": value for key, value in target.encryption_context})
        found["kms:EncryptionContextKeys"] = tuple(key for key, _ in target.encryption_context)
        # Secrets Manager adds the id of the version, which a caller cannot know beforehand.
        if not target.via:
            absent.add("kms:encryptioncontext:*")
