"""What a server leaves on record of tool calls: one access line each, without a word of what was sent or answered."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mcp_ops.rehearsal.drills.declarations import Probe
from mcp_ops.rehearsal.drills.messages import LEGACY, MODERN, Message, call, rpc, sent
from mcp_ops.rehearsal.drills.processes import Running

MARK = "rehearsal-private-5d41402a"
"""Stands in arguments, names and headers that are sent: it must not come up in what the server prints."""
TRACE = "1-67891233-abcdef012345678912345678"
"""What the load balancer gives every request: the id by which a line is found again."""
FIELDS = frozenset({"subject", "client_id", "tool", "outcome", "duration_ms", "request_id", "protocol_version"})
"""Fields of an access line besides those of every line (docs/server-contract.md)."""


@dataclass(frozen=True)
class Sent:
    """One request, and the access lines that it must leave."""

    message: Message
    lines: tuple[tuple[str, str], ...]
    """Tool and outcome of each line."""
    token: bool = True


def requests(running: Running) -> list[Sent]:
    """Returns the requests: calls that end well, badly and not at all, and what is no call."""
    found: list[Sent] = []
    for version in (MODERN, LEGACY):
        found += _calls(running.server.probes, version)
    found.append(Sent(rpc("tools/list"), ()))
    if running.admission.token:
        found.append(Sent(call("rehearsal", {"text": MARK}), (), token=False))
    return found


def _calls(probes: Sequence[Probe], version: str) -> Iterator[Sent]:
    for probe in probes[:1]:
        right = call(probe.tool, probe.arguments, version=version)
        yield Sent(right, ((probe.tool, "ok"),))
        wrong = call(probe.tool, {name: {"text": MARK} for name in probe.arguments}, version=version)
        yield Sent(wrong, ((probe.tool, "rejected"),))
    unknown = call(MARK, {"text": MARK}, version=version)
    yield Sent(unknown, (("*", "rejected"),))


@dataclass(frozen=True)
class Called:
    """What one server left on record."""

    requests: int
    lines: tuple[str, ...]
    """Tool and outcome of each access line."""
    printed: str
    """How much the server printed."""
    problems: tuple[str, ...]


def called(running: Running) -> Called:
    """Sends requests to a server and reads what it printed of them.

    Raises:
        OSError, http.client.HTTPException: the server does not answer.
    """
    before, wanted = len(running.lines()), requests(running)
    for item in wanted:
        headers = {"Host": running.server.host, "X-Amzn-Trace-Id": f"Root={TRACE}", "User-Agent": MARK}
        if item.token and running.admission.token:
            headers["Authorization"] = f"Bearer {running.admission.token}"
        sent(running, item.message, running.server.path, headers)
    # A line may be written after the answer: it is complete once the server has ended.
    running.stop()
    printed = running.lines()[before:]
    documents = [_document(line) for line in printed]
    lines = [item for item in documents if item and item.get("event") == "tool_call"]
    expected = [pair for item in wanted for pair in item.lines]
    problems = [
        f"{what} is printed" for what, text in _private(running).items() if any(text in line for line in printed)
    ]
    problems += ["a line is no JSON object"] if None in documents else []
    problems += _access_problems(running, lines, expected)
    size = sum(map(len, printed))
    told = tuple(" ".join(pair) for pair in _pairs(lines))
    return Called(len(wanted), told, f"{len(printed)} lines of {size} characters", tuple(problems))


def _private(running: Running) -> dict[str, str]:
    found = {"what a caller sent": MARK}
    if running.admission.token:
        found["a token"] = running.admission.token.rsplit(".", 1)[1]
    return found


def _access_problems(
    running: Running, lines: Sequence[Mapping[str, Any]], expected: Sequence[tuple[str, str]]
) -> Iterator[str]:
    found = _pairs(lines)
    if found != list(expected):
        yield f"access lines {_told(found)}; expected {_told(expected)}"
    for item in lines:
        lacking = sorted(FIELDS - item.keys())
        if lacking:
            yield f"the line of {item.get('tool')} lacks {', '.join(lacking)}"
        if item.get("request_id") != TRACE:
            yield f"the line of {item.get('tool')} does not name the request as the load balancer numbered it"
        if running.admission.token and not (item.get("subject") and item.get("client_id")):
            yield f"the line of {item.get('tool')} does not say who called"


def _pairs(lines: Sequence[Mapping[str, Any]]) -> list[tuple[str, str]]:
    return [(str(item.get("tool")), str(item.get("outcome"))) for item in lines]


def _told(pairs: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{tool} {outcome}" for tool, outcome in pairs) or "none"


def _document(line: str) -> Mapping[str, Any] | None:
    try:
        found = json.loads(line)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None
