"""The probe finds out from outside whether a server can be used; it never mistakes a broken one for a healthy one."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mcp_function_kit import credentials
from mcp_ops.monitoring.functions.observe import probe
from tests.monitoring.functions.fakes import Asked, Reply, certificate, metric_lines, rpc, serving

PYTHON_SERVER = Path(__file__).parents[3] / "servers" / "python"
NODE_SERVER = Path(__file__).parents[3] / "servers" / "node"
CALL = {"tool": "convert_length", "arguments": {"value": 5, "source": "km", "target": "m"}, "expect": {"result": 5000}}


def run(*targets: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = probe.handle({"environment": "dev", "targets": list(targets)}, None)["probes"]
    return found


def answers(**changes: Callable[[Asked], Reply]) -> Callable[[Asked], Reply]:
    """A server that does everything right, apart from the methods that are given."""

    def answer(asked: Asked) -> Reply:
        method = asked.headers.get("mcp-method", asked.path)
        right = {
            "server/discover": rpc({"supportedVersions": ["2026-07-28"]}),
            "tools/list": rpc({"tools": [{"name": "convert_length"}]}),
            "tools/call": rpc({"isError": False, "structuredContent": {"result": 5000}}),
        }
        return {**right, **changes}[method](asked)

    return answer


def constant(reply: Reply) -> Callable[[Asked], Reply]:
    return lambda _: reply


@pytest.fixture(scope="module", params=["python", pytest.param("node", marks=pytest.mark.node)])
def reference(request: pytest.FixtureRequest) -> Iterator[str]:
    """A reference server, as a process."""
    commands = {"python": [sys.executable, "-m", "mcp_ops_server.reference"], "node": ["node", "reference.js"]}
    if request.param == "node" and not ((NODE_SERVER / "node_modules").exists() and shutil.which("node")):
        pytest.skip("node, or servers/node/node_modules (npm ci), is not there")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    environment = {
        **os.environ,
        "PYTHONPATH": str(PYTHON_SERVER),
        "MCP_SERVER_NAME": "reference",
        "MCP_ENVIRONMENT": "dev",
        "MCP_HOST": "127.0.0.1",
        "MCP_PORT": str(port),
        "MCP_CANONICAL_URL": "https://reference.dev.example.com/mcp",
        "MCP_ALLOWED_HOSTS": f"127.0.0.1:{port}",
    }
    process = subprocess.Popen(
        commands[request.param], cwd=NODE_SERVER, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _ in range(200):
            with contextlib.suppress(OSError):
                urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=1).close()
                break
            time.sleep(0.05)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        process.terminate()
        process.wait(10)


def test_the_reference_server_can_be_used(reference: str, capsys: pytest.CaptureFixture[str]) -> None:
    (found,) = run({"server": "reference", "url": reference, **CALL})
    assert found == {"server": "reference", "success": True, "reason": ""}
    (line,) = metric_lines(capsys.readouterr().out)
    assert line["Environment"] == "dev"
    assert line["Server"] == "reference"
    assert line["ProbeSuccess"] == 1
    assert line["ProbeLatency"] > 0
    assert line["_aws"]["CloudWatchMetrics"][0]["Namespace"] == "McpOps/Probe"
    assert line["_aws"]["CloudWatchMetrics"][0]["Dimensions"] == [["Environment", "Server"]]


def test_a_tool_that_the_reference_server_lacks_fails_the_probe(reference: str) -> None:
    (found,) = run({"server": "reference", "url": reference, "tool": "forecast"})
    assert found["reason"] == "tools/list does not offer forecast"


@pytest.mark.parametrize(
    ("method", "reply", "reason"),
    [
        ("server/discover", constant((503, {}, b"down")), "server/discover was answered with 503"),
        ("server/discover", rpc({"supportedVersions": ["2025-11-25"]}), "server/discover does not offer 2026-07-28"),
        ("server/discover", constant((200, {}, b"<html>")), "the answer is no JSON"),
        ("server/discover", constant((200, {}, b"[]")), "the answer is no JSON-RPC message"),
        (
            "tools/list",
            constant((200, {}, b'{"error": {"code": -32603}}')),
            "tools/list was answered with error -32603",
        ),
        ("tools/list", constant((200, {}, b'{"error": "no"}')), "tools/list was answered with error None"),
        ("tools/list", constant((200, {}, b'{"id": 2}')), "tools/list was answered without a result"),
        ("tools/list", constant((200, {}, b'{"id": 7}')), "tools/list was answered for request 7, not 2"),
        ("tools/call", rpc({"isError": True}), "the call of convert_length failed"),
        (
            "tools/call",
            rpc({"structuredContent": {"result": 1}}),
            "the call of convert_length returned something else in result",
        ),
    ],
)
def test_what_is_wrong_is_said(
    method: str, reply: Callable[[Asked], Reply], reason: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with serving(answers(**{method: reply})) as (url, _):
        (found,) = run({"server": "weather", "url": f"{url}/mcp", **CALL})
    assert found["reason"] == reason
    (line,) = metric_lines(capsys.readouterr().out)
    assert line["ProbeSuccess"] == 0
    assert "ProbeLatency" not in line


def test_an_answer_as_stream_is_read() -> None:
    message = json.dumps({"jsonrpc": "2.0", "id": 1, "result": {"supportedVersions": ["2026-07-28"]}})
    stream = 200, {"Content-Type": "text/event-stream"}, f": hello\nevent: message\ndata: {message}\n\n".encode()
    with serving(answers(**{"server/discover": constant(stream)})) as (url, _):
        (found,) = run({"server": "weather", "url": f"{url}/mcp", **CALL})
    assert found["success"]


def test_a_server_that_is_not_there_fails_the_probe_and_holds_up_no_other(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(answers()) as (url, _):
        gone, there = run({"server": "gone", "url": "http://127.0.0.1:9/mcp"}, {"server": "there", "url": f"{url}/mcp"})
    assert gone["reason"].startswith("ConnectionRefusedError")
    assert there["success"]
    assert {line["Server"]: line["ProbeSuccess"] for line in metric_lines(capsys.readouterr().out)} == {
        "gone": 0,
        "there": 1,
    }


def test_tls_is_spoken_with_everybody() -> None:
    (found,) = run({"server": "weather", "url": "https://127.0.0.1:9/mcp?x=1"})
    assert found["reason"].startswith("ConnectionRefusedError")


def test_plain_http_is_not_spoken_with_the_outside() -> None:
    (found,) = run({"server": "weather", "url": "http://weather.example.com/mcp"})
    assert found["reason"] == "the address is not https://"


def test_a_guarded_server_without_credentials_must_refuse_and_say_where_tokens_come_from() -> None:
    metadata = "/.well-known/oauth-protected-resource/mcp"
    guarded = answers(**{"server/discover": constant((401, {}, b"")), metadata: constant((200, {}, b"{}"))})
    with serving(guarded) as (url, _):
        assert run({"server": "weather", "url": f"{url}/mcp", "signIn": True})[0]["success"]
    with serving(answers(**{metadata: constant((200, {}, b"{}"))})) as (url, _):
        (open_,) = run({"server": "weather", "url": f"{url}/mcp", "signIn": True})
    assert open_["reason"] == "a request without a token was answered with 200, not 401"
    with serving(answers(**{metadata: constant((404, {}, b""))})) as (url, _):
        (lost,) = run({"server": "weather", "url": f"{url}/mcp", "signIn": True})
    assert lost["reason"] == "the protected resource metadata was answered with 404"


@pytest.fixture
def secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[dict[str, Any] | str], str]]:
    """Puts a secret into simulated AWS and returns its ARN."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    credentials._tokens.clear()
    with mock_aws():
        client = boto3.client("secretsmanager")

        def put(value: dict[str, Any] | str) -> str:
            text = value if isinstance(value, str) else json.dumps(value)
            return str(client.create_secret(Name="probe", SecretString=text)["ARN"])

        yield put


def token_endpoint(asked: Asked) -> Reply:
    assert asked.headers["authorization"].startswith("Basic ")
    assert b"grant_type=client_credentials" in asked.body
    return 200, {}, json.dumps({"access_token": "let-me-in", "expires_in": 3600}).encode()


def test_the_probe_brings_a_token_and_asks_for_it_once(secret: Callable[[dict[str, Any]], str]) -> None:
    with serving(answers(**{"/token": token_endpoint})) as (url, asked):
        arn = secret({"token_endpoint": f"{url}/token", "client_id": "probe", "client_secret": "s", "scope": "call"})
        target = {"server": "weather", "url": f"{url}/mcp", "secretArn": arn, "signIn": True, **CALL}
        assert run(target)[0]["success"]
        assert run(target)[0]["success"]
    assert [one.path for one in asked].count("/token") == 1
    assert {one.headers.get("authorization") for one in asked if one.path == "/mcp"} == {"Bearer let-me-in"}


def test_an_issuer_that_refuses_fails_the_probe(secret: Callable[[dict[str, Any]], str]) -> None:
    with serving(answers(**{"/token": constant((400, {}, b"{}"))})) as (url, _):
        arn = secret({"token_endpoint": f"{url}/token", "client_id": "probe", "client_secret": "s"})
        (found,) = run({"server": "weather", "url": f"{url}/mcp", "secretArn": arn})
    assert found["reason"] == "the issuer of tokens answered 400"


def test_a_secret_that_is_no_object_is_our_failure_and_is_raised(secret: Callable[[str], str]) -> None:
    with serving(answers()) as (url, _):
        broken = {"server": "weather", "url": f"{url}/mcp", "secretArn": secret('"text"')}
        with pytest.raises(ExceptionGroup, match="could not be observed"):
            run(broken, {"server": "maps", "url": f"{url}/mcp"})


def test_a_tool_on_a_later_page_is_found() -> None:
    def paged(asked: Asked) -> Reply:
        second = "cursor" in json.loads(asked.body)["params"]
        page = {"tools": [{"name": "convert_length"}]} if second else {"tools": [], "nextCursor": "2"}
        return rpc(page)(asked)

    with serving(answers(**{"tools/list": paged})) as (url, _):
        (found,) = run({"server": "weather", "url": f"{url}/mcp", **CALL})
    assert found["success"]


def test_the_days_of_a_certificate_are_a_metric(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = certificate(tmp_path, days=12.3)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with serving(answers(), file) as (url, _):
        assert run({"server": "weather", "url": f"{url}/mcp"})[0]["success"]
    assert metric_lines(capsys.readouterr().out)[0]["CertificateDays"] == pytest.approx(12.3, abs=0.1)


def test_a_certificate_that_nobody_vouches_for_fails_the_probe(tmp_path: Path) -> None:
    with serving(answers(), certificate(tmp_path, days=10)) as (url, _):
        (found,) = run({"server": "weather", "url": f"{url}/mcp"})
    assert found["reason"].startswith("SSLCertVerificationError")
