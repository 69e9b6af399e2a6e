"""A real MCP client for the drills.

The official SDK, speaking to a server as the load balancer would pass requests on.
"""

import math
import ssl
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from mcp_ops.rehearsal.drills.declarations import Probe
from mcp_ops.rehearsal.drills.messages import MODERN, REQUEST_SECONDS
from mcp_ops.rehearsal.drills.processes import Running, scaled

LATENCY_CALLS = 200
WITHOUT_AUTHORITIES = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
"""Trusts nobody: servers are reached over plain HTTP. Reading all authorities would take 0.1 s for each client."""
MARK = "rehearsal-wrong-value-8f14e45f"
"""Sent where another type is wanted: an answer that repeats it echoes what users send."""


@dataclass
class Findings:
    """What a client saw of one server."""

    protocols: list[str] = field(default_factory=list)
    tools: list[str] = field(default_factory=list)
    calls: int = 0
    latencies_ms: list[float] = field(default_factory=list)
    refusals: dict[str, str] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def percentile(self, share: float) -> float:
        """Returns the latency in milliseconds below which `share` of the calls stayed (nearest rank)."""
        ordered = sorted(self.latencies_ms)
        return ordered[math.ceil(share * len(ordered)) - 1] if ordered else math.nan


def http_client(running: Running, **headers: str) -> httpx2.AsyncClient:
    """Returns an HTTP client that names the public host, as requests through the load balancer do, and signs in."""
    if running.admission.token:
        headers.setdefault("Authorization", f"Bearer {running.admission.token}")
    return httpx2.AsyncClient(
        headers={"Host": running.server.host, **headers}, timeout=scaled(REQUEST_SECONDS), verify=WITHOUT_AUTHORITIES
    )


def endpoint(running: Running) -> str:
    """Returns the address of the endpoint on this machine."""
    return f"http://{running.address}{running.server.path}"


async def examined(running: Running) -> Findings:
    """Speaks to a server in both eras, calls every probe, measures latency, and sends what must be refused."""
    findings = Findings()
    await _conversation(running, MODERN, findings)
    await _conversation(running, "legacy", findings)
    await _wrong_requests(running, findings)
    return findings


async def _conversation(running: Running, mode: Any, findings: Findings) -> None:
    async with (
        http_client(running) as http,
        Client(streamable_http_client(endpoint(running), http_client=http), mode=mode) as client,
    ):
        if mode == MODERN:
            await _discover(client, findings)
        findings.protocols.append(client.protocol_version)
        listed = await client.list_tools()
        findings.tools = sorted(tool.name for tool in listed.tools)
        if not listed.tools:
            findings.problems.append(f"{client.protocol_version}: tools/list is empty")
        answered = [probe for probe in running.server.probes if await _answers(client, probe, findings)]
        if mode == MODERN:
            await _wrong_arguments(client, listed.tools, findings)
            await _latency(client, answered, findings)


async def _discover(client: Client, findings: Findings) -> None:
    """Asks for the revisions: with a fixed `mode`, `session.discover()` would answer from what it assumes."""
    try:
        reply = await client.session.send_discover(MODERN)
    except MCPError as error:
        findings.problems.append(f"server/discover was refused: {error}")
        return
    offered = reply.get("supportedVersions", [])
    if MODERN not in offered:
        findings.problems.append(f"server/discover does not offer {MODERN}: {offered}")


async def _answers(client: Client, probe: Probe, findings: Findings) -> bool:
    """Calls a probe and tells whether it came back as it should."""
    findings.calls += 1
    try:
        result = await client.call_tool(probe.tool, dict(probe.arguments))
    except MCPError as error:
        findings.problems.append(f"{client.protocol_version}: {probe.tool} was refused: {error}")
        return False
    if result.is_error:
        findings.problems.append(f"{client.protocol_version}: {probe.tool} answered with an error: {_text(result)}")
    elif probe.expect is not None and not _contains(result.structured_content, probe.expect):
        findings.problems.append(
            f"{client.protocol_version}: {probe.tool} answered {result.structured_content}, "
            f"expected {dict(probe.expect)}"
        )
    else:
        return True
    return False


def _contains(found: Any, wanted: Mapping[str, Any]) -> bool:
    return isinstance(found, Mapping) and all(found.get(key) == value for key, value in wanted.items())


async def _latency(client: Client, probes: list[Probe], findings: Findings) -> None:
    if not probes:
        return
    probe = probes[0]
    for _ in range(LATENCY_CALLS):
        begun = time.perf_counter()
        await client.call_tool(probe.tool, dict(probe.arguments))
        findings.latencies_ms.append((time.perf_counter() - begun) * 1000)


async def _wrong_arguments(client: Client, tools: Any, findings: Findings) -> None:
    """Sends a wrong type for the first argument of the first tool that takes one, and a tool that does not exist."""
    for tool in tools:
        properties = tool.input_schema.get("properties") or {}
        if properties:
            arguments = {name: {"wrong": MARK} for name in properties}
            findings.refusals["wrong argument type"] = await _refused(client, tool.name, arguments, findings)
            break
    findings.refusals["unknown tool"] = await _refused(client, "rehearsal-no-such-tool", {}, findings)


async def _refused(client: Client, tool: str, arguments: dict[str, Any], findings: Findings) -> str:
    try:
        result = await client.call_tool(tool, arguments)
        refused, text = bool(result.is_error), _text(result)
    except MCPError as error:
        refused, text = True, str(error)
    if not refused:
        findings.problems.append(f"{tool}: wrong input was accepted")
    if MARK in text:
        findings.problems.append(f"{tool}: the error repeats the value that was sent")
    return "refused" if refused else "accepted"


def _text(result: Any) -> str:
    return " ".join(getattr(item, "text", "") for item in result.content)[:300]


WRONG_REQUESTS: Mapping[str, tuple[str, dict[str, str], int]] = {
    "unknown host": ("POST", {"Host": "elsewhere.example"}, 421),
    "unknown origin": ("POST", {"Origin": "https://elsewhere.example"}, 403),
    "GET on the endpoint": ("GET", {}, 405),
    "DELETE on the endpoint": ("DELETE", {}, 405),
}
"""Requests that the server contract wants refused: method, headers, status."""


async def _wrong_requests(running: Running, findings: Findings) -> None:
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {}}
    accepts = {"Accept": "application/json, text/event-stream"}
    async with http_client(running, **accepts) as http:
        for name, (method, headers, expected) in WRONG_REQUESTS.items():
            response = await http.request(
                method, endpoint(running), headers=headers, json=body if method == "POST" else None
            )
            findings.refusals[name] = str(response.status_code)
            if response.status_code != expected:
                findings.problems.append(
                    f"{name}: answered {response.status_code}; the server contract wants {expected}"
                )
