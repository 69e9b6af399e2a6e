"""Tells people on GitHub, by its own command line `gh`: a comment on a pull request, an issue, the job's summary."""

import json
import os
from collections.abc import Mapping
from pathlib import Path

from mcp_ops.delivery.pipeline.tools import Runner, required

MAX_COMMENT = 60_000
"""Characters of a comment; GitHub takes 65,536."""
_SECONDS = 60


def commented(tools: Runner, repository: str, number: str, marker: str, body: str) -> None:
    """Writes a comment on a pull request or issue, or the new text into the one with the same marker."""
    path = f"repos/{repository}/issues/{number}/comments"
    hidden = f"<!-- mcp-ops {marker} -->"
    found = json.loads(required(tools, ["gh", "api", "--paginate", "--slurp", path], seconds=_SECONDS) or "[]")
    own = [comment["id"] for page in found for comment in page if str(comment["body"]).startswith(hidden)]
    text = json.dumps({"body": f"{hidden}\n{shortened(body)}"})
    method, target = ("PATCH", f"repos/{repository}/issues/comments/{own[0]}") if own else ("POST", path)
    _sent(tools, ["gh", "api", "--method", method, target, "--input", "-"], text)


def issue(tools: Runner, repository: str, title: str, body: str) -> None:
    """Opens an issue, or comments on the open one with the same title."""
    number = open_issue(tools, repository, title)
    if number:
        _sent(tools, ["gh", "issue", "comment", number, "--repo", repository, "--body-file", "-"], shortened(body))
    else:
        command = ["gh", "issue", "create", "--repo", repository, "--title", title, "--body-file", "-"]
        _sent(tools, command, shortened(body))


def closed(tools: Runner, repository: str, title: str, reason: str) -> None:
    """Closes the open issue with a title, if there is one."""
    number = open_issue(tools, repository, title)
    if number:
        required(tools, ["gh", "issue", "close", number, "--repo", repository, "--comment", reason], seconds=_SECONDS)


def open_issue(tools: Runner, repository: str, title: str) -> str:
    """Returns the number of the open issue with a title, or nothing."""
    command = [
        "gh",
        "issue",
        "list",
        "--repo",
        repository,
        "--state",
        "open",
        "--limit",
        "200",
        "--json",
        "number,title",
    ]
    found = json.loads(required(tools, command, seconds=_SECONDS) or "[]")
    return next((str(item["number"]) for item in found if item["title"] == title), "")


def _sent(tools: Runner, command: list[str], text: str) -> None:
    required(lambda given, *, seconds, text=text: tools(given, seconds=seconds, text=text), command, seconds=_SECONDS)


def summarised(text: str, environment: Mapping[str, str] = os.environ) -> None:
    """Adds text to the summary of the job that runs, if one does."""
    file = environment.get("GITHUB_STEP_SUMMARY")
    if file:
        with Path(file).open("a", encoding="utf-8") as stream:
            stream.write(f"{text}\n")


def shortened(text: str) -> str:
    """Returns a text that fits into a comment: its end matters most."""
    if len(text) <= MAX_COMMENT:
        return text
    return f"... {len(text) - MAX_COMMENT:,} characters left out\n{text[-MAX_COMMENT:]}"


def fenced(title: str, output: str) -> str:
    """Returns a program's output as Markdown; a fence in it cannot end the block."""
    return f"### {title}\n\n~~~~~~text\n{output.rstrip()}\n~~~~~~\n"
