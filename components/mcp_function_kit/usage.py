"""What a client does with a server: look what it speaks, list its tools, make one harmless call."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .protocol import MODERN, Refused, Session

PAGES = 100
"""Pages of `tools/list` that are read; a server with more never ends."""


@dataclass(frozen=True)
class Call:
    """The harmless call whose answer is known; without a tool, none."""

    tool: str = ""
    arguments: Mapping[str, Any] | None = None
    expect: Mapping[str, Any] | None = None
    """Members that the structured result has to have, with their values."""

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> "Call":
        """Returns the call of a mapping with `tool`, `arguments` and `expect`."""
        return cls(given.get("tool") or "", given.get("arguments") or {}, given.get("expect") or {})


def discover(session: Session) -> None:
    """Finds out that the server speaks the newer protocol. Raises `Refused` or `Unreachable`."""
    if MODERN not in (session.call("server/discover", {}).get("supportedVersions") or []):
        raise Refused(f"server/discover does not offer {MODERN}")


def tools_of(session: Session) -> list[Mapping[str, Any]]:
    """Returns every tool, page by page. Raises `Refused` or `Unreachable`."""
    found: list[Mapping[str, Any]] = []
    params: dict[str, Any] = {}
    for _ in range(PAGES):
        page = session.call("tools/list", params)
        found += page.get("tools") or []
        if not page.get("nextCursor"):
            break
        params = {"cursor": page["nextCursor"]}
    return found


def call_tool(session: Session, call: Call) -> None:
    """Makes the call and compares its answer. Raises `Refused` or `Unreachable`."""
    result = session.call("tools/call", {"name": call.tool, "arguments": dict(call.arguments or {})}, call.tool)
    if result.get("isError"):
        raise Refused(f"the call of {call.tool} failed")
    found = result.get("structuredContent") or {}
    wrong = sorted(key for key, value in (call.expect or {}).items() if found.get(key) != value)
    if wrong:
        raise Refused(f"the call of {call.tool} returned something else in {', '.join(wrong)}")
