"""The command line: `mcp-ops COMMAND`.

Exit codes: 0 passed, 1 something failed, 2 wrong settings or usage.
"""

import argparse
import atexit
import gc
import sys
from collections.abc import Callable, Sequence

from mcp_ops.commands import backups, dashboard, init, parity, pipeline, rehearse, release, secrets, settings
from mcp_ops.commands.exit_codes import FAILED, INTERRUPTED, REFUSED
from mcp_ops.commands.output import Lost, checked_output
from mcp_ops.errors import InputError

COMMANDS = (rehearse, parity, settings, secrets, backups, dashboard, release, pipeline, init)
"""In the order in which `--help` lists them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    atexit.register(gc.freeze)  # the process ends: looking through a whole rehearsal once more takes seconds
    try:
        with checked_output():
            return _ended(arguments)
    except InputError as error:
        print(error, file=sys.stderr)
        return REFUSED
    except Lost as lost:
        if not lost.unwanted:
            print(lost, file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _ended(arguments: Sequence[str] | None) -> int:
    """Runs one command and returns its exit code, also for what it refuses."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    return command(options)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mcp-ops", description="Rehearse, compare, check and operate environments that host MCP servers."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(commands)
    return parser


if __name__ == "__main__":
    sys.exit(main())
