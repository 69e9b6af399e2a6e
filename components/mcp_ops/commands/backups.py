"""`mcp-ops backups`: whether backups are good, and restoring them."""

import argparse
import json
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from mcp_ops.commands.environments import add_environment, environment_of
from mcp_ops.commands.exit_codes import FAILED, PASSED
from mcp_ops.commands.shared import add_stack, needs_rehearsal

if TYPE_CHECKING:
    from rich.console import Console

    from mcp_ops.backups.operations.inventory import Environment
    from mcp_ops.backups.operations.restore import RestorePlan, Verdict

POLL_SECONDS = 10
"""Seconds between two looks at a restore job; AWS Backup moves its percentage about every minute."""


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Tells the parser of it."""
    parsers = commands.add_parser("backups", help="see whether backups are good, and restore them").add_subparsers(
        required=True, metavar="COMMAND"
    )
    status = parsers.add_parser("status", help="what is protected, last backup, last proved restore, RTO and RPO")
    add_stack(status)
    status.add_argument("--json", action="store_true", help="print one JSON document")
    status.set_defaults(command=run_status)
    restore = parsers.add_parser("restore", help="restore a store to a new resource; never overwrites")
    add_stack(restore)
    restore.add_argument("store", help="name of the store, as status shows it")
    restore.add_argument("--to", metavar="NAME", required=True, help="name of the new resource: <stack>-restored-...")
    restore.add_argument(
        "--at", metavar="TIME", type=moment, help="the newest backup until then, ISO 8601, UTC without zone"
    )
    restore.add_argument("--yes", action="store_true", help="do not ask for confirmation")
    restore.set_defaults(command=run_restore)
    for parser in (status, restore):
        add_environment(parser)
        parser.add_argument("--policy", metavar="NAME", help="name of the backup policy (default: mcp-ENVIRONMENT)")


def moment(text: str) -> datetime:
    """Reads a time; without zone it is UTC."""
    try:
        value = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text} is no time; write it like 2026-11-21T03:00:00") from None
    return value if value.tzinfo else value.replace(tzinfo=UTC)


def run_status(options: argparse.Namespace) -> int:
    """Reports on every store."""
    needs_rehearsal()
    from rich.console import Console

    from mcp_ops.backups.operations.status import status_of

    with environment_of(options, Console(stderr=True)) as environment:
        found = status_of(environment, datetime.now(UTC))
    if options.json:
        print(json.dumps([item.as_json() for item in found], indent=2))
    else:
        _print_status(Console(), environment.name, [item.as_json() for item in found])
    return PASSED if found and not any(item.problems for item in found) else FAILED


def run_restore(options: argparse.Namespace) -> int:
    """Restores one store, after asking, and has the copy validated."""
    needs_rehearsal()
    from rich.console import Console

    from mcp_ops.backups.operations.inventory import store_named, stores_of
    from mcp_ops.backups.operations.restore import plan_restore, start

    console = Console()
    with environment_of(options, console) as environment:
        store = store_named(stores_of(environment), options.store)
        plan = plan_restore(environment, store, options.to, options.at)
        _print_plan(console, plan)
        if not options.yes and console.input(f"Type {plan.to} to restore: ") != plan.to:
            console.print("nothing was restored")
            return FAILED
        return _restored(console, environment, start(environment, plan), plan)


def _restored(console: "Console", environment: "Environment", job_id: str, plan: "RestorePlan") -> int:
    from rich.progress import Progress

    from mcp_ops.backups.operations.restore import follow, validate

    with Progress(console=console, transient=True) as progress:
        bar = progress.add_task(f"restoring {plan.to}", total=100)
        job = follow(
            environment,
            job_id,
            lambda percent: progress.update(bar, completed=percent),
            lambda: time.sleep(POLL_SECONDS),
        )
    if job["Status"] != "COMPLETED":
        console.print(f"job {job_id}: {job['Status']}: {job.get('StatusMessage', 'no reason given')}", markup=False)
        return FAILED
    console.print(f"restored: {job.get('CreatedResourceArn', plan.to)} (job {job_id})", markup=False)
    verdict = validate(environment, job_id)
    _print_verdict(console, verdict)
    return PASSED if verdict.valid else FAILED


def _print_status(console: "Console", name: str, rows: list[dict[str, Any]]) -> None:
    from rich.table import Table

    if not rows:
        console.print(f"{name} has no stores and no backups")
        return
    table = Table(title=f"Backups of {name}", title_justify="left")
    for heading in ("store", "type", "backups", "last backup", "last proved restore", "RTO", "RPO", "problems"):
        table.add_column(heading, overflow="fold")
    for row in rows:
        table.add_row(
            row["store"],
            row["type"],
            str(row["backups"]),
            _said(row["backupAgeHours"], "h ago"),
            row["lastProvedRestore"] or "never",
            _said(row["recoveryMinutes"], "min"),
            _said(row["recoveryPointHours"], "h"),
            "; ".join(row["problems"]) or "none",
        )
    console.print(table)


def _said(value: float | None, unit: str) -> str:
    return "none" if value is None else f"{value:.1f} {unit}"


def _print_plan(console: "Console", plan: "RestorePlan") -> None:
    for label, value in {
        "store": f"{plan.store.name} ({plan.store.resource_type})",
        "backup of": plan.point.created.isoformat(),
        "recovery point": plan.point.arn,
        "new resource": plan.to,
        "as role": plan.role_arn,
    }.items():
        console.print(f"{label:>15}: {value}", markup=False, highlight=False)


def _print_verdict(console: "Console", verdict: "Verdict") -> None:
    for check in verdict.checks:
        mark = "passed" if check.get("passed") else "FAILED"
        text = f"{mark} {check.get('check')}: found {check.get('found')}, expected {check.get('expected')}"
        console.print(text, markup=False, highlight=False)
    for note in verdict.notes:
        console.print(f"note: {note}", markup=False, highlight=False)
    console.print("the copy is good" if verdict.valid else "the copy is NOT good: use an older backup (--at)")
