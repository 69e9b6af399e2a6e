"""`mcp-ops release`: whether a release is good, what runs, and going back."""

import argparse
import json
import os
import re
import time
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from mcp_ops.commands.arguments import Stack, Target
from mcp_ops.commands.environments import add_environment, environment_of
from mcp_ops.commands.exit_codes import FAILED, PASSED
from mcp_ops.commands.shared import add_stack, check_writable, needs_rehearsal, write
from mcp_ops.delivery.release_gate_plan import DIGEST, DIGEST_RULE
from mcp_ops.errors import InputError, Offence, Offences

if TYPE_CHECKING:
    from mcp_ops.delivery.verification import Evidence, Wanted
    from mcp_ops.releases import History, Release

POLL_SECONDS = 10
TOKEN_VARIABLE = "MCP_ACCESS_TOKEN"  # noqa: S105 - the name of a variable
_ADDRESS = re.compile(r"https://[^/\s]+/\S*|http://(127\.[\d.]+|localhost|\[::1\])(:\d+)?/\S*")


def add(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    """Tells the parser of it."""
    parsers = commands.add_parser("release", help="verify a release, see what runs, go back").add_subparsers(
        required=True, metavar="COMMAND"
    )
    verify = parsers.add_parser(
        "verify", help="use a released server as a caller does", description=f"A token is taken from {TOKEN_VARIABLE}."
    )
    verify.add_argument("url", help="canonical URL of the server")
    verify.add_argument("--tools-digest", metavar="DIGEST", default="", help="digest that its tools must have")
    verify.add_argument("--call", metavar="JSON", default="", help="harmless call: {tool, arguments, expect}")
    verify.add_argument("--latency", metavar="SECONDS", type=float, default=0.5, help="limit of p95 (default 0.5)")
    verify.add_argument(
        "--samples", metavar="COUNT", type=int, default=20, help="calls sampled, 1 to 1000 (default 20)"
    )
    verify.add_argument("--stack", action=Stack, help="also look in AWS whether the server runs the image ...")
    verify.add_argument("--server", help="... of this server")
    verify.add_argument("--digest", default="", help="... with this digest (default: what the stack file names)")
    verify.add_argument("--complete", action="store_true", help="fail where something could not be checked")
    verify.add_argument("--evidence", metavar="FILE", action=Target, help="write the JSON document to a file, too")
    verify.set_defaults(command=run_verify)
    status = parsers.add_parser("status", help="what each server runs, and what it would go back to")
    add_stack(status)
    status.set_defaults(command=run_status)
    rollback = parsers.add_parser("rollback", help="put a server back to its last good release, at once")
    add_stack(rollback)
    rollback.add_argument("server", help="name of the server")
    rollback.add_argument(
        "--minutes", type=int, default=15, help="how long to wait for the end, 0 not at all (default 15)"
    )
    rollback.set_defaults(command=run_rollback)
    for parser in (verify, status, rollback):
        parser.add_argument("--json", action="store_true", help="print one JSON document")
        add_environment(parser)


def run_verify(options: argparse.Namespace) -> int:
    """Verifies one release."""
    from mcp_ops.delivery.verification import verified

    wanted = _wanted(options)
    if options.stack:
        needs_rehearsal()
    check_writable(options.evidence, "--evidence")
    evidence = verified(options.url, wanted)
    if options.stack:
        _image(options, evidence)
    document = json.dumps(evidence.as_json(), indent=2)
    if options.evidence:
        write(options.evidence, "--evidence", f"{document}\n")
    if options.json:
        print(document)
    else:
        for item in evidence.checks:
            print(f"{item.status:>11}  {item.name}: {item.seen}")
    return PASSED if evidence.passed and (evidence.complete or not options.complete) else FAILED


def _wanted(options: argparse.Namespace) -> "Wanted":
    """Returns what the release should be like. Raises `InputError` with every offence."""
    from mcp_function_kit.usage import Call
    from mcp_ops.delivery.verification import Wanted

    offences = Offences()
    offences.check(_is_address(options.url), "url", options.url, "is no address like https://host/path")
    for name in ("tools_digest", "digest"):
        value = getattr(options, name)
        offences.check(not value or DIGEST.fullmatch(value), f"--{name.replace('_', '-')}", value, DIGEST_RULE)
    offences.check(0 < options.latency <= 60, "--latency", options.latency, "is not above 0 and at most 60 seconds")  # noqa: PLR2004 - said there
    offences.check(1 <= options.samples <= 1000, "--samples", options.samples, "is not from 1 to 1000")  # noqa: PLR2004 - said there
    paired = bool(options.stack) == bool(options.server) and (options.stack or not options.digest)
    offences.check(paired, "--stack", options.stack, "goes with --server, and --digest with both")
    offences.check(
        options.stack or not options.rehearse, "--rehearse", options.rehearse, "has no effect without --stack"
    )
    call = _call(options.call, offences)
    offences.refuse()
    token = os.environ.get(TOKEN_VARIABLE, "")
    return Wanted(Call.of(call), options.tools_digest, options.latency, options.samples, token)


def _is_address(url: str) -> bool:
    try:
        return bool(_ADDRESS.fullmatch(url)) and urlsplit(url).port != 0
    except ValueError:  # a port above 65535
        return False


def _call(text: str, offences: Offences) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        found = None
    known = isinstance(found, dict) and found.keys() <= {"tool", "arguments", "expect"}
    named = known and (not found or isinstance(found.get("tool"), str))
    named = named and all(isinstance(found.get(part, {}), dict) for part in ("arguments", "expect"))
    offences.check(named, "--call", text, 'is no JSON object like {"tool": "NAME", "arguments": {}, "expect": {}}')
    return found if named else {}


def _image(options: argparse.Namespace, evidence: "Evidence") -> None:
    """Notes whether the server runs the image that it should."""
    from mcp_function_kit.protocol import Refused
    from mcp_ops.rehearsal.project import load_project

    wanted = options.digest or _named(load_project(options.project, options.stack).config, options.server)
    good = _history(options, options.server).good

    def check() -> str:
        running = good.digest if good else ""
        if running != wanted:
            raise Refused(f"runs {running or 'nothing yet'}, released is {wanted}")
        return f"runs {running}"

    if wanted:
        evidence.note("image", check)
    else:
        evidence.skip("image", "the stack file names it by tag; give --digest")


def _named(config: Any, server: str) -> str:
    """Returns the digest by which the stack file names the image; empty where it is named by tag."""
    try:
        entry = json.loads(config["mcp-ops:servers"])[server]
    except (KeyError, TypeError, ValueError):
        return ""
    image = entry.get("image", "") if isinstance(entry, dict) else entry
    return str(image).partition("@")[2]


def _history(options: argparse.Namespace, server: str) -> "History":
    from rich.console import Console

    from mcp_ops.releases import history_of, service_named, services_of

    with environment_of(options, Console(stderr=True)) as environment:
        services = services_of(environment.client("resourcegroupstaggingapi"), environment.name)
        return history_of(environment.client("ecs"), service_named(services, server))


def run_status(options: argparse.Namespace) -> int:
    """Tells what runs; fails where a deployment ended badly."""
    needs_rehearsal()
    from rich.console import Console

    from mcp_ops.releases import history_of, services_of

    with environment_of(options, Console(stderr=True)) as environment:
        services = services_of(environment.client("resourcegroupstaggingapi"), environment.name)
        histories = [history_of(environment.client("ecs"), service) for service in services.values()]
    if options.json:
        print(json.dumps({"stack": options.stack, "servers": [_document(item) for item in histories]}, indent=2))
    else:
        _print(Console(), options.stack, histories)
    return PASSED if histories and all(_well(item) for item in histories) else FAILED


def _well(history: "History") -> bool:
    from mcp_ops.releases import RUNNING, SUCCESSFUL

    return history.newest is not None and history.newest.status in {SUCCESSFUL, *RUNNING}


def _document(history: "History") -> dict[str, Any]:
    newest, good, before = history.newest, history.good, history.last_good
    return {
        "server": history.service.server,
        "runs": good.as_json() if good else None,
        "lastDeployment": newest.as_json() if newest else None,
        "goesBackTo": before.as_json() if before else None,
    }


def _print(console: Any, stack: str, histories: "list[History]") -> None:
    from rich.table import Table

    if not histories:
        console.print(f"{stack} has no servers", markup=False)
        return
    table = Table(
        "server", "runs", "last deployment", "goes back to", title=f"Releases of {stack}", title_justify="left"
    )
    for history in histories:
        newest = history.newest
        last = f"{newest.status} {_since(newest)} {newest.reason}".strip() if newest else "none"
        table.add_row(history.service.server, _told(history.good), last, _told(history.last_good))
    console.print(table)


def _told(release: "Release | None") -> str:
    return release.content if release else "nothing"


def _since(release: "Release") -> str:
    return f"{release.created.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if release.created else ""


def run_rollback(options: argparse.Namespace) -> int:
    """Puts a server back, without asking, and waits until it is."""
    needs_rehearsal()
    from rich.console import Console

    from mcp_ops.releases import history_of, roll_back, service_named, services_of

    longest = 120
    if not 0 <= options.minutes <= longest:
        raise InputError(Offence("--minutes", options.minutes, f"is not from 0 to {longest}"))
    started = datetime.now(UTC)
    with environment_of(options, Console(stderr=True)) as environment:
        ecs = environment.client("ecs")
        services = services_of(environment.client("resourcegroupstaggingapi"), environment.name)
        service = service_named(services, options.server)
        before = history_of(ecs, service)
        target = roll_back(ecs, before)
        ended = _waited(lambda: history_of(ecs, service), target, options.minutes * 60)
    document = {
        "server": options.server,
        "left": before.newest.as_json() if before.newest else None,
        "wentBackTo": target.as_json(),
        "finished": ended,
        "seconds": round((datetime.now(UTC) - started).total_seconds(), 1),
    }
    if options.json:
        print(json.dumps(document, indent=2))
    else:
        end = "runs again" if ended else "is on its way; see: mcp-ops release status"
        print(f"{options.server}: {target.content} {end} ({document['seconds']:g} s)")
        print(
            f"Pulumi.{options.stack}.yaml still names what was left: put this image there before the next `pulumi up`."
        )
    return PASSED if ended or not options.minutes else FAILED


def _waited(look: Any, target: "Release", seconds: float) -> bool:
    """Waits until the target runs; False when it does not within the time."""
    from mcp_ops.releases import GOING_BACK, RUNNING

    deadline = time.monotonic() + seconds
    while True:
        history: History = look()
        busy = history.newest is not None and history.newest.status in RUNNING | GOING_BACK
        if not busy and history.good is not None and history.good.content == target.content:
            return True
        if time.monotonic() + POLL_SECONDS > deadline:
            return False
        time.sleep(POLL_SECONDS)
