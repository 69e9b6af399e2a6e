"""The command line: `mcp-ops COMMAND`.

Exit codes: 0 passed, 1 something failed, 2 wrong settings or usage.
"""

import argparse
import atexit
import gc
import os
import sys
from collections.abc import Callable, Sequence

from mcp_ops.commands import backups, dashboard, init, parity, pipeline, rehearse, release, secrets, settings
from mcp_ops.commands.exit_codes import FAILED, INTERRUPTED, REFUSED
from mcp_ops.errors import InputError

COMMANDS = (rehearse, parity, settings, secrets, backups, dashboard, release, pipeline, init)
"""In the order in which `--help` lists them."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    atexit.register(gc.freeze)  # the process ends: looking through a whole rehearsal once more takes seconds
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return _flushed(command(options))
    except InputError as error:
        print(error, file=sys.stderr)
        return REFUSED
    except BrokenPipeError:
        # Whoever reads standard output wants no more of it, as `head` does. What is left goes nowhere, silently.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except KeyboardInterrupt:
        return INTERRUPTED


def _flushed(code: int) -> int:
    """Returns the code once what was printed has reached its reader: after this, nobody hears that it has not."""
    sys.stdout.flush()
    return code


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
