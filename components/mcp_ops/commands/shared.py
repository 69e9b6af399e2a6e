"""What several commands need: the stack, the project's folder, the extra packages, and files to write."""

import argparse
import importlib.util
from pathlib import Path

from mcp_ops.commands.arguments import Folder, Stack
from mcp_ops.errors import InputError, Offence


def add_stack(parser: argparse.ArgumentParser) -> None:
    """Adds the stack."""
    parser.add_argument("stack", action=Stack, help="the stack: Pulumi.STACK.yaml")


def add_project(parser: argparse.ArgumentParser) -> None:
    """Adds `--project`."""
    parser.add_argument(
        "--project", metavar="DIR", action=Folder, default=Path(), help="folder with Pulumi.yaml (default: here)"
    )


def needs_rehearsal() -> None:
    """Refuses where the extra `rehearsal` is not installed."""
    for module in ("moto", "boto3", "rich", "yaml", "mcp"):
        if importlib.util.find_spec(module) is None:
            raise InputError(Offence("mcp-ops", module, "is not installed; run: pip install 'mcp-ops[rehearsal]'"))


def check_writable(file: Path | None, option: str) -> None:
    """Refuses an output file before any work is done, so that a wrong path costs nothing; leaves the file as it is."""
    if file is None:
        return
    try:
        existed = file.exists()
    except OSError:  # a name that is too long, or a folder that may not be looked into
        existed = True
    write(file, option, "", mode="a")
    if not existed:
        file.unlink()


def write(file: Path, option: str, text: str, mode: str = "w") -> None:
    """Writes a text file.

    Raises:
        InputError: it cannot be written.
    """
    try:
        with file.open(mode, encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise InputError(Offence(option, str(file), f"cannot be written: {error.strerror}")) from error
