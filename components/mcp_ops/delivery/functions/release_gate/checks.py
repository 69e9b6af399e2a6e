"""What a release has to prove, each check by itself; `mcp-ops release verify` makes the same ones."""

import math
from collections.abc import Iterator, Mapping
from typing import Any

from mcp_function_kit import usage
from mcp_function_kit.connection import Unreachable
from mcp_function_kit.protocol import LEGACY, MODERN, OK, Refused, Session
from mcp_function_kit.usage import Call

from .tools import differences, digest_of

SECONDS = 10.0
"""How long a release may take to answer before it counts as unreachable."""
SLOW_SHARE = 0.05
"""Part of the sampled calls that may be slower than the limit: the 95th percentile is judged."""
NOT_SERVED = (502, 503, 504)
"""How the load balancer answers where no healthy task is behind it."""


def handshake(session: Session) -> str:
    """Finds out that the server speaks the protocol of the session's era. Raises `Refused` or `Unreachable`."""
    if session.version != MODERN:
        agreed = session.initialize().get("protocolVersion")
        if agreed != LEGACY:
            raise Refused(f"initialize agreed on {agreed}, not {LEGACY}")
        return f"speaks {LEGACY}"
    answer = session.send("server/discover", {})
    if answer.status in NOT_SERVED:
        raise Unreachable(f"no healthy task answers: {answer.status}")
    usage.discover(session)
    return f"speaks {MODERN}"


def tools_of(session: Session) -> list[Mapping[str, Any]]:
    """Returns every tool; a release without one is refused. Raises `Refused` or `Unreachable`."""
    found = usage.tools_of(session)
    if not found:
        raise Refused("tools/list is empty")
    return found


def promised(tools: list[Mapping[str, Any]], digest: str) -> str:
    """Compares tools with the digest that was reviewed. Raises `Refused`."""
    seen = digest_of(tools)
    if seen != digest:
        raise Refused(f"the tools have digest {seen}, released is {digest}")
    return f"{len(tools)} tools as released"


def unchanged(tools: list[Mapping[str, Any]], released: list[Mapping[str, Any]]) -> str:
    """Compares tools with those that callers have now. Raises `Refused`."""
    changes = differences(released, tools)
    if changes:
        raise Refused(f"tools differ from the released ones: {changes}; new digest {digest_of(tools)}")
    return f"{len(tools)} tools as released"


def answered(session: Session, call: Call) -> str:
    """Makes the harmless call and compares its answer. Raises `Refused` or `Unreachable`."""
    usage.call_tool(session, call)
    return f"{call.tool} answers as expected"


def quick(session: Session, call: Call, samples: int, limit_seconds: float) -> tuple[str, list[float]]:
    """Samples the response time; gives up as soon as the 95th percentile cannot hold. Raises `Refused`."""
    seconds: list[float] = []
    too_many = samples - math.ceil((1 - SLOW_SHARE) * samples) + 1
    for taken in _seconds(session, call, samples):
        seconds.append(taken)
        slow = sum(value > limit_seconds for value in seconds)
        if slow >= too_many:
            raise Refused(
                f"{slow} of {len(seconds)} calls took longer than {limit_seconds:g} s, one {max(seconds):.2f} s"
            )
    return f"p95 of {samples} calls {percentile(seconds, 0.95) * 1000:.0f} ms", seconds


def _seconds(session: Session, call: Call, samples: int) -> Iterator[float]:
    method, params = "tools/list", {}
    if call.tool:
        method, params = "tools/call", {"name": call.tool, "arguments": dict(call.arguments or {})}
    for _ in range(samples):
        answer = session.send(method, params, call.tool)
        if answer.status != OK:
            raise Refused(f"a sampled {method} was answered with {answer.status}")
        yield answer.seconds


def percentile(values: list[float], share: float) -> float:
    """Returns the value below which `share` of the values stay (nearest rank)."""
    return sorted(values)[math.ceil(share * len(values)) - 1]
