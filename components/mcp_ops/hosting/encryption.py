"""Encryption keys, one per purpose.

Not managed here: which role may use a key. Each key hands that decision to IAM in its account; the components that
create a role name the key's ARN in the role's policy.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE, arn, iam_arn, partition
from mcp_ops.inputs import Inputs
from mcp_ops.policies import ENCRYPT, VERSION, Statement, account_decides, allow
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:EncryptionKeys"  # noqa: S105 - a resource type, not a password

PURPOSES = ("backups", "images", "logs", "notifications", "secrets", "state", "trail")
"""What a key may be for."""

DELETION_WINDOW_DAYS = (7, 30)
"""Days between the deletion of a key and its end (API reference of ScheduleKeyDeletion)."""

_ALIAS_PART = re.compile(r"[A-Za-z0-9_-]{1,200}")
"""What an alias may contain; 200 leaves room for `alias/` and the purpose within the 256 of CreateAlias."""


class EncryptionKeysArgs(TypedDict):
    """Inputs of EncryptionKeys."""

    purposes: list[str]
    """What keys are needed for: `backups`, `images`, `logs`, `notifications`, `secrets`, `state`, `trail`.
    Each key costs about 1 USD a month, 3 USD from its second yearly rotation on."""
    account_id: str
    """Account that owns the keys, 12 digits."""
    region: str
    """Region of the keys."""
    deletion_window_days: NotRequired[int]
    """Days in which a deleted key can still be saved, 7 to 30. Default 30."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete the keys, and keeps them when the program drops them. Default true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of every key."""


@dataclass(frozen=True)
class EncryptionKeysPlan:
    """What EncryptionKeys registers."""

    policies: Mapping[str, str]
    """Key policy, JSON, by purpose."""
    deletion_window_days: int
    protect: bool


def plan_encryption_keys(name: str, args: EncryptionKeysArgs) -> EncryptionKeysPlan:
    """Decides on the keys. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, EncryptionKeysArgs)
    inputs.offences.check(
        _ALIAS_PART.fullmatch(name),
        "name",
        name,
        "cannot be part of an alias; use letters, digits, - and _, at most 200",
    )
    purposes = inputs.texts("purposes")
    for purpose in purposes:
        inputs.offences.check(purpose in PURPOSES, "purposes", purpose, f"is not one of {', '.join(PURPOSES)}")
    account_id = inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE)
    region = inputs.text("region", REGION, REGION_RULE)
    window = inputs.integer("deletion_window_days", DELETION_WINDOW_DAYS[1], *DELETION_WINDOW_DAYS)
    protect = inputs.flag("protect", default=True)
    inputs.offences.refuse()
    policies = {purpose: key_policy(purpose, account_id, region) for purpose in purposes}
    return EncryptionKeysPlan(policies, window, protect)


def key_policy(purpose: str, account_id: str, region: str) -> str:
    """Returns the key policy for `purpose` as JSON: IAM of the account decides, and one service may use the key."""
    account = account_decides(iam_arn(region, account_id, "root"))
    services = _SERVICES.get(purpose, _no_service)(account_id, region)
    return json.dumps({"Version": VERSION, "Statement": [account, *services]})


def _no_service(_account_id: str, _region: str) -> list[Statement]:
    # ECR, Secrets Manager, DynamoDB and AWS Backup use the caller's permission or a grant: IAM decides alone.
    return []


def _log_service(account_id: str, region: str) -> list[Statement]:
    condition = {"ArnLike": {"kms:EncryptionContext:aws:logs:arn": arn("logs", region, account_id, "log-group:*")}}
    return [{**allow("LogGroups", ENCRYPT, "*", condition), "Principal": {"Service": f"logs.{region}.amazonaws.com"}}]


def _publishers(account_id: str, region: str) -> list[Statement]:
    services = [f"{service}.amazonaws.com" for service in ("backup", "budgets", "cloudwatch", "costalerts", "events")]
    # Amazon SNS always states the topic; not every publisher states its account, so the topic is what can be relied on.
    condition = {"ArnLike": {"kms:EncryptionContext:aws:sns:topicArn": arn("sns", region, account_id, "*")}}
    return [
        {
            **allow("Publishers", ["kms:Decrypt", "kms:GenerateDataKey"], "*", condition),
            "Principal": {"Service": services},
        }
    ]


def _trail_service(account_id: str, region: str) -> list[Statement]:
    principal = {"Service": "cloudtrail.amazonaws.com"}
    trails = f"arn:{partition(region)}:cloudtrail:*:{account_id}:trail/*"
    condition = {"ArnLike": {"kms:EncryptionContext:aws:cloudtrail:arn": trails}}
    return [
        {**allow("Trails", ["kms:GenerateDataKey"], "*", condition), "Principal": principal},
        {**allow("TrailsLookUp", ["kms:DescribeKey"], "*"), "Principal": principal},
    ]


_SERVICES = {"logs": _log_service, "notifications": _publishers, "trail": _trail_service}


class EncryptionKeys(pulumi.ComponentResource):
    """Keys per purpose, rotated every year, so that access to one kind of data never implies access to another."""

    arns: pulumi.Output[Mapping[str, str]]
    """ARN of each key, by purpose."""

    def __init__(self, name: str, args: EncryptionKeysArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_encryption_keys(name, args)
        super().__init__(TOKEN, name, {}, opts)
        stateful = pulumi.ResourceOptions(parent=self, protect=plan.protect, retain_on_delete=plan.protect)
        self._keys = {
            purpose: aws.kms.Key(
                f"{name}-{purpose}",
                description=f"{name}: {purpose}",
                enable_key_rotation=True,
                deletion_window_in_days=plan.deletion_window_days,
                policy=policy,
                tags=merge_tags({}, args.get("tags")),
                opts=stateful,
            )
            for purpose, policy in plan.policies.items()
        }
        for purpose, key in self._keys.items():
            aws.kms.Alias(
                f"{name}-{purpose}-alias",
                name=f"alias/{name}/{purpose}",
                target_key_id=key.key_id,
                opts=pulumi.ResourceOptions(parent=self),
            )
        self.arns = pulumi.Output.all(**{purpose: key.arn for purpose, key in self._keys.items()})
        self.register_outputs({"arns": self.arns})

    def key_arn(self, purpose: str) -> pulumi.Output[str]:
        """Returns the ARN of the key for `purpose`. Raises `KeyError` when there is none."""
        arn_of_key: pulumi.Output[str] = self._keys[purpose].arn
        return arn_of_key
