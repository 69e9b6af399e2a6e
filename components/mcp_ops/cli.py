"""The command line: `mcp-ops rehearse | parity | settings`.

Exit codes: 0 passed, 1 something failed, 2 wrong settings or usage.
"""

import argparse
import importlib
import importlib.util
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp_ops.errors import InputError, Offence

if TYPE_CHECKING:
    from mcp_ops.rehearsal.rehearse import Rehearsal

PASSED, FAILED, REFUSED = 0, 1, 2
INTERRUPTED = 130


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    options = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = options.command
    try:
        return command(options)
    except InputError as error:
        print(error, file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        return INTERRUPTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="mcp-ops", description="Rehearse, compare and check environments that host MCP servers."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    rehearse = commands.add_parser(
        "rehearse", help="run a stack's program against simulated AWS, and drill what it built"
    )
    rehearse.add_argument("stack", help="the stack: Pulumi.STACK.yaml")
    rehearse.add_argument("--json", action="store_true", help="print one JSON document instead of the report")
    rehearse.add_argument(
        "--resources", metavar="FILE", type=Path, help="write one JSON object a line for every registration"
    )
    rehearse.add_argument("--svg", metavar="FILE", type=Path, help="save the report as a picture as well")
    rehearse.add_argument("--only", metavar="DRILL", default="", help="run this drill alone")
    rehearse.add_argument("--keep", action="store_true", help="keep servers and simulated AWS up until Ctrl-C")
    rehearse.add_argument(
        "--allow-unknown", action="store_true", help="go on past resource types without a specification"
    )
    rehearse.add_argument("--strict", action="store_true", help="turn warnings about what was registered into errors")
    rehearse.set_defaults(command=_rehearse)

    parity = commands.add_parser("parity", help="compare the stacks: same keys, same resources, declared differences")
    parity.add_argument("--json", action="store_true", help="print one JSON document")
    parity.set_defaults(command=_parity)

    settings = commands.add_parser("settings", help="what the stack files may say").add_subparsers(
        required=True, metavar="COMMAND"
    )
    schema = settings.add_parser("schema", help="print the JSON Schema of a stack file")
    schema.set_defaults(command=_settings_schema)

    for command in (rehearse, parity, schema):
        command.add_argument(
            "--project", metavar="DIR", type=Path, default=Path(), help="folder with Pulumi.yaml (default: here)"
        )
    return parser


def _rehearse(options: argparse.Namespace) -> int:
    _needs_rehearsal()
    from rich.console import Console

    from mcp_ops.rehearsal.rehearse import Options, rehearsed
    from mcp_ops.rehearsal.report.progress import ProgressBar

    _check_writable(options.resources, "--resources")
    _check_writable(options.svg, "--svg")
    picture = options.svg is not None
    console = Console(stderr=options.json, record=picture, width=140 if picture else None)
    chosen = Options(only=options.only, allow_unknown=options.allow_unknown, strict=options.strict)
    with (
        ProgressBar(console) as progress,
        rehearsed(options.project, options.stack, chosen, progress) as (found, stage),
    ):
        progress.stop()
        _report(found, options, console)
        if options.keep and found.passed:
            from mcp_ops.rehearsal.keep import kept_up

            kept_up(stage, console)
    return PASSED if found.passed else FAILED


def _report(found: "Rehearsal", options: argparse.Namespace, console: Any) -> None:
    from mcp_ops.rehearsal.report.documents import document, resource_lines
    from mcp_ops.rehearsal.report.text import print_report

    if options.resources is not None:
        _write(options.resources, "--resources", "".join(f"{line}\n" for line in resource_lines(found.run)))
    if options.json:
        print(json.dumps(document(found), indent=2, ensure_ascii=False), flush=True)
    if options.svg is not None or not options.json:
        print_report(console, found)
    if options.svg is not None:
        _write(options.svg, "--svg", console.export_svg(title=f"mcp-ops rehearse {options.stack}"))


def _parity(options: argparse.Namespace) -> int:
    _needs_rehearsal()
    from rich.console import Console

    from mcp_ops.rehearsal.parity import compared
    from mcp_ops.rehearsal.report.parity_text import print_parity

    parity = compared(options.project)
    if options.json:
        print(json.dumps(parity.as_json(), indent=2, ensure_ascii=False))
    else:
        print_parity(Console(), parity)
    return PASSED if parity.passed else FAILED


def _settings_schema(options: argparse.Namespace) -> int:
    """Prints the schema that the project's own `settings` module, beside its program, gives."""
    _needs_rehearsal()
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


def _check_writable(file: Path | None, option: str) -> None:
    """Refuses an output file before any work is done, so that a wrong path costs nothing; leaves the file as it is."""
    if file is None:
        return
    existed = file.exists()
    _write(file, option, "", mode="a")
    if not existed:
        file.unlink()


def _write(file: Path, option: str, text: str, mode: str = "w") -> None:
    try:
        with file.open(mode, encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise InputError(Offence(option, str(file), f"cannot be written: {error.strerror}")) from error


def _needs_rehearsal() -> None:
    """Refuses where the extra `rehearsal` is not installed."""
    for module in ("moto", "rich", "yaml", "mcp"):
        if importlib.util.find_spec(module) is None:
            raise InputError(Offence("mcp-ops", module, "is not installed; run: pip install 'mcp-ops[rehearsal]'"))


if __name__ == "__main__":
    sys.exit(main())
