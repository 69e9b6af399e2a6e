"""What a store of secrets registers. Pure."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi

from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE, arn
from mcp_ops.inputs import Inputs
from mcp_ops.secrets.secret_plan import NAME, NAME_RULE, SecretArgs, SecretPlan, plan_secret

RECOVERY_DAYS = (7, 30)
"""Days in which a deleted secret can be restored (API reference of DeleteSecret)."""
MOST_REPLICAS = 5

_STORE = re.compile(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?")
_ARN_CHARACTERS = 120
"""Room for what only AWS knows, such as the ARN of a cluster."""
_SETTINGS_CHARACTERS = 3000
"""What the 4 KB of a function's environment leave for the settings of secrets (AWS Lambda quotas)."""


class SecretStoreArgs(TypedDict):
    """Inputs of a SecretStore."""

    secrets: Mapping[str, SecretArgs]
    """Secrets by name, at least one."""
    account_id: str
    """Account of the store, 12 digits."""
    region: str
    """Region of the store; secrets are rotated here."""
    alarm_topic_arn: pulumi.Input[str]
    """SNS topic that hears of failed and overdue rotations, refused reads, and deletions. The policies of the topic and
    of its key must admit CloudWatch and EventBridge."""
    replica_regions: NotRequired[list[str]]
    """Regions that get a copy of every secret and of the key. Default none. A key costs about 1 USD a month each."""
    recovery_window_days: NotRequired[int]
    """Days in which a deleted secret or key can be restored, 7 to 30. Default 30."""
    protect: NotRequired[bool]
    """Whether Pulumi refuses to delete secrets and key, and keeps them when the program drops them. Default true."""
    emergency_role_arn: NotRequired[pulumi.Input[str]]
    """Role of emergencies; a read by it raises an alarm."""
    permissions_boundary_arn: NotRequired[pulumi.Input[str]]
    """Boundary of every role."""
    log_key_arn: NotRequired[pulumi.Input[str]]
    """Key that encrypts the functions' logs. Default: AWS's own."""
    log_retention_days: NotRequired[int]
    """Days that the functions' logs are kept. Default 30."""
    log_group_prefix: NotRequired[str]
    """First part of the names of log groups. Default `/mcp-ops`."""
    subnet_ids: NotRequired[list[pulumi.Input[str]]]
    """Subnets from which the rotation function reaches private hooks. Default: it is in no network of the account."""
    security_group_ids: NotRequired[list[pulumi.Input[str]]]
    """Security groups in those subnets."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of everything that takes tags."""


@dataclass(frozen=True)
class SecretStorePlan:
    """What a SecretStore registers."""

    account_id: str
    region: str
    secrets: Mapping[str, SecretPlan]
    """By name, sorted."""
    replica_regions: tuple[str, ...]
    recovery_window_days: int
    protect: bool
    log_retention_days: int
    log_group_prefix: str
    prefix: str
    """What the names of the store's secrets in AWS begin with."""

    @property
    def has_function(self) -> bool:
        """Whether anything has to be made or rotated here."""
        return any(not secret.managed for secret in self.secrets.values())

    def of_kind(self, kind: str) -> list[str]:
        """Returns the names of the secrets of a kind that the store itself keeps."""
        return [name for name, secret in self.secrets.items() if secret.kind == kind and not secret.managed]

    @property
    def arn_pattern(self) -> str:
        """ARNs of the store's own secrets."""
        return arn("secretsmanager", self.region, self.account_id, f"secret:{self.prefix}*")


def plan_secret_store(name: str, args: SecretStoreArgs) -> SecretStorePlan:
    """Decides on the store. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, SecretStoreArgs)
    offences = inputs.offences
    rule = "is not the name of a store: lower case, digits and hyphens, first a letter, at most 32 characters"
    offences.check(_STORE.fullmatch(name), "name", name, rule)
    region = inputs.text("region", REGION, REGION_RULE)
    plan = SecretStorePlan(
        account_id=inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE),
        region=region,
        secrets=_secrets(inputs),
        replica_regions=_replicas(inputs, region),
        recovery_window_days=inputs.integer("recovery_window_days", RECOVERY_DAYS[1], *RECOVERY_DAYS),
        protect=inputs.flag("protect", default=True),
        log_retention_days=inputs.retention("log_retention_days", 30),
        log_group_prefix=inputs.log_group_prefix(),
        prefix=f"{name}-",
    )
    length = sum(_room(key, secret) for key, secret in plan.secrets.items())
    rule = f"need {length:,} characters of settings; a store has room for {_SETTINGS_CHARACTERS:,}; make a second one"
    offences.check(length <= _SETTINGS_CHARACTERS, "secrets", len(plan.secrets), rule)
    offences.refuse()
    return plan


def _secrets(inputs: Inputs) -> dict[str, SecretPlan]:
    given = inputs.mapping("secrets")
    inputs.offences.check(given or not inputs.has("secrets"), "secrets", {}, "has no entry; a store needs a secret")
    found = {}
    for name in sorted(given):
        inputs.offences.check(NAME.fullmatch(name), f"secrets.{name}", name, NAME_RULE)
        secret = given[name]
        below = inputs.offences.below(f"secrets.{name}")
        if isinstance(secret, Mapping):
            # The value of a key that nobody knows may be a secret, so the error must not show it.
            known = {key: value if key in SecretArgs.__annotations__ else "***" for key, value in secret.items()}
            found[name] = plan_secret(Inputs("", known, SecretArgs, below), name)
        else:
            inputs.offences.add(f"secrets.{name}", "***", "is not a group of inputs")
    return found


def _replicas(inputs: Inputs, region: str) -> tuple[str, ...]:
    regions = inputs.texts("replica_regions")
    for replica in regions:
        inputs.offences.check(REGION.fullmatch(replica), "replica_regions", replica, REGION_RULE)
        inputs.offences.check(replica != region, "replica_regions", replica, "is the primary region; name another one")
    most = f"names {len(regions)} regions; {MOST_REPLICAS} are the most"
    inputs.offences.check(len(regions) <= MOST_REPLICAS, "replica_regions", list(regions), most)
    return regions


def _room(name: str, secret: SecretPlan) -> int:
    """Returns the characters that a secret takes in the function's environment, at most."""
    arns = 3 * _ARN_CHARACTERS if secret.kind == "database" and not secret.managed else 0
    return len(json.dumps({name: dict(secret.settings)})) + arns
