"""`mcp-ops secrets status`: age, next rotation, readers and users of every secret of an environment."""

import argparse
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mcp_ops.commands.environments import add_environment, environment_of
from mcp_ops.commands.exit_codes import FAILED, PASSED
from mcp_ops.commands.shared import add_stack, needs_rehearsal

if TYPE_CHECKING:
    from rich.console import Console

    from mcp_ops.secrets.status import Status


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Tells the parser of it."""
    group = commands.add_parser("secrets", help="how the secrets of an environment stand").add_subparsers(
        required=True, metavar="COMMAND"
    )
    status = group.add_parser("status", help="table of age, next rotation, readers and users; fails for one overdue")
    add_stack(status)
    status.add_argument("--json", action="store_true", help="print one JSON document")
    add_environment(status)
    status.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Reports on the secrets; what is overdue or stuck fails."""
    needs_rehearsal()
    from rich.console import Console

    from mcp_ops.secrets.status import statuses

    console = Console(stderr=options.json)
    with environment_of(options, console) as environment:
        found = statuses(environment.client, environment.name)
    passed = not any(status.overdue or status.pending for status in found)
    if options.json:
        document = {"stack": options.stack, "passed": passed, "secrets": [status.as_json() for status in found]}
        print(json.dumps(document, indent=2, ensure_ascii=False))
    else:
        _print(console, options.stack, found)
    return PASSED if passed else FAILED


def _print(console: "Console", stack: str, found: Sequence["Status"]) -> None:
    from rich.table import Table

    if not found:
        console.print(f"{stack} keeps no secrets in a store of mcp-ops", markup=False)
        return
    table = Table(title=f"Secrets of {stack}")
    for column in ("secret", "kind", "age", "next rotation", "readers", "users"):
        table.add_column(column, overflow="fold")
    for status in found:
        table.add_row(
            status.name,
            status.kind,
            _age(status),
            _next(status),
            "\n".join(status.readers) or "nobody is named",
            "\n".join(status.users) or "none",
        )
    console.print(table)


def _age(status: "Status") -> str:
    if status.age_days is None:
        return "no value"
    days = f"{status.age_days:.1f} of {status.most_days} days"
    return f"{days}, overdue" if status.overdue else days


def _next(status: "Status") -> str:
    if status.pending:
        return "a rotation is not finished"
    if status.next_rotation is None:
        return status.schedule or "by somebody else"
    return f"by {status.next_rotation:%Y-%m-%d}"
