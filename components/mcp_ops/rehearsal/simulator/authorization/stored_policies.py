"""The policies that simulated AWS holds: of a role, and of the resources that have some."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp_ops.rehearsal.findings.document import Kind
from mcp_ops.rehearsal.simulator.authorization.call import Call, Target
from mcp_ops.rehearsal.simulator.authorization.holding import remembered
from mcp_ops.rehearsal.simulator.authorization.policy import Policy, read_policy
from mcp_ops.rehearsal.simulator.authorization.request import account_of


@dataclass(frozen=True)
class RolePolicies:
    """What limits and allows a role."""

    identity: tuple[Policy, ...]
    boundary: Policy | None
    tags: Mapping[str, str]
    id: str
    """Unique id: `AROA...`."""


def role_policies(iam: Any, role_arn: str) -> RolePolicies:
    """Reads a role's policies by a client of its account. Raises botocore's error when there is no such role."""
    return remembered(("role", role_arn), lambda: _read(iam, role_arn))


def _read(iam: Any, role_arn: str) -> RolePolicies:
    name = role_arn.rsplit("/", 1)[-1]
    role = iam.get_role(RoleName=name)["Role"]
    inline = [
        read_policy(_document(iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"]), each)
        for page in iam.get_paginator("list_role_policies").paginate(RoleName=name)
        for each in page["PolicyNames"]
    ]
    attached = [
        _managed(iam, each["PolicyArn"])
        for page in iam.get_paginator("list_attached_role_policies").paginate(RoleName=name)
        for each in page["AttachedPolicies"]
    ]
    limit = role.get("PermissionsBoundary", {}).get("PermissionsBoundaryArn")
    return RolePolicies(
        identity=(*inline, *attached),
        boundary=_managed(iam, limit) if limit else None,
        tags={item["Key"]: item["Value"] for item in role.get("Tags", [])},
        id=role["RoleId"],
    )


def trust_policy(iam: Any, role_arn: str) -> Policy:
    """Reads a role's trust policy by a client of its account."""
    role = iam.get_role(RoleName=role_arn.rsplit("/", 1)[-1])["Role"]
    return read_policy(_document(role["AssumeRolePolicyDocument"]), role_arn, "trust")


def _managed(iam: Any, arn: str) -> Policy:
    version = iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
    document = iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"]
    return read_policy(_document(document), arn)


def _document(given: Any) -> Any:
    return json.loads(given) if isinstance(given, str) else given


def owner_of(target: Target, caller: str) -> str:
    """Returns the account that owns a resource; the caller's where no ARN tells."""
    if target.resource.startswith("arn:") and ":s3:::" in target.resource:
        from moto.s3.models import s3_backends

        bucket = target.resource.split(":::", 1)[1].split("/", 1)[0]
        partition = target.resource.split(":")[1]
        return str(s3_backends.bucket_accounts.get(bucket, (partition, caller))[1])
    return account_of(target.resource) or caller


def resource_policy(call: Call, target: Target, supplied: Mapping[str, str]) -> Policy | None:
    """Returns the policy of a resource, None when it has none. `supplied`: by ARN, to use instead of what it has."""
    service = target.action.split(":", 1)[0]
    if target.resource in supplied:
        document = supplied[target.resource]
    elif service in _READERS and target.resource.startswith("arn:"):
        document = _READERS[service](call, target.resource)
    else:
        return None
    kind: Kind = "trust" if service == "sts" else "resource"
    return read_policy(document, f"policy of {target.resource}", kind, service) if document else None


def _bucket(call: Call, arn: str) -> str:
    return _text(call, "s3", "get_bucket_policy", "Policy", Bucket=arn.split(":::", 1)[1].split("/", 1)[0])


def _key(call: Call, arn: str) -> str:
    if ":key/" not in arn:
        return ""
    return _text(call, "kms", "get_key_policy", "Policy", arn, KeyId=arn, PolicyName="default")


def _secret(call: Call, arn: str) -> str:
    return _text(call, "secretsmanager", "get_resource_policy", "ResourcePolicy", arn, SecretId=arn)


def _queue(call: Call, arn: str) -> str:
    url = call.look_up("sqs", "get_queue_url", arn, QueueName=arn.rsplit(":", 1)[1]).get("QueueUrl")
    if not url:
        return ""
    found = call.look_up("sqs", "get_queue_attributes", arn, QueueUrl=url, AttributeNames=["Policy"])
    return str(found.get("Attributes", {}).get("Policy", ""))


def _topic(call: Call, arn: str) -> str:
    return str(call.look_up("sns", "get_topic_attributes", arn, TopicArn=arn).get("Attributes", {}).get("Policy", ""))


def _function(call: Call, arn: str) -> str:
    return _text(call, "lambda", "get_policy", "Policy", arn, FunctionName=":".join(arn.split(":")[:7]))


def _repository(call: Call, arn: str) -> str:
    parameters = {"repositoryName": arn.split("repository/", 1)[1], "registryId": account_of(arn)}
    return _text(call, "ecr", "get_repository_policy", "policyText", arn, **parameters)


def _table(call: Call, arn: str) -> str:
    return _text(call, "dynamodb", "get_resource_policy", "Policy", arn, ResourceArn=arn.partition("/index/")[0])


def _bus(call: Call, arn: str) -> str:
    if ":event-bus/" not in arn:
        return ""
    return _text(call, "events", "describe_event_bus", "Policy", arn, Name=arn.split("event-bus/", 1)[1])


def _vault(call: Call, arn: str) -> str:
    """Returns the policy of a vault, which holds for the recovery points in it, too."""
    name = arn.rsplit(":", 1)[1] if ":backup-vault:" in arn else call.parameters.get("BackupVaultName")
    if not name:
        return ""
    return _text(call, "backup", "get_backup_vault_access_policy", "Policy", arn, BackupVaultName=name)


def _role(call: Call, arn: str) -> str:
    role = call.look_up("iam", "get_role", arn, RoleName=arn.rsplit("/", 1)[-1]).get("Role", {})
    return json.dumps(_document(role["AssumeRolePolicyDocument"])) if role else ""


def _text(call: Call, service: str, method: str, member: str, arn: str = "", **parameters: Any) -> str:
    return str(call.look_up(service, method, arn, **parameters).get(member) or "")


_READERS: dict[str, Callable[[Call, str], str]] = {
    "backup": _vault,
    "dynamodb": _table,
    "ecr": _repository,
    "events": _bus,
    "kms": _key,
    "lambda": _function,
    "s3": _bucket,
    "secretsmanager": _secret,
    "sns": _topic,
    "sqs": _queue,
    "sts": _role,
}
"""By prefix of the action: how to read the policy of a resource."""
