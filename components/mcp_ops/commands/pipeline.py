"""`mcp-ops pipeline`: the steps of the pipeline, as workflows call them and people can."""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable
from pathlib import Path

from mcp_ops.commands.arguments import Target, unreadable
from mcp_ops.commands.exit_codes import FAILED, PASSED
from mcp_ops.commands.shared import add_project, add_stack, check_writable, needs_rehearsal, write
from mcp_ops.delivery.github_names import ID, OWNER, REPOSITORY
from mcp_ops.delivery.pipeline import images, scans, steps
from mcp_ops.delivery.pipeline.promotion import differences
from mcp_ops.delivery.pipeline.steps import Where
from mcp_ops.delivery.pipeline.tools import Tools
from mcp_ops.errors import InputError, Offence, Offences

_DOCKERFILES = ("Dockerfile", "dockerfile")
"""What Docker looks for, in this order."""
_REPOSITORY = re.compile(f"{OWNER.pattern}/{REPOSITORY.pattern}")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Tells the parser of it."""
    pipeline = commands.add_parser(
        "pipeline", help="the steps of the pipeline: preview, deploy, drift, promotion, image, scan"
    )
    parts = pipeline.add_subparsers(required=True, metavar="STEP")
    preview = _of_stack(parts, "preview", "show what an update would change", _preview)
    preview.add_argument("--pull-request", metavar="NUMBER", default="", help="comment on this pull request")
    deploy = _of_stack(parts, "deploy", "update the stack and verify its servers", _deploy)
    deploy.add_argument("--evidence", metavar="FILE", action=Target, help="write what happened as JSON")
    _of_stack(parts, "drift", "compare the stack with what is there; tell by an issue", _drift)
    promotion = parts.add_parser(
        "promotion", help="check that prod runs the images of staging, and staging those of dev"
    )
    add_project(promotion)
    promotion.set_defaults(command=_promotion)
    image = parts.add_parser("image", help="build, push, scan and sign an image; print its digest")
    image.add_argument("context", help="folder with the Dockerfile, from the project's folder on")
    image.add_argument("repository", help="repository with the registry's host")
    image.add_argument("--tag", required=True, help="tag beside the digest, such as the commit")
    add_project(image)
    image.set_defaults(command=_image)
    scan = parts.add_parser("scan", help="look for known vulnerabilities and secrets; fail where nobody could look")
    scan.add_argument("scanner", nargs="*", help=f"one of {', '.join(scans.SCANNERS)} (default: all)")
    add_project(scan)
    scan.set_defaults(command=_scan)


def _of_stack(
    parts: "argparse._SubParsersAction[argparse.ArgumentParser]",
    name: str,
    text: str,
    command: Callable[[argparse.Namespace], int],
) -> argparse.ArgumentParser:
    parser = parts.add_parser(name, help=text)
    add_stack(parser)
    parser.add_argument(
        "--repository",
        metavar="OWNER/NAME",
        default=os.environ.get("GITHUB_REPOSITORY", ""),
        help="tell people there, by gh (default: $GITHUB_REPOSITORY)",
    )
    add_project(parser)
    parser.set_defaults(command=command)
    return parser


def _where(options: argparse.Namespace) -> Where:
    from mcp_ops.rehearsal.project import stack_names

    known = stack_names(options.project)
    if options.stack not in known:
        place = f"has no file Pulumi.{options.stack}.yaml in {options.project.resolve().name}/"
        raise InputError(Offence("stack", options.stack, f"{place}; known stacks: {', '.join(known) or 'none'}"))
    if options.repository and not _REPOSITORY.fullmatch(options.repository):
        raise InputError(Offence("--repository", options.repository, "is not OWNER/NAME on GitHub"))
    _check_written_for_github("GITHUB_STEP_SUMMARY")
    return Where(Tools(options.project), options.stack, options.repository)


def _check_written_for_github(variable: str) -> None:
    """Refuses a file of the job that cannot be written, before the step does anything."""
    file = os.environ.get(variable)
    check_writable(Path(file) if file else None, variable)


def _preview(options: argparse.Namespace) -> int:
    number = options.pull_request
    if number and not ID.fullmatch(number):
        raise InputError(Offence("--pull-request", number, "is not the number of a pull request"))
    if number and not options.repository:
        raise InputError(Offence("--pull-request", number, "is of no repository; give --repository OWNER/NAME"))
    return PASSED if steps.preview(_where(options), options.pull_request) else FAILED


def _drift(options: argparse.Namespace) -> int:
    return PASSED if steps.drift(_where(options)) else FAILED


def _deploy(options: argparse.Namespace) -> int:
    check_writable(options.evidence, "--evidence")
    evidence = steps.deploy(
        _where(options), lambda url: [sys.executable, "-m", "mcp_ops.cli", "release", "verify", url, "--json"]
    )
    text = json.dumps(evidence, indent=2)
    if options.evidence:
        write(options.evidence, "--evidence", f"{text}\n")
    print(text)
    return PASSED if evidence["passed"] else FAILED


def _promotion(options: argparse.Namespace) -> int:
    needs_rehearsal()
    from mcp_ops.rehearsal.project import read_mapping, stack_names

    files = {name: read_mapping(options.project / f"Pulumi.{name}.yaml") for name in stack_names(options.project)}
    found = list(differences(files))
    for line in found:
        print(line)
    if not found:
        print("every image by digest has run in the environment before")
    return FAILED if found else PASSED


def _image(options: argparse.Namespace) -> int:
    _check_context(options.project, options.context)
    _check_written_for_github("GITHUB_OUTPUT")
    digest = images.pushed(Tools(options.project), options.project, options.context, options.repository, options.tag)
    print(f"digest={digest}")
    output = os.environ.get("GITHUB_OUTPUT")
    if output:
        write(Path(output), "GITHUB_OUTPUT", f"digest={digest}\n", mode="a")
    return PASSED


def _check_context(project: Path, context: str) -> None:
    """Refuses what Docker could not build from. A relative path begins at the project, where Docker is run."""
    folder = project / context
    if not context:
        raise InputError(Offence("context", context, "is no path; name the folder with the Dockerfile"))
    reason = unreadable(folder)
    if reason:
        raise InputError(Offence("context", context, f"{reason}; name the folder with the Dockerfile"))
    if not any((folder / name).is_file() for name in _DOCKERFILES):
        raise InputError(Offence("context", context, "holds no Dockerfile"))


def _scan(options: argparse.Namespace) -> int:
    offences = Offences()
    for name in options.scanner:
        offences.check(name in scans.SCANNERS, "scanner", name, f"is not known; use {', '.join(scans.SCANNERS)}")
    offences.refuse()
    ends = scans.scanned(Tools(options.project), options.project, options.scanner)
    for name, end in ends.items():
        print(f"{name}: {end}")
    return FAILED if any(end.startswith("failed") for end in ends.values()) else PASSED
