"""`mcp-ops settings schema`: what the stack files may say."""

import argparse
import importlib
import json
import sys

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

    directory = main_directory(options.project)
    sys.path.insert(0, str(directory))
    try:
        module = importlib.import_module("settings")
        schema = module.json_schema()
    except (ModuleNotFoundError, AttributeError) as error:
        raise InputError(
            Offence("--project", str(options.project), f"has no settings module with a json_schema function: {error}")
        ) from error
    finally:
        sys.path.remove(str(directory))
    print(json.dumps(schema, indent=2, ensure_ascii=False))
    return PASSED
