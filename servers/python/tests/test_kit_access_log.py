"""The access log: exactly one line for each call of a tool, who called what with which outcome, and nothing else."""

import json
from typing import Any

import issuer
import kit
import pytest
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

TRACE = "1-67891233-abcdef012345678912345678"
KEY = {"AWKWARD_KEY": kit.SECRET}
FIELDS = [
    "event", "subject", "client_id", "tool", "outcome", "duration_ms", "request_id", "protocol_version", "input_bytes",
    "output_bytes", "_aws", "Environment", "Server",
]  # fmt: skip
METRICS = ["ToolCalls", "ToolErrors", "ToolRejections", "ToolLatency", "ToolInputBytes", "ToolOutputBytes"]


def access_lines(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [line for line in lines if line.get("event") == "tool_call"]


def test_each_call_leaves_one_line_without_its_arguments() -> None:
    calls = [
        ("wait", {"seconds": 0}, "ok"),
        ("progress", {}, "ok"),
        ("crash", {"text": kit.SECRET}, "error"),
        ("refuse", {"text": kit.SECRET}, "denied"),
        ("strict", {"limited": kit.SECRET}, "rejected"),
        ("mistake", {"text": kit.SECRET}, "rejected"),
        ("upstream", {"text": kit.SECRET}, "error"),
        (kit.SECRET, {"text": kit.SECRET}, "rejected"),
    ]
    with issuer.issuing() as running:
        environment = running.environment(refuse=["tools/refuse"]) | KEY | {"MCP_LOG_LEVEL": "error"}
        with kit.running("awkward", **environment) as server:
            server.client.headers["authorization"] = f"Bearer {issuer.token()}"
            for era in kit.ERAS:
                for tool, arguments, _ in calls:
                    answer = server.post(era, "tools/call", {"name": tool, "arguments": arguments})
                    assert answer.status_code == (403 if tool == "refuse" else 200)
                server.post(era, "tools/list")
            del server.client.headers["authorization"]
            assert server.post(kit.MODERN, "tools/call", {"name": "wait", "arguments": {}}).status_code == 401
            server.terminate()
            code, lines, errors = server.ended()
    assert (code, errors) == (0, "")
    assert kit.SECRET not in str(lines)
    found = access_lines(lines)
    names = ["*" if tool == kit.SECRET else tool for tool, _, _ in calls]
    assert [(line["tool"], line["outcome"]) for line in found] == [
        (name, outcome) for _ in kit.ERAS for name, (_, _, outcome) in zip(names, calls, strict=True)
    ]
    assert [line["protocol_version"] for line in found] == ["2026-07-28"] * 8 + ["2025-11-25"] * 8
    for line in found:
        contract = ["time", "level", "logger", "message", "server", "environment"]
        tool = [] if line["tool"] == "*" else ["Tool"]
        assert list(line) == contract + FIELDS + tool + METRICS
        assert (line["level"], line["logger"], line["message"]) == ("info", "mcp_ops.access", "tool called")
        assert (line["subject"], line["client_id"], line["request_id"]) == (issuer.SUBJECT, issuer.CLIENT, 1)
        assert 0 <= line["duration_ms"] < 10_000


@pytest.mark.usefixtures("restored_logging")
@pytest.mark.parametrize("era", kit.ERAS)
@pytest.mark.parametrize(
    ("header", "given", "logged"),
    [
        (f"Root={TRACE}", 1, TRACE),
        (f"Self=1-67891234-12456789abcdef012345678;Root={TRACE}", 1, TRACE),
        (f"Root={kit.SECRET}", "call-7", "call-7"),
        (None, "call-7", "call-7"),
        (None, f"{kit.SECRET} x", None),
    ],
)
def test_the_request_id_is_the_platforms_or_the_callers(
    era: str, header: str | None, given: int | str, logged: int | str | None, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    import asyncio

    from mcp_ops_server.logs import configure_logging

    async def scenario() -> None:
        configure_logging(kit.settings())
        async with kit.awkward_client() as client:
            params = {"name": "wait", "arguments": {"seconds": 0}}
            headers = kit.headers(era, "tools/call", params) | ({"x-amzn-trace-id": header} if header else {})
            body = kit.message(era, "tools/call", params) | {"id": given}
            assert (await client.post("/mcp", headers=headers, json=body)).status_code == 200

    asyncio.run(scenario())
    (line,) = access_lines([json.loads(each) for each in capsys.readouterr().out.splitlines()])
    assert (line["request_id"], line["subject"], line["client_id"]) == (logged, None, None)


def test_the_official_client_signs_in_in_every_mode() -> None:
    import asyncio

    import httpx2

    with issuer.issuing() as running:
        environment = running.environment(convert_length=["tools/convert"])
        with kit.running("mcp_ops_server.reference", **environment) as server:
            headers = {"authorization": f"Bearer {issuer.token(scope='tools/other')}"}

            async def scenario(mode: str) -> None:
                async with httpx2.AsyncClient(headers=headers) as http:
                    transport = streamable_http_client(f"http://127.0.0.1:{server.port}/mcp", http_client=http)
                    async with Client(transport, mode=mode) as client:
                        names = {tool.name for tool in (await client.list_tools()).tools}
                        assert names == {"text_statistics", "working_days"}
                        result = await client.call_tool("text_statistics", {"text": "a b"})
                        assert result.structured_content == {"characters": 3, "words": 2, "lines": 1}

            for mode in ("2026-07-28", "legacy", "auto"):
                asyncio.run(asyncio.wait_for(scenario(mode), 15))
            server.terminate()
            _, lines, _ = server.ended()
    assert [line["subject"] for line in access_lines(lines)] == [issuer.SUBJECT] * 3


def test_scopes_for_a_tool_that_does_not_exist_end_the_process_with_2() -> None:
    server = kit.Process(
        "mcp_ops_server.reference",
        MCP_ISSUER=issuer.ISSUER,
        MCP_JWKS_URL="https://issuer.example.com/keys",
        MCP_TOOL_SCOPES='{"convert": ["a"], "convert_length": ["a"]}',
    )
    try:
        code, lines, errors = server.ended()
    finally:
        server.kill()
    assert (code, lines) == (2, [])
    assert errors == (
        "MCP_TOOL_SCOPES: convert is not a tool of this server; it has convert_length, text_statistics, working_days\n"
    )
