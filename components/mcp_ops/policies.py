"""Builds IAM policy documents from plain values and outputs, without a provider call."""

from collections.abc import Mapping, Sequence

import pulumi

VERSION = "2012-10-17"
"""The current version of IAM's policy language."""

MANAGED_CHARACTERS = 6144
"""Longest managed policy, counted without white space (IAM and AWS STS quotas)."""

ENCRYPT = (
    "kms:Encrypt",
    "kms:Decrypt",
    "kms:ReEncryptFrom",
    "kms:ReEncryptTo",
    "kms:GenerateDataKey",
    "kms:DescribeKey",
)
"""What a service needs that writes and reads with a key."""

Condition = Mapping[str, Mapping[str, object]]
Statement = Mapping[str, object]


def allow(
    sid: str,
    actions: Sequence[str],
    resources: pulumi.Input[str] | Sequence[pulumi.Input[str]],
    condition: Condition | None = None,
) -> Statement:
    """Returns a statement that allows `actions` on `resources`."""
    statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": resources}
    return {**statement, "Condition": condition} if condition else statement


def deny(sid: str, actions: Sequence[str], condition: Condition | None = None) -> Statement:
    """Returns a statement that denies `actions` on everything."""
    return {**allow(sid, actions, "*", condition), "Effect": "Deny"}


def account_decides(account_arn: str) -> Statement:
    """Returns AWS's default statement of a key policy: without it no administrator could ever change the key."""
    return {**allow("AccountDecidesByIam", ["kms:*"], "*"), "Principal": {"AWS": account_arn}}


def document(*statements: Statement) -> pulumi.Output[str]:
    """Returns a policy document as JSON; it is known as soon as every value in it is."""
    return pulumi.Output.json_dumps({"Version": VERSION, "Statement": list(statements)})


def service_trust(service: str, account_id: str, source_arn: str) -> pulumi.Output[str]:
    """Returns a trust policy: only `service` may take the role, and only on behalf of `source_arn` in `account_id`.

    Both conditions close the confused deputy: the service acting for somebody else's resource.
    """
    condition = {"StringEquals": {"aws:SourceAccount": account_id}, "ArnLike": {"aws:SourceArn": source_arn}}
    principal = {"Service": service}
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition})
