"""The roles under which AWS Backup works: one backs up, one restores."""

from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import partition
from mcp_ops.policies import Statement, allow, document

MANAGED = {
    "backup": ("service-role/AWSBackupServiceRolePolicyForBackup", "AWSBackupServiceRolePolicyForS3Backup"),
    "restore": ("service-role/AWSBackupServiceRolePolicyForRestores", "AWSBackupServiceRolePolicyForS3Restore"),
}
"""AWS's own policies for its service; those for S3 do not stand under service-role."""

_DESCRIPTIONS = {"backup": "Backs up what servers keep", "restore": "Restores backups"}


def register_role(
    name: str,
    task: str,
    region: str,
    args: Mapping[str, Any],
    tags: dict[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> aws.iam.Role:
    """Registers the role for `task`: `backup` or `restore`. `args` give its boundary and the keys that it needs."""
    role = aws.iam.Role(
        f"{name}-{task}",
        description=f"{_DESCRIPTIONS[task]}: {name}",
        # AWS Backup documents no source for roles that it takes, and a condition that it does not meet would end all
        # backups; who may hand it the role is decided by iam:PassRole.
        assume_role_policy=document(
            {"Effect": "Allow", "Principal": {"Service": "backup.amazonaws.com"}, "Action": "sts:AssumeRole"}
        ),
        permissions_boundary=args.get("permissions_boundary_arn"),
        tags=tags,
        opts=child,
    )
    for policy in MANAGED[task]:
        aws.iam.RolePolicyAttachment(
            f"{name}-{task}-{policy.rsplit('/', maxsplit=1)[-1]}",
            role=role.name,
            policy_arn=f"arn:{partition(region)}:iam::aws:policy/{policy}",
            opts=child,
        )
    keys = list(args.get("store_key_arns") or ())
    if keys:
        statements = _key_statements(keys)
        aws.iam.RolePolicy(f"{name}-{task}-keys", role=role.name, policy=document(*statements), opts=child)
    return role


def _key_statements(keys: list[pulumi.Input[str]]) -> list[Statement]:
    use = ["kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey", "kms:ReEncryptFrom", "kms:ReEncryptTo"]
    grant = {"Bool": {"kms:GrantIsForAWSResource": "true"}}
    return [allow("StoreKeys", use, keys), allow("StoreKeysForServices", ["kms:CreateGrant"], keys, grant)]
