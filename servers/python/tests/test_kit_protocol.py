"""Both protocol eras without sessions, and what every kind of bad input is answered with."""

import asyncio
import json
from typing import Any

import awkward
import httpx2
import kit
import pytest

from mcp_ops_server import create_app

PARAMETERS = {"name": "refuse", "arguments": {"text": "hello"}}


def once(era: str, method: str, params: dict[str, Any] | None = None) -> httpx2.Response:
    async def scenario() -> httpx2.Response:
        async with kit.awkward_client() as client:
            return await kit.ask(client, era, method, params)

    return asyncio.run(scenario())


def raw(body: Any, headers: dict[str, str | None]) -> httpx2.Response:
    """Posts any body with the given headers; None leaves one out."""

    async def scenario() -> httpx2.Response:
        async with kit.awkward_client() as client:
            content = body if isinstance(body, bytes) else json.dumps(body).encode()
            wanted = {name: value for name, value in headers.items() if value is not None}
            return await client.post("/mcp", headers=wanted, content=content)

    return asyncio.run(scenario())


def changed(era: str, **changes: str | None) -> dict[str, str | None]:
    headers = kit.headers(era, "tools/call", PARAMETERS)
    return {**headers, **{name.replace("_", "-"): value for name, value in changes.items()}}


def right(era: str) -> dict[str, Any]:
    return kit.message(era, "tools/call", PARAMETERS)


def test_discover_names_the_current_revision() -> None:
    result = once(kit.MODERN, "server/discover").json()["result"]
    assert result["supportedVersions"] == ["2026-07-28"]
    assert result["_meta"]["io.modelcontextprotocol/serverInfo"] == {"name": "awkward", "version": "1"}


@pytest.mark.parametrize("version", ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"])
def test_the_older_handshake_is_answered_without_a_session(version: str) -> None:
    client = {"name": "probe", "version": "1"}
    answer = once(kit.LEGACY, "initialize", {"protocolVersion": version, "capabilities": {}, "clientInfo": client})
    assert answer.json()["result"]["protocolVersion"] == version
    assert "mcp-session-id" not in answer.headers


def test_the_older_notification_is_accepted() -> None:
    body = {"jsonrpc": "2.0", "method": "notifications/initialized"}
    assert raw(body, changed(kit.LEGACY)).status_code == 202


@pytest.mark.parametrize("era", kit.ERAS)
def test_every_tool_has_schemas(era: str) -> None:
    tools = once(era, "tools/list").json()["result"]["tools"]
    assert {"wait", "strict"} <= {tool["name"] for tool in tools}
    assert all(tool["inputSchema"]["type"] == tool["outputSchema"]["type"] == "object" for tool in tools)


@pytest.mark.parametrize("era", kit.ERAS)
def test_a_call_needs_nothing_before_it(era: str) -> None:
    answer = once(era, "tools/call", {"name": "wait", "arguments": {"seconds": 0}})
    assert answer.json()["result"]["structuredContent"] == {"result": "waited"}
    assert not answer.json()["result"].get("isError")
    assert "mcp-session-id" not in answer.headers


@pytest.mark.parametrize("era", kit.ERAS)
@pytest.mark.parametrize(
    ("accept", "status"), [("application/json", 200), ("*/*", 200), ("text/html", 406), (None, 200)]
)
def test_accept(era: str, accept: str | None, status: int) -> None:
    # httpx2 sends */* where the header is left out.
    assert raw(right(era), changed(era, accept=accept)).status_code == status


@pytest.mark.parametrize("era", kit.ERAS)
@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"{", -32700),
        (b"", -32700),
        (b"\xff\xfe", -32700),
        (b"[" * 100_000, -32700),
        (b"[]", None),
        (b'"tr0ub4dor-and-3"', None),
        ([{"jsonrpc": "2.0", "id": 1, "method": "ping", "params": {"x": kit.SECRET}}], None),
        ({"jsonrpc": "1.0", "id": 1, "method": "tools/call", "params": {"name": kit.SECRET}}, None),
        ({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": kit.SECRET}, None),
    ],
)
def test_a_malformed_message_is_refused_and_not_repeated(era: str, body: Any, code: int | None) -> None:
    answer = raw(body, changed(era))
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] in ({code} if code else {-32600, -32602})
    assert kit.SECRET not in answer.text
    assert "pydantic" not in answer.text
    assert int(answer.headers["content-length"]) == len(answer.content)


@pytest.mark.parametrize("era", kit.ERAS)
@pytest.mark.parametrize("content_type", ["text/plain", None])
def test_another_content_type_is_refused(era: str, content_type: str | None) -> None:
    assert raw(right(era), changed(era, content_type=content_type)).status_code == 400


@pytest.mark.parametrize(
    ("changes", "status", "code"),
    [
        ({"mcp_protocol_version": "2027-01-01"}, 400, -32022),
        ({"mcp_protocol_version": kit.SECRET}, 400, -32022),
        ({"mcp_method": "tools/list"}, 400, -32020),
        ({"mcp_method": None}, 400, -32020),
        ({"mcp_name": "crash"}, 400, -32020),
        ({"mcp_name": None}, 400, -32020),
    ],
)
def test_wrong_routing_headers_are_refused(changes: dict[str, str | None], status: int, code: int) -> None:
    body = right(kit.MODERN)
    if version := changes.get("mcp_protocol_version"):
        body["params"]["_meta"]["io.modelcontextprotocol/protocolVersion"] = version
    answer = raw(body, changed(kit.MODERN, **changes))
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, code)


def test_a_modern_message_needs_its_meta() -> None:
    answer = raw({**right(kit.MODERN), "params": PARAMETERS}, changed(kit.MODERN))
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32602)


def test_a_modern_message_without_version_header_is_served_as_the_older_era() -> None:
    answer = raw(right(kit.MODERN), changed(kit.MODERN, mcp_protocol_version=None))
    assert (answer.status_code, answer.json()["id"]) == (200, 1)


@pytest.mark.parametrize(("era", "status"), [(kit.MODERN, 404), (kit.LEGACY, 200)])
def test_an_unknown_method_is_refused(era: str, status: int) -> None:
    answer = once(era, "tools/destroy")
    assert (answer.status_code, answer.json()["error"]["code"]) == (status, -32601)


@pytest.mark.parametrize("era", kit.ERAS)
@pytest.mark.parametrize(
    ("tool", "text"),
    [
        ("nope", "Unknown tool: nope"),
        ("crash", "Error executing tool crash"),
        ("refuse", "Error executing tool refuse: refused 15 characters"),
    ],
)
def test_a_failure_is_a_tool_error_that_hides_exceptions(era: str, tool: str, text: str) -> None:
    answer = once(era, "tools/call", {"name": tool, "arguments": {"text": kit.SECRET}})
    result = answer.json()["result"]
    assert (answer.status_code, result["isError"]) == (200, True)
    assert [part["text"] for part in result["content"]] == [text]


@pytest.mark.parametrize(("era", "status"), [(kit.MODERN, 500), (kit.LEGACY, 200)])
def test_a_crash_outside_the_tools_hides_its_exception(era: str, status: int) -> None:
    answer = once(era, "prompts/get", {"name": "ask", "arguments": {"text": kit.SECRET}})
    assert answer.status_code in {200, status}
    assert answer.json()["error"] == {"code": -32603, "message": "Internal server error"}


def test_progress_is_streamed_where_the_author_asks_for_it() -> None:
    params = {"name": "progress", "arguments": {}}
    body = kit.message(kit.MODERN, "tools/call", params)
    body["params"]["_meta"] = {**body["params"]["_meta"], "progressToken": 7}

    async def scenario(*, json_response: bool) -> httpx2.Response:
        app = create_app(awkward.build(), kit.settings(), json_response=json_response)
        async with kit.client_of(app) as client:
            return await client.post("/mcp", headers=kit.headers(kit.MODERN, "tools/call", params), json=body)

    assert "notifications/progress" in asyncio.run(scenario(json_response=False)).text
    assert asyncio.run(scenario(json_response=True)).json()["result"]["structuredContent"] == {"result": "done"}
