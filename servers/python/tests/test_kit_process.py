"""The contract held by real processes: start, health, both eras with the SDK's client, drain, exit codes, logs."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import AsyncIterator

import awkward
import httpx2
import kit
import pytest
from mcp.client import Client
from mcp.server import MCPServer
from sse_starlette.sse import AppStatus

from mcp_ops_server import serve, serving

REFERENCE, AWKWARD = "mcp_ops_server.reference", "awkward"
KEY = {"AWKWARD_KEY": kit.SECRET}


def test_the_official_client_lists_and_calls_in_both_eras() -> None:
    with kit.running(REFERENCE) as server:

        async def scenario(mode: str) -> None:
            async with Client(f"http://127.0.0.1:{server.port}/mcp", mode=mode) as client:
                tools = (await client.list_tools()).tools
                assert {tool.name for tool in tools} == {"convert_length", "text_statistics", "working_days"}
                result = await client.call_tool("text_statistics", {"text": "a b"})
                assert result.structured_content == {"characters": 3, "words": 2, "lines": 1}

        for mode in ("2026-07-28", "legacy", "auto"):
            asyncio.run(asyncio.wait_for(scenario(mode), 15))
        server.terminate()
        code, lines, errors = server.ended()
    assert (code, errors) == (0, "")
    assert [line["message"] for line in lines] == ["serving", *["tool called"] * 3, "draining", "stopped"]


def test_sigterm_lets_calls_finish_refuses_new_ones_and_ends_subscriptions() -> None:
    with kit.running(AWKWARD, **KEY) as server:
        calls = [server.post_later(era, tool, seconds=1.5) for era in kit.ERAS for tool in ("wait", "block")]
        listen = {"notifications": {"toolsListChanged": True}}
        headers = kit.headers(kit.MODERN, "subscriptions/listen")
        body = kit.message(kit.MODERN, "subscriptions/listen", listen)
        with server.client.stream("POST", "/mcp", headers=headers, json=body) as stream:
            events = stream.iter_text()
            assert "notifications/subscriptions/acknowledged" in next(events)
            server.wait_begun(len(calls))
            server.terminate()
            assert list(events) == []
        with pytest.raises(httpx2.ConnectError):
            httpx2.get(f"http://127.0.0.1:{server.port}/health")
        answers = [answer for call in calls if isinstance(answer := call.get(timeout=10), httpx2.Response)]
        code, lines, errors = server.ended()
    assert [answer.status_code for answer in answers] == [200] * 4
    assert {answer.json()["result"]["structuredContent"]["result"] for answer in answers} == {"waited", "blocked"}
    assert (code, errors) == (0, "")
    assert [line["message"] for line in lines] == ["serving", "draining", *["tool called"] * 4, "stopped"]
    assert lines[1]["in_flight"] == 5


def test_a_call_that_outlives_the_drain_does_not_hold_the_process() -> None:
    with kit.running(AWKWARD, MCP_DRAIN_SECONDS="1", **KEY) as server:
        calls = [server.post_later(kit.MODERN, tool, seconds=60) for tool in ("wait", "block")]
        server.wait_begun(len(calls))
        server.terminate()
        begun = time.monotonic()
        code, lines, errors = server.ended()
        assert time.monotonic() - begun < 6
        answers = [call.get(timeout=5) for call in calls]
    assert (code, errors) == (0, "")
    assert all(not isinstance(answer, httpx2.Response) or answer.status_code == 500 for answer in answers)
    assert [line["threads"] for line in lines if line["message"] == "calls abandoned"] == [1]


def test_logs_are_json_and_hold_no_data_of_requests() -> None:
    with kit.running(AWKWARD, MCP_LOG_LEVEL="debug", **KEY) as server:
        for era in kit.ERAS:
            for tool, arguments in (
                ("crash", {"text": kit.SECRET}),
                ("refuse", {"text": kit.SECRET}),
                ("strict", {"limited": kit.SECRET, "order": {"stock": {kit.SECRET: kit.SECRET}}}),
                (kit.SECRET, {}),
                ("progress", {}),
            ):
                assert server.post(era, "tools/call", {"name": tool, "arguments": arguments}).status_code == 200
            server.post(era, "prompts/get", {"name": "ask", "arguments": {"text": kit.SECRET}})
            server.post(era, f"unknown/{kit.SECRET}")
        for changes in ({"host": kit.SECRET}, {"origin": kit.SECRET}, {"authorization": f"Bearer {kit.SECRET}"}):
            headers = kit.headers(kit.MODERN, "tools/list") | changes
            server.client.post(f"/mcp?token={kit.SECRET}", headers=headers, content=kit.SECRET)
        server.client.post("/broken", content=kit.SECRET)
        server.terminate()
        code, lines, errors = server.ended()
    assert (code, errors) == (0, "")
    assert kit.SECRET not in str(lines)
    for line in lines:
        assert list(line)[:6] == ["time", "level", "logger", "message", "server", "environment"]
        assert (line["server"], line["environment"]) == ("ref", "dev")
    crashes = [line for line in lines if line["message"] == "tool crashed"]
    assert [line["tool"] for line in crashes] == ["crash", "crash"]
    assert all(line["exceptions"][0]["type"] == "builtins.RuntimeError" for line in crashes)
    assert all("awkward.py:" in line["exceptions"][0]["frames"][-1] for line in crashes)
    assert [line["status"] for line in lines if line["message"] == "request refused"] == [421, 403]
    assert [line["steps"] for line in lines if line["message"] == "worked"] == [1, 1]


def test_a_wrong_environment_ends_with_2_and_a_line_for_each_problem() -> None:
    server = kit.Process(AWKWARD, MCP_PORT="99999", MCP_ENVIRONMENT="live")
    try:
        code, lines, errors = server.ended()
    finally:
        server.kill()
    assert (code, lines) == (2, [])
    assert errors.splitlines() == [
        "MCP_ENVIRONMENT: live is not one of dev, staging, prod",
        "MCP_PORT: 99999 is not a whole number from 1 to 65535",
        "AWKWARD_KEY: (not set) is required; it is a secret that the platform injects",
    ]


def exit_code(monkeypatch: pytest.MonkeyPatch, **environment: str) -> int:
    """Runs `serve` in this process and returns the exit code."""
    for name, value in (kit.ENVIRONMENT | environment).items():
        monkeypatch.setenv(name, value)
    before = {signum: signal.getsignal(signum) for signum in (signal.SIGTERM, signal.SIGINT)}
    try:
        with pytest.raises(SystemExit) as ended:
            serve(awkward.build())
    finally:
        for signum, handler in before.items():
            signal.signal(signum, handler)
        AppStatus.should_exit = False  # of the whole process: streams of later tests would end at once
    return int(ended.value.code or 0)


@pytest.mark.parametrize("host", ["127.0.0.1", "::1"])
def test_a_port_in_use_ends_with_2(
    host: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as taken:
        try:
            taken.bind((host, 0))
        except OSError:
            pytest.skip(f"{host} does not exist here")
        taken.listen()
        port = taken.getsockname()[1]
        assert exit_code(monkeypatch, MCP_HOST=host, MCP_PORT=str(port)) == 2
    assert capsys.readouterr().err == f"MCP_PORT: {port} cannot be bound on MCP_HOST {host}: Address already in use\n"


@pytest.mark.usefixtures("restored_logging")
@pytest.mark.parametrize("signum", [signal.SIGTERM, signal.SIGINT])
def test_serve_answers_until_the_signal_and_ends_with_0(
    signum: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    port = kit.free_port()
    seen: list[int] = []

    def stop_when_healthy() -> None:
        for _ in range(500):
            try:
                seen.append(httpx2.get(f"http://127.0.0.1:{port}/health").status_code)
                break
            except httpx2.TransportError:
                time.sleep(0.01)
        os.kill(os.getpid(), signum)

    threading.Thread(target=stop_when_healthy, daemon=True).start()
    assert exit_code(monkeypatch, MCP_HOST="127.0.0.1", MCP_PORT=str(port)) == 0
    assert seen == [200]


def test_a_signal_before_serving_ends_with_0(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "configure_logging", lambda _: os.kill(os.getpid(), signal.SIGTERM))
    assert exit_code(monkeypatch, MCP_HOST="127.0.0.1", MCP_PORT=str(kit.free_port())) == 0


@pytest.mark.usefixtures("restored_logging")
def test_a_lifespan_that_fails_ends_with_3_and_says_where(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    @contextlib.asynccontextmanager
    async def failing(_: object) -> AsyncIterator[None]:
        if kit.SECRET:
            raise ConnectionError(kit.SECRET)
        yield

    monkeypatch.setattr(awkward, "build", lambda: MCPServer("failing", lifespan=failing))
    assert exit_code(monkeypatch, MCP_HOST="127.0.0.1", MCP_PORT=str(kit.free_port())) == 3
    output = capsys.readouterr().out
    assert kit.SECRET not in output
    assert '"type": "builtins.ConnectionError"' in output


@pytest.mark.usefixtures("restored_logging")
def test_a_stuck_thread_is_left_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    codes: list[int] = []
    released = threading.Event()
    monkeypatch.setattr(serving, "_THREAD_GRACE_SECONDS", 0.05)
    monkeypatch.setattr(os, "_exit", codes.append)
    monkeypatch.setattr(sys.stdout, "flush", lambda: None)
    stuck = threading.Thread(target=released.wait)
    stuck.start()
    try:
        serving._leave_stuck_threads()
    finally:
        released.set()
        stuck.join()
    assert codes == [0]
