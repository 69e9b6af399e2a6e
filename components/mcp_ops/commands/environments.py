"""The environment that a command works on: in AWS, or rehearsed."""

import argparse
import contextlib
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mcp_ops.arns import ACCOUNT_ID, ACCOUNT_ID_RULE, REGION, REGION_RULE
from mcp_ops.commands.shared import add_project
from mcp_ops.errors import InputError, Offence, Offences

if TYPE_CHECKING:
    from rich.console import Console

    from mcp_ops.backups.operations.inventory import Client, Environment

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


def add_environment(parser: argparse.ArgumentParser) -> None:
    """Adds `--rehearse` and `--project`."""
    parser.add_argument("--rehearse", action="store_true", help="work on the stack in simulated AWS, without account")
    parser.set_defaults(policy="")
    add_project(parser)


@contextlib.contextmanager
def environment_of(options: argparse.Namespace, console: "Console") -> "Iterator[Environment]":
    """Gives the environment of a stack, in AWS or rehearsed.

    Raises:
        InputError: the stack names no environment, the credentials are of another account, its rehearsal fails, or AWS
            refuses what is asked of it until the end of the `with` block.
    """
    from mcp_ops.backups.operations.inventory import Environment
    from mcp_ops.rehearsal.project import load_project

    config = load_project(options.project, options.stack).config
    name, account, region = _place(config, options.stack)
    with _plain_errors(), _clients(options, account, region, console) as client:
        yield Environment(name, options.policy or f"mcp-{name}", client)


@contextlib.contextmanager
def _clients(options: argparse.Namespace, account: str, region: str, console: "Console") -> "Iterator[Client]":
    if options.rehearse:
        with _rehearsed(options.project, options.stack, console) as cloud:
            from mcp_ops.rehearsal.simulator.places import Place

            yield lambda service: cloud.client(service, Place(account, region))
        return
    import boto3

    session: Any = boto3.Session(region_name=region)
    here = session.client("sts").get_caller_identity()["Account"]
    if here != account:
        raise InputError(Offence("credentials", here, f"is not the account of {options.stack}, {account}"))
    yield session.client


@contextlib.contextmanager
def _plain_errors() -> Iterator[None]:
    """Turns what AWS refuses, or what keeps it from being asked, into one line."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        yield
    except ClientError as error:
        said = error.response.get("Error", {})
        rule = f"was refused by AWS: {said.get('Code', 'unknown')}: {said.get('Message', error)}"
        raise InputError(Offence("call", error.operation_name, rule)) from error
    except BotoCoreError as error:
        raise InputError(Offence("AWS", type(error).__name__, f"cannot be asked: {error}")) from error


def _place(config: Mapping[str, str], stack: str) -> tuple[str, str, str]:
    """Returns name, account and region of the environment that a stack describes."""
    try:
        region = json.loads(config["mcp-ops:regions"])["primary"]
        name, account = config["mcp-ops:environment"], config["mcp-ops:account"]
    except (KeyError, TypeError, ValueError):
        rule = "does not say mcp-ops:environment, mcp-ops:account and mcp-ops:regions.primary"
        raise InputError(Offence("stack", stack, rule)) from None
    offences = Offences(f"Pulumi.{stack}.yaml: mcp-ops:")
    offences.check(_NAME.fullmatch(name), "environment", name, "is not the name of an environment")
    offences.check(ACCOUNT_ID.fullmatch(account), "account", account, ACCOUNT_ID_RULE)
    offences.check(REGION.fullmatch(str(region)), "regions.primary", region, REGION_RULE)
    offences.refuse()
    return name, account, region


@contextlib.contextmanager
def _rehearsed(project: Path, stack: str, console: "Console") -> Iterator[Any]:
    from mcp_ops.rehearsal.rehearse import Options, rehearsed
    from mcp_ops.rehearsal.report.progress import ProgressBar

    with ProgressBar(console) as bar, rehearsed(project, stack, Options(drilled=False), bar) as (found, stage):
        bar.stop()
        if not found.passed:
            raise InputError(Offence("stack", stack, f"did not pass its rehearsal: {'; '.join(found.errors)}"))
        yield stage.cloud
