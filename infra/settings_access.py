"""The settings of access: the record of who did what, and the roles of people."""

from typing import Annotated, Literal

from pydantic import Field

from mcp_ops.access.audit_plan import DAYS
from settings_types import Group, Pattern

TrailArn = Annotated[
    str, Pattern(r"arn:aws:cloudtrail:[a-z0-9-]+:\d{12}:trail/[A-Za-z0-9._-]{3,128}", "is not the ARN of a trail")
]
Arn = Annotated[str, Pattern(r"arn:aws:iam::\d{12}:[\w+=,.@/-]{1,600}", "is not the ARN of something in IAM")]
Claim = Annotated[str, Pattern(r"[^\s*?]{1,255}", "is not exact text; wildcards would let others in")]
ServicePrefix = Annotated[str, Pattern(r"[a-z][a-z0-9-]{0,62}", "is not the prefix of a service in IAM")]


class Audit(Group):
    """The account's trail. One stack owns it; the others in the account name it with existingTrailArn."""

    existing_trail_arn: TrailArn | None = None
    """Trail of another stack; this one then registers no trail and no detector, and every other key stays unset."""
    retention_days: Annotated[int, Field(ge=DAYS[0], le=DAYS[1])] = 400
    """Days that the archive is kept."""
    lock_days: Annotated[int, Field(ge=DAYS[0], le=DAYS[1])] | None = None
    """Days in which nobody can delete a file of the archive. Default: as long as it is kept."""
    object_lock: Literal["governance", "compliance"] = "governance"
    """governance: an administrator can lift the lock. compliance: nobody can; needs acceptIrrevocableLock."""
    accept_irrevocable_lock: bool = False
    """Says that a lock which nobody can lift is wanted."""
    guard_duty: bool = True
    """GuardDuty watches the account; a few USD a month in a small one."""
    security_hub: bool = False
    """Security Hub checks the account; most checks need AWS Config, which the program does not manage."""
    access_analyzer: bool = True
    """IAM Access Analyzer reports what outsiders can reach; free."""


class OperatorRole(Group):
    """Who may take one role, and for how long."""

    trust: Literal["saml", "oidc", "principals"]
    """People of a SAML or OIDC provider, which asks for the second factor; or principals, whom AWS asks."""
    provider_arn: Arn | None = None
    """The SAML or OIDC provider, in the environment's account."""
    audience: Claim | None = None
    """OIDC: client id that tokens are issued for."""
    subjects: tuple[Claim, ...] = ()
    """OIDC: subjects that may take the role, in full."""
    principal_arns: tuple[Arn, ...] = ()
    """Users, roles, or the root of an account, which hands the decision to that account."""
    mfa_elsewhere: bool = False
    """For principals whose second factor AWS cannot see, such as roles of IAM Identity Center."""
    session_hours: Annotated[int, Field(ge=1, le=12)] | None = None
    """Longest session: administrator 1 to 4 (default 1), operator and auditor 1 to 12 (4 and 8), emergency 1."""


class OperatorRoles(Group):
    """Roles of people. A role without an entry is not made."""

    administrator: OperatorRole | None = None
    """Administers backups, keys, trails, secrets and roles."""
    operator: OperatorRole | None = None
    """Restarts, scales and rolls back servers; reads logs."""
    auditor: OperatorRole | None = None
    """Reads configuration, logs and the trail."""
    emergency: OperatorRole | None = None
    """Contains and repairs; taking it raises an alarm."""


class Access(Group):
    """The record of who did what, the roles of people, and the upper bound of every role."""

    audit: Audit | None = None
    """The account's trail; prod needs one."""
    roles: OperatorRoles | None = None
    """Roles of people."""
    additional_services: Annotated[tuple[ServicePrefix, ...], Field(max_length=50)] = ()
    """AWS services that servers call besides those the program uses, such as bedrock: the boundary of every role lets
    them through."""
