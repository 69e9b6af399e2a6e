"""Security events: how CloudTrail records each, and how many are too many. Pure.

Patterns follow the metric filters of the CIS AWS Foundations Benchmark 1.4, section 4; those on backups and on the
emergency role are this library's.
"""

from collections.abc import Sequence
from typing import NamedTuple

MAX_PATTERN = 1024
"""Longest pattern of a metric filter (API reference of PutMetricFilter)."""

EMERGENCY_SUFFIX = "-emergency"
"""What the names of emergency roles end with."""


class SecurityEvent(NamedTuple):
    """One kind of event."""

    pattern: str
    """Filter pattern of CloudWatch Logs."""
    meaning: str
    """What happened, for the alarm."""
    threshold: int = 1
    """Events within five minutes that raise the alarm."""


def _calls(source: str, names: Sequence[str]) -> str:
    events = " || ".join(f'($.eventName = "{name}")' for name in names)
    return f'{{ ($.eventSource = "{source}.amazonaws.com") && ({events}) }}'


_IAM = (
    "AddUserToGroup",
    "Attach*",
    "Create*",
    "Delete*",
    "Detach*",
    "Put*",
    "SetDefaultPolicyVersion",
    "UpdateAccessKey",
    "UpdateAssumeRolePolicy",
    "UpdateLoginProfile",
    "UpdateSAMLProvider",
    "UpdateOpenIDConnectProvider*",
)
_NETWORK = (
    "AuthorizeSecurityGroup*",
    "CreateNetworkAcl*",
    "CreateSecurityGroup",
    "DeleteNetworkAcl*",
    "DeleteSecurityGroup",
    "ModifySecurityGroupRules",
    "ReplaceNetworkAcl*",
    "RevokeSecurityGroup*",
)
_BACKUP = (
    "Delete*",
    "DisassociateRecoveryPoint*",
    "PutBackupVaultAccessPolicy",
    "PutBackupVaultLockConfiguration",
    "StopBackupJob",
    "UpdateBackupPlan",
    "UpdateGlobalSettings",
    "UpdateRecoveryPointLifecycle",
    "UpdateRegionSettings",
)
_TRAIL = ("CreateTrail", "DeleteTrail", "PutEventSelectors", "StartLogging", "StopLogging", "UpdateTrail")
_KEYS = ("DisableKey", "PutKeyPolicy", "ScheduleKeyDeletion")

EVENTS = {
    "root-use": SecurityEvent(
        '{ ($.userIdentity.type = "Root") && ($.userIdentity.invokedBy NOT EXISTS) && '
        '($.eventType != "AwsServiceEvent") }',
        "The root user of the account did something",
    ),
    "sign-in-without-mfa": SecurityEvent(
        '{ ($.eventName = "ConsoleLogin") && ($.additionalEventData.MFAUsed != "Yes") && '
        '($.userIdentity.type = "IAMUser") && ($.responseElements.ConsoleLogin = "Success") }',
        "A user signed in to the console without a second factor",
    ),
    "unauthorised-calls": SecurityEvent(
        '{ (($.errorCode = "*UnauthorizedOperation") || ($.errorCode = "AccessDenied*")) && '
        '($.sourceIPAddress != "delivery.logs.amazonaws.com") && ($.eventName != "HeadBucket") }',
        "Calls were refused for want of permission",
        threshold=10,
    ),
    "iam-changes": SecurityEvent(_calls("iam", _IAM), "A role, user, policy or identity provider changed"),
    "key-changes": SecurityEvent(_calls("kms", _KEYS), "A key was disabled, opened to others or set to be deleted"),
    "trail-changes": SecurityEvent(_calls("cloudtrail", _TRAIL), "A trail changed or stopped"),
    "network-changes": SecurityEvent(_calls("ec2", _NETWORK), "A security group or network ACL changed"),
    "backup-changes": SecurityEvent(_calls("backup", _BACKUP), "A backup, its plan, its vault or its lock changed"),
    "emergency-role-use": SecurityEvent(
        '{ ($.eventSource = "sts.amazonaws.com") && ($.eventName = "AssumeRole*") && '
        f'($.requestParameters.roleArn = "*{EMERGENCY_SUFFIX}") }}',
        "Somebody took the emergency role, or tried to",
    ),
}
"""What raises an alarm, by name."""
