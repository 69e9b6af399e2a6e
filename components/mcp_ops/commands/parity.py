"""`mcp-ops parity`: the stacks side by side."""

import argparse
import json

from mcp_ops.commands.exit_codes import FAILED, PASSED
from mcp_ops.commands.shared import add_project, needs_rehearsal


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Tells the parser of it."""
    parser = commands.add_parser("parity", help="compare the stacks: same keys, same resources, declared differences")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    add_project(parser)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Compares the stacks and reports."""
    needs_rehearsal()
    from rich.console import Console

    from mcp_ops.rehearsal.parity import compared
    from mcp_ops.rehearsal.report.parity_text import print_parity

    parity = compared(options.project)
    if options.json:
        print(json.dumps(parity.as_json(), indent=2, ensure_ascii=False))
    else:
        print_parity(Console(), parity)
    return PASSED if parity.passed else FAILED
