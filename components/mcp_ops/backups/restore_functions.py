"""The three functions of the restore test, and what makes each run."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import pulumi

from mcp_ops.backups.backup_alarms import NAMESPACE
from mcp_ops.backups.function_statements import (
    Stores,
    heartbeat_statements,
    validate_statements,
    watch_statements,
)
from mcp_ops.backups.restore_test_args import RestoreTestArgs
from mcp_ops.backups.restore_test_plan import RestoreTestPlan
from mcp_ops.functions import KIT, Function, FunctionArgs, code_of, on_event, on_schedule
from mcp_ops.policies import Statement

CODE = Path(__file__).parent / "functions"

BEAT_AGE_HOURS = 30
"""How old a heartbeat may be when the backup is made: a day, the half hour before it, and late starts."""

_ENDED = ["ABORTED", "COMPLETED", "FAILED"]
RESTORE_ENDED: dict[str, object] = {
    "source": ["aws.backup"],
    "detail-type": ["Restore Job State Change"],
    # AWS's documentation names the member `status` on one page and `state` on another.
    "detail": {"$or": [{"status": _ENDED}, {"state": _ENDED}]},
}
"""The event by which AWS Backup says that a restore has ended."""

_DESCRIPTIONS = {
    "heartbeat": "Writes a heartbeat into each store before the backup",
    "validate_restore": "Looks at restored data, and reports whether the copy is good",
    "watch_backups": "Measures how old backups and proved restores are",
}


class RestoreFunctions:
    """Registers the functions."""

    def __init__(self, plan: RestoreTestPlan, args: RestoreTestArgs, child: pulumi.ResourceOptions) -> None:
        self._plan, self._args, self._child = plan, args, child
        stores = Stores(plan, args["stores"])
        testing = {"RESTORE_TESTING_PLAN": plan.testing_plan, "METRIC_NAMESPACE": NAMESPACE}
        self.heartbeat = self._function("heartbeat", heartbeat_statements(stores), {}, 256)
        self._scheduled(self.heartbeat, "heartbeat", plan.heartbeat_schedule)
        validating = {**testing, "MAX_RECOVERY_POINT_AGE_HOURS": str(BEAT_AGE_HOURS)}
        self.validate = self._function("validate_restore", validate_statements(stores), validating, 512)
        on_event(f"{plan.name}-restore-ended", self.validate, RESTORE_ENDED, "A restore has ended", child)
        self.watch = self._function("watch_backups", watch_statements(stores), testing, 256)
        self._scheduled(self.watch, "watch-backups", "rate(1 hour)")

    def _function(
        self, package: str, statements: Sequence[Statement], variables: Mapping[str, str], memory_mib: int
    ) -> Function:
        plan, args = self._plan, self._args
        own: FunctionArgs = {
            "code": code_of(str(CODE / package), KIT),
            "handler": f"{package}.handler.handle",
            "description": _DESCRIPTIONS[package],
            "account_id": plan.account_id,
            "region": plan.region,
            "statements": statements,
            "variables": {"ENVIRONMENT": plan.environment, "STORES_PATH": plan.stores_path, **variables},
            # A large store takes minutes; 15 are the most that AWS Lambda gives.
            "timeout_seconds": 900,
            "memory_mib": memory_mib,
            "log_retention_days": plan.log_retention_days,
            "log_group_prefix": plan.log_group_prefix,
            "tags": args.get("tags") or {},
        }
        for key in ("key_arn", "log_key_arn", "permissions_boundary_arn"):
            if args.get(key) is not None:
                own[key] = args[key]
        return Function(f"{plan.name}-{package.replace('_', '-')}", own, self._child)

    def _scheduled(self, function: Function, part: str, expression: str) -> None:
        plan = self._plan
        on_schedule(
            f"{plan.name}-{part}-schedule",
            function,
            expression,
            self._child,
            account_id=plan.account_id,
            region=plan.region,
            permissions_boundary_arn=self._args.get("permissions_boundary_arn"),
        )
