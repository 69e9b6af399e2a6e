"""Where policy documents stand in the inputs of Pulumi's AWS resources."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from mcp_ops.policies import MANAGED_CHARACTERS
from mcp_ops.rehearsal.findings.document import Kind


@dataclass(frozen=True)
class Place:
    """One input that holds a policy document."""

    path: str
    """Input, camelCase; `[]` walks a list: `inlinePolicies[].policy`."""
    kind: Kind
    service: str = ""
    """Prefix of the service whose resource carries the policy; `vpce` for an endpoint."""
    limit: int = 0
    """Most characters without white space; 0 where AWS's API model says it (`simulator.model`) or nobody does."""


INLINE_LIMITS = {"role": 10240, "user": 2048, "group": 5120}
"""Characters of all inline policies of one role, user or group together, white space not counted (IAM quotas)."""
BUCKET_LIMIT = 20480
"""Bytes of a bucket policy: 20 KB (Amazon S3 User Guide, bucket policies)."""
KEY_LIMIT = 32768
"""Bytes of a key policy: 32 KB (AWS KMS quotas)."""
ENDPOINT_LIMIT = 20480
"""Characters of an endpoint policy (AWS PrivateLink guide, endpoint policies)."""


def _resource(service: str, limit: int = 0, path: str = "policy") -> tuple[Place, ...]:
    return (Place(path, "resource", service, limit),)


PLACES: dict[str, tuple[Place, ...]] = {
    "aws:apigateway/restApi:RestApi": _resource("execute-api"),
    "aws:apigateway/restApiPolicy:RestApiPolicy": _resource("execute-api"),
    "aws:backup/vaultPolicy:VaultPolicy": _resource("backup"),
    "aws:cloudwatch/eventBusPolicy:EventBusPolicy": _resource("events"),
    "aws:cloudwatch/logResourcePolicy:LogResourcePolicy": _resource("logs", path="policyDocument"),
    "aws:dynamodb/resourcePolicy:ResourcePolicy": _resource("dynamodb"),
    "aws:ec2/vpcEndpoint:VpcEndpoint": _resource("vpce", ENDPOINT_LIMIT),
    "aws:ec2/vpcEndpointPolicy:VpcEndpointPolicy": _resource("vpce", ENDPOINT_LIMIT),
    "aws:ecr/registryPolicy:RegistryPolicy": _resource("ecr"),
    "aws:ecr/repositoryPolicy:RepositoryPolicy": _resource("ecr"),
    "aws:ecrpublic/repositoryPolicy:RepositoryPolicy": _resource("ecr-public"),
    "aws:efs/fileSystemPolicy:FileSystemPolicy": _resource("elasticfilesystem"),
    "aws:iam/groupPolicy:GroupPolicy": (Place("policy", "identity", limit=INLINE_LIMITS["group"]),),
    "aws:iam/policy:Policy": (Place("policy", "identity", limit=MANAGED_CHARACTERS),),
    "aws:iam/role:Role": (
        Place("assumeRolePolicy", "trust"),
        Place("inlinePolicies[].policy", "identity", limit=INLINE_LIMITS["role"]),
    ),
    "aws:iam/rolePolicy:RolePolicy": (Place("policy", "identity", limit=INLINE_LIMITS["role"]),),
    "aws:iam/userPolicy:UserPolicy": (Place("policy", "identity", limit=INLINE_LIMITS["user"]),),
    "aws:kinesis/resourcePolicy:ResourcePolicy": _resource("kinesis"),
    "aws:kms/externalKey:ExternalKey": _resource("kms", KEY_LIMIT),
    "aws:kms/key:Key": _resource("kms", KEY_LIMIT),
    "aws:kms/keyPolicy:KeyPolicy": _resource("kms", KEY_LIMIT),
    "aws:kms/replicaKey:ReplicaKey": _resource("kms", KEY_LIMIT),
    "aws:lambda/resourcePolicy:ResourcePolicy": _resource("lambda"),
    "aws:opensearch/domainPolicy:DomainPolicy": _resource("es", path="accessPolicies"),
    "aws:s3/accessPoint:AccessPoint": _resource("s3", BUCKET_LIMIT),
    "aws:s3/bucket:Bucket": _resource("s3", BUCKET_LIMIT),
    "aws:s3/bucketPolicy:BucketPolicy": _resource("s3", BUCKET_LIMIT),
    "aws:s3/bucketV2:BucketV2": _resource("s3", BUCKET_LIMIT),
    "aws:secretsmanager/secret:Secret": _resource("secretsmanager"),
    "aws:secretsmanager/secretPolicy:SecretPolicy": _resource("secretsmanager"),
    "aws:sns/topic:Topic": _resource("sns"),
    "aws:sns/topicPolicy:TopicPolicy": _resource("sns"),
    "aws:sqs/queue:Queue": _resource("sqs"),
    "aws:sqs/queuePolicy:QueuePolicy": _resource("sqs"),
    "aws:ssoadmin/permissionSetInlinePolicy:PermissionSetInlinePolicy": (Place("inlinePolicy", "identity"),),
}
"""By Pulumi type."""


def documents(inputs: Mapping[str, Any], place: Place) -> Iterator[tuple[str, str | Mapping[str, Any]]]:
    """Yields each policy document of a place with its path; unknown and missing ones are left out."""
    head, is_list, rest = place.path.partition("[].")
    value = inputs.get(head)
    if not is_list:
        if isinstance(value, str | Mapping) and value:
            yield head, value
        return
    for index, item in enumerate(value if isinstance(value, list) else []):
        if isinstance(item, Mapping):
            inner = Place(rest, place.kind)
            yield from ((f"{head}[{index}].{path}", document) for path, document in documents(item, inner))
