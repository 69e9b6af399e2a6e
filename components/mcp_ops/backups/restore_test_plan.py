"""What a restore test is: when, of what, and what counts as too slow or too old. Pure."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from mcp_ops import naming
from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE
from mcp_ops.backups.backup_alarms import ALARMS
from mcp_ops.backups.backup_policy_plan import HOUR
from mcp_ops.backups.restore_test_args import RestoredStoreArgs, RestoreTestArgs
from mcp_ops.backups.stores import KINDS, PLAN_NAME, PLAN_NAME_RULE, STORE_NAME, STORE_NAME_RULE
from mcp_ops.errors import Offences
from mcp_ops.inputs import Inputs

RESTORE_TEST_NAME = 50
"""Longest name of a restore testing plan or selection, which has letters, digits and _ (CreateRestoreTestingPlan)."""
MAX_STORES = 100

_ENVIRONMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
_ENVIRONMENT_RULE = "is not an environment; use letters, digits, - and _, at most 32"
_SCHEDULE = re.compile(r"cron\([^()]{9,200}\)")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")
_NAME_RULE = "is not a name; use letters, digits, _ and -, first a letter"


@dataclass(frozen=True)
class TestedStore:
    """One store."""

    kind: str
    tolerance_percent: int
    full_comparison: bool


@dataclass(frozen=True)
class RestoreTestPlan:
    """What a RestoreTest registers."""

    name: str
    environment: str
    account_id: str
    region: str
    backup_plan: str
    stores: Mapping[str, TestedStore]
    """By name, sorted."""
    schedule: str
    heartbeat_schedule: str
    selection_window_days: int
    start_window_hours: int
    validation_window_hours: int
    recovery_minutes: int
    recovery_point_hours: int
    log_retention_days: int
    log_group_prefix: str

    @property
    def testing_plan(self) -> str:
        """Name of the restore testing plan."""
        return restore_test_name(self.name, "restores")

    @property
    def stores_path(self) -> str:
        """Path of the parameters that tell the functions what to look for."""
        return f"{self.log_group_prefix.rstrip('/')}/{self.environment}/stores"

    @property
    def kinds(self) -> tuple[str, ...]:
        """Kinds of stores in use."""
        return tuple(kind for kind in KINDS if any(store.kind == kind for store in self.stores.values()))

    def of_kind(self, kind: str) -> list[str]:
        """Returns the names of the stores of one kind."""
        return [name for name, store in self.stores.items() if store.kind == kind]


def restore_test_name(name: str, part: str) -> str:
    """Returns a name for AWS Backup's restore testing, which knows no hyphens."""
    return f"{name}_{part}".replace("-", "_")


def plan_restore_test(name: str, args: RestoreTestArgs) -> RestoreTestPlan:
    """Decides on the test. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, RestoreTestArgs)
    prefix = inputs.log_group_prefix()
    environment = inputs.text("environment", _ENVIRONMENT, _ENVIRONMENT_RULE)
    stores = _stores(inputs)
    hour = inputs.integer("backup_hour", HOUR, 0, 23)
    plan = RestoreTestPlan(
        name=name,
        environment=environment,
        account_id=inputs.text("account_id", ACCOUNT_ID, ACCOUNT_ID_RULE),
        region=inputs.text("region", REGION, REGION_RULE),
        backup_plan=inputs.text("backup_plan", PLAN_NAME, PLAN_NAME_RULE),
        stores=stores,
        schedule=inputs.text(
            "schedule", _SCHEDULE, "is not a schedule such as cron(0 6 ? * SUN *)", "cron(0 6 ? * SUN *)"
        ),
        heartbeat_schedule=f"cron(30 {(hour - 1) % 24} * * ? *)",
        selection_window_days=inputs.integer("selection_window_days", 7, 1, 365),
        start_window_hours=inputs.integer("start_window_hours", 1, 1, 168),
        validation_window_hours=inputs.integer("validation_window_hours", 4, 1, 168),
        recovery_minutes=inputs.integer("recovery_minutes", 30, 1, 10080),
        recovery_point_hours=inputs.integer("recovery_point_hours", 24, 1, 168),
        log_retention_days=inputs.retention("log_retention_days", 30),
        log_group_prefix=prefix,
    )
    _check_names(inputs.offences, plan)
    inputs.offences.refuse()
    return plan


def _stores(inputs: Inputs) -> dict[str, TestedStore]:
    given = inputs.mapping("stores")
    few = f"has {len(given)} entries; give 1 to {MAX_STORES}"
    inputs.offences.check(1 <= len(given) <= MAX_STORES, "stores", sorted(given), few)
    stores = {}
    for store, value in sorted(given.items()):
        inputs.offences.check(STORE_NAME.fullmatch(store), "stores", store, STORE_NAME_RULE)
        if not isinstance(value, Mapping):
            inputs.offences.add(f"stores.{store}", value, "is not a group of inputs")
            continue
        group = Inputs("", value, RestoredStoreArgs, inputs.offences.below(f"stores.{store}"))
        stores[store] = TestedStore(
            kind=group.choice("kind", "table", tuple(KINDS)),
            tolerance_percent=group.integer("tolerance_percent", 20, 0, 100),
            full_comparison=group.flag("full_comparison", default=False),
        )
    return stores


def _check_names(offences: Offences, plan: RestoreTestPlan) -> None:
    offences.check(_NAME.fullmatch(plan.name), "name", plan.name, _NAME_RULE)
    for made in (plan.testing_plan, restore_test_name(plan.name, "dynamodb")):
        rule = f"leads to {made}, which has {len(made)} characters; AWS Backup allows {RESTORE_TEST_NAME}"
        offences.check(len(made) <= RESTORE_TEST_NAME, "name", plan.name, rule)
    for function in ("heartbeat", "validate-restore", "watch-backups"):
        naming.check_length(offences, "name", "function", f"{plan.name}-{function}", autonamed=True)
    longest = max((f"{plan.name}-{store}-{alarm}" for store in plan.stores for alarm in ALARMS), key=len, default="")
    naming.check_length(offences, "name", "alarm", longest)
