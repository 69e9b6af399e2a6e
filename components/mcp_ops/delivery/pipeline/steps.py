"""What the pipeline does to a stack: look, deploy, look for drift."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from mcp_ops.delivery.pipeline import reports
from mcp_ops.delivery.pipeline.tools import Finished, Runner
from mcp_ops.errors import InputError, Offence

PREVIEW_SECONDS = 900
DEPLOY_SECONDS = 2700
VERIFY_SECONDS = 600
TARGET_SECONDS = 600
"""A deployment that takes longer, from its start to verified servers, is said to be slow."""

_OUTPUT_RULE = 'is no JSON object like {"NAME": {"url": "https://..."}}; the stack was updated, and no server verified'


@dataclass(frozen=True)
class Where:
    """What a step acts on."""

    tools: Runner
    stack: str
    repository: str = ""
    """`owner/name` on GitHub; empty: nobody is told there."""


def preview(where: Where, pull_request: str) -> bool:
    """Shows what an update would change, on the pull request if one is named. Returns whether Pulumi could tell."""
    finished = where.tools(["pulumi", "preview", *_about(where), "--diff"], seconds=PREVIEW_SECONDS)
    text = reports.fenced(f"Preview of {where.stack}: {'done' if finished.passed else 'failed'}", finished.output)
    reports.summarised(text)
    if where.repository and pull_request:
        reports.commented(where.tools, where.repository, pull_request, f"preview {where.stack}", text)
    return finished.passed


def drift(where: Where) -> bool:
    """Compares the stack with what is there. Returns whether both agree; an issue says what does not."""
    looks = {
        "What is there differs from what was deployed": ["pulumi", "refresh", *_about(where), "--preview-only",
                                                          "--expect-no-changes", "--diff"],
        "What is written differs from what is there": ["pulumi", "preview", *_about(where), "--refresh",
                                                        "--expect-no-changes", "--diff"],
    }  # fmt: skip
    ends: Mapping[str, Finished] = {
        what: where.tools(command, seconds=PREVIEW_SECONDS) for what, command in looks.items()
    }
    wrong = {what: finished for what, finished in ends.items() if not finished.passed}
    text = "\n".join(reports.fenced(what, finished.output) for what, finished in wrong.items())
    reports.summarised(text or f"No drift in {where.stack}")
    if where.repository:
        title = f"Drift in {where.stack}"
        if wrong:
            reports.issue(where.tools, where.repository, title, text)
        else:
            reports.closed(where.tools, where.repository, title, "The stack agrees with what is there again.")
    return not wrong


def deploy(where: Where, verify: Callable[[str], list[str]], clock: Callable[[], float] = time.time) -> dict[str, Any]:
    """Updates the stack and verifies each server. Returns the evidence; `passed` says whether the release stays.

    `verify` returns the command that verifies a server by its address.
    """
    started = clock()
    # Whatever happens, an update is not interrupted: it would leave a lock and half a change.
    update = where.tools(["pulumi", "up", *_about(where), "--yes", "--skip-preview"], seconds=DEPLOY_SECONDS)
    updated = clock()
    checks = {}
    if update.passed:
        checks = {name: where.tools(verify(url), seconds=VERIFY_SECONDS) for name, url in _servers(where).items()}
    failed = sorted(name for name, finished in checks.items() if not finished.passed)
    seconds = clock() - started
    evidence = {
        "stack": where.stack,
        "startedAt": started,
        "updateSeconds": round(updated - started, 1),
        "seconds": round(seconds, 1),
        "targetSeconds": TARGET_SECONDS,
        "withinTarget": seconds <= TARGET_SECONDS,
        "updated": update.passed,
        "servers": {name: {"verified": finished.passed} for name, finished in checks.items()},
        "passed": update.passed and not failed,
    }
    reports.summarised(_told(evidence, failed))
    return evidence


def _servers(where: Where) -> Mapping[str, str]:
    """Returns the servers' addresses by name, from the stack's outputs.

    Raises:
        InputError: Pulumi printed something else.
    """
    command = ["pulumi", "stack", "output", "servers", "--json", "--stack", where.stack, "--non-interactive"]
    finished = where.tools(command, seconds=120)
    if not finished.passed:
        return {}
    try:
        return {name: str(server["url"]) for name, server in json.loads(finished.output).items()}
    except (ValueError, AttributeError, KeyError, TypeError) as error:
        lines = finished.output.strip().splitlines() or ["nothing"]
        raise InputError(Offence("pulumi stack output servers", lines[0], _OUTPUT_RULE)) from error


def _told(evidence: Mapping[str, Any], failed: list[str]) -> str:
    if not evidence["updated"]:
        return f"{evidence['stack']}: the update failed"
    end = f"not verified: {', '.join(failed)}" if failed else f"{len(evidence['servers'])} servers verified"
    return f"{evidence['stack']}: updated in {evidence['updateSeconds']} s, {end} after {evidence['seconds']} s"


def _about(where: Where) -> list[str]:
    return ["--stack", where.stack, "--non-interactive"]
