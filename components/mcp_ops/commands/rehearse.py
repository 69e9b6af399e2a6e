"""`mcp-ops rehearse`: a stack's program against simulated AWS, and drills on what it built."""

import argparse
import json
from typing import TYPE_CHECKING, Any

from mcp_ops.commands.arguments import Target
from mcp_ops.commands.exit_codes import FAILED, PASSED
from mcp_ops.commands.shared import add_project, add_stack, check_writable, needs_rehearsal, write
from mcp_ops.errors import InputError, Offence

if TYPE_CHECKING:
    from mcp_ops.rehearsal.rehearse import Rehearsal


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Tells the parser of it."""
    parser = commands.add_parser(
        "rehearse", help="run a stack's program against simulated AWS, and drill what it built"
    )
    add_stack(parser)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of the report")
    parser.add_argument(
        "--resources", metavar="FILE", action=Target, help="write one JSON object a line for every registration"
    )
    parser.add_argument("--svg", metavar="FILE", action=Target, help="save the report as a picture as well")
    drills = parser.add_mutually_exclusive_group()
    drills.add_argument("--only", metavar="DRILL", help="run this drill alone; an error where it does not apply")
    drills.add_argument("--no-drills", action="store_true", help="end once everything is deployed and checked")
    parser.add_argument("--keep", action="store_true", help="keep servers and simulated AWS up until Ctrl-C")
    parser.add_argument(
        "--allow-unknown", action="store_true", help="go on past resource types without a specification"
    )
    parser.add_argument("--strict", action="store_true", help="turn warnings about what was registered into errors")
    add_project(parser)
    parser.set_defaults(command=run)


def run(options: argparse.Namespace) -> int:
    """Rehearses a stack and reports."""
    needs_rehearsal()
    from rich.console import Console

    from mcp_ops.rehearsal.rehearse import Options, drill_named, rehearsed
    from mcp_ops.rehearsal.report.progress import ProgressBar

    only = "" if options.only is None else drill_named(options.only).name
    if options.svg is not None and options.svg == options.resources:
        raise InputError(Offence("--svg", str(options.svg), "is the file of --resources, too; name another one"))
    check_writable(options.resources, "--resources")
    check_writable(options.svg, "--svg")
    picture = options.svg is not None
    console = Console(stderr=options.json, record=picture, width=140 if picture else None)
    drilled = not options.no_drills
    chosen = Options(only=only, allow_unknown=options.allow_unknown, strict=options.strict, drilled=drilled)
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
        write(options.resources, "--resources", "".join(f"{line}\n" for line in resource_lines(found.run)))
    if options.json:
        print(json.dumps(document(found), indent=2, ensure_ascii=False), flush=True)
    if options.svg is not None or not options.json:
        print_report(console, found)
    if options.svg is not None:
        write(options.svg, "--svg", console.export_svg(title=f"mcp-ops rehearse {options.stack}"))
