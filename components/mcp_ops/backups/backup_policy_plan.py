"""What a backup policy is: when, how long, where to, and how firmly. Pure."""

from dataclasses import dataclass

from mcp_ops import naming
from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE, arn
from mcp_ops.backups.backup_policy_args import BackupCopyArgs, BackupLockArgs, BackupPolicyArgs
from mcp_ops.backups.state_store_plan import check_replica_region
from mcp_ops.backups.stores import PLAN_NAME, PLAN_NAME_RULE
from mcp_ops.inputs import Inputs

DAYS = (1, 36500)
"""Days that a backup can be kept (API reference of PutBackupVaultLockConfiguration)."""
COLD_DAYS = 90
"""Days that a backup must stay in cold storage (API reference of Lifecycle)."""
CONTINUOUS_DAYS = 35
"""Days of a continuous backup: the most that AWS Backup offers."""
COOLING_OFF_DAYS = (3, 36500)
"""Days in which a compliance lock can be lifted (API reference of PutBackupVaultLockConfiguration)."""
LOCKS = ("governance", "compliance")
HOUR = 3
"""Hour of the day, UTC, of the daily backup unless the input says otherwise."""


@dataclass(frozen=True)
class Rule:
    """One rule of the plan."""

    name: str
    schedule: str
    """Cron expression, UTC."""
    retention_days: int
    cold_after_days: int = 0
    """0: never."""


@dataclass(frozen=True)
class Lock:
    """The lock of a vault."""

    mode: str
    min_days: int
    max_days: int
    """0: no limit."""
    cooling_off_days: int
    """0 for governance."""


@dataclass(frozen=True)
class Copy:
    """The second copy."""

    region: str
    """Empty for none."""
    retention_days: int


@dataclass(frozen=True)
class BackupPolicyPlan:
    """What a BackupPolicy registers."""

    name: str
    account_id: str
    region: str
    rules: tuple[Rule, ...]
    continuous: Rule | None
    start_window_minutes: int
    completion_window_minutes: int
    copy: Copy | None
    lock: Lock | None
    region_settings: bool
    framework: bool
    key_deletion_window_days: int
    protect: bool

    @property
    def vault(self) -> str:
        """Name of the vault; people and alarms look it up."""
        return self.name

    @property
    def copy_vault(self) -> str:
        """Name of the vault in the other region."""
        return f"{self.name}-copy"

    def vault_arn(self, region: str, vault: str) -> str:
        """ARN of a vault of this policy."""
        return arn("backup", region, self.account_id, f"backup-vault:{vault}")


def plan_backup_policy(name: str, args: BackupPolicyArgs) -> BackupPolicyPlan:
    """Decides on the policy. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, BackupPolicyArgs)
    offences = inputs.offences
    offences.check(PLAN_NAME.fullmatch(name), "name", name, PLAN_NAME_RULE)
    naming.check_length(offences, "name", "vault", f"{name}-copy")
    rules = _rules(inputs)
    start, completion = _windows(inputs)
    region = inputs.text("region", REGION, REGION_RULE)
    continuous = _continuous(inputs, rules[0])
    copy = _copy(inputs, region, rules[0].retention_days)
    plan = BackupPolicyPlan(
        name=name,
        account_id=inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE),
        region=region,
        rules=rules,
        continuous=continuous,
        start_window_minutes=start,
        completion_window_minutes=completion,
        copy=copy,
        lock=_lock(inputs, (*rules, *([continuous] if continuous else ())), copy),
        region_settings=inputs.flag("region_settings", default=True),
        framework=inputs.flag("framework", default=False),
        key_deletion_window_days=inputs.integer("key_deletion_window_days", 30, 7, 30),
        protect=inputs.flag("protect", default=True),
    )
    offences.refuse()
    return plan


def _rules(inputs: Inputs) -> tuple[Rule, ...]:
    hour = inputs.integer("hour", HOUR, 0, 23)
    daily = inputs.integer("retention_days", 35, *DAYS)
    cold = inputs.integer("cold_storage_after_days", 0, 0, DAYS[1])
    rules = [Rule("daily", f"cron(0 {hour} * * ? *)", daily)]
    # They fall together with the daily backup; AWS Backup then makes one, and keeps it as long as the longer rule says.
    for kind, least, days in (("weekly", 7, "? * SUN *"), ("monthly", 31, "1 * ? *")):
        key = f"{kind}_retention_days"
        if inputs.has(key):
            kept = inputs.integer(key, least, least, DAYS[1])
            rule = f"is no longer than retention_days {daily}, which covers it; raise it, or leave it out"
            inputs.offences.check(kept > daily, key, kept, rule)
            _check_cold(inputs, key, kept, cold)
            rules.append(Rule(kind, f"cron(0 {hour} {days})", kept, cold))
    rule = "has no effect without weekly_retention_days or monthly_retention_days; leave it out"
    inputs.offences.check(not cold or len(rules) > 1, "cold_storage_after_days", cold, rule)
    return tuple(rules)


def _check_cold(inputs: Inputs, key: str, kept: int, cold: int) -> None:
    rule = (
        f"ends before {COLD_DAYS} days of cold storage, which begins after {cold}; "
        f"AWS wants {cold + COLD_DAYS} at least"
    )
    inputs.offences.check(not cold or kept >= cold + COLD_DAYS, key, kept, rule)


def _windows(inputs: Inputs) -> tuple[int, int]:
    start = inputs.integer("start_window_minutes", 60, 60, 1440)
    completion = inputs.integer("completion_window_minutes", 480, 1, 10080)
    rule = f"is not longer than start_window_minutes {start}; AWS Backup counts both from when the backup was due"
    inputs.offences.check(completion > start, "completion_window_minutes", completion, rule)
    return start, completion


def _continuous(inputs: Inputs, daily: Rule) -> Rule | None:
    if not inputs.flag("continuous", default=True):
        return None
    return Rule("continuous", daily.schedule, min(CONTINUOUS_DAYS, daily.retention_days))


def _copy(inputs: Inputs, region: str, daily: int) -> Copy | None:
    group = inputs.group("copy", BackupCopyArgs)
    if group is None:
        return None
    other = group.text("region", REGION, REGION_RULE)
    check_replica_region(group.offences, "region", other, region)
    somewhere = group.has("region") or group.has("vault_arns")
    group.offences.check(somewhere, "region", None, "is missing; give region, vault_arns or both")
    return Copy(other, group.integer("retention_days", daily, *DAYS))


def _lock(inputs: Inputs, rules: tuple[Rule, ...], copy: Copy | None) -> Lock | None:
    group = inputs.group("lock", BackupLockArgs)
    if group is None:
        return None
    mode = group.choice("mode", LOCKS[0], LOCKS)
    least = group.integer("min_retention_days", 7, *DAYS)
    most = group.integer("max_retention_days", 0, *DAYS)
    kept = [(f"{rule.name} backups", rule.retention_days) for rule in rules]
    if copy:
        kept.append(("copies", copy.retention_days))
    for what, days in kept:
        rule = f"exceeds the {days} days that {what} are kept; the vault would refuse them"
        group.offences.check(least <= days, "min_retention_days", least, rule)
        rule = f"is less than the {days} days that {what} are kept; the vault would refuse them"
        group.offences.check(not most or most >= days, "max_retention_days", most, rule)
    return Lock(mode, least, most, _cooling_off(group, mode))


def _cooling_off(group: Inputs, mode: str) -> int:
    days = group.integer("cooling_off_days", 30, *COOLING_OFF_DAYS)
    accepted = group.flag("accept_irrevocable_lock", default=False)
    rule = (
        f"can be lifted by nobody from {days} days after the deployment on; say so with accept_irrevocable_lock: true, "
        "or use governance"
    )
    group.offences.check(accepted or mode != LOCKS[1], "mode", mode, rule)
    for key in ("accept_irrevocable_lock", "cooling_off_days"):
        rule = "has no effect with mode governance; leave it out, or use compliance"
        group.offences.check(not group.has(key) or mode == LOCKS[1], key, group.given(key), rule)
    return days if mode == LOCKS[1] else 0
