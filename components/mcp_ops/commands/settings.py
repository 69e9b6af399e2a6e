"""`mcp-ops settings schema`: what the stack files may say."""

import argparse
import importlib.util
import json
import sys
from pathlib import Path
from typing import Any

from mcp_ops.commands.exit_codes import PASSED
from mcp_ops.commands.shared import add_project, needs_rehearsal
from mcp_ops.errors import InputError, Offence


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Tells the parser of it."""
    parsers = commands.add_parser("settings", help="what the stack files may say").add_subparsers(
        required=True, metavar="COMMAND"
    )
    schema = parsers.add_parser("schema", help="print the JSON Schema of a stack file")
    add_project(schema)
    schema.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Prints the schema that the project's own `settings` module, beside its program, gives."""
    needs_rehearsal()
    from mcp_ops.rehearsal.project import main_directory

    print(_schema(options.project, main_directory(options.project)))
    return PASSED


def _schema(project: Path, directory: Path) -> str:
    """Returns the schema as JSON.

    Raises:
        InputError: there is no such module or function, or it fails.
    """
    sys.path.insert(0, str(directory))
    try:
        module: Any = importlib.import_module("settings") if importlib.util.find_spec("settings") else None
        if hasattr(module, "json_schema"):
            return json.dumps(module.json_schema(), indent=2, ensure_ascii=False)
    except Exception as error:
        rule = f"has a settings module that fails: {type(error).__name__}: {error}"
        raise InputError(Offence("--project", str(project), rule)) from error
    finally:
        sys.path.remove(str(directory))
    rule = f"has no settings module with a json_schema function: write it into {directory.name}/settings.py"
    raise InputError(Offence("--project", str(project), rule))
