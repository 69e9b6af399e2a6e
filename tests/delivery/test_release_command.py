"""`mcp-ops release`: what verify finds of a server, and what status and rollback print."""

import contextlib
import json
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from typing import Any

import pytest

from mcp_ops.cli import main
from mcp_ops.commands import release as command
from mcp_ops.delivery.functions.release_gate.tools import digest_of
from mcp_ops.delivery.verification import Evidence, Wanted, verified
from mcp_ops.releases import Service
from tests.delivery.mcp_answers import CALL, TOOL, Answers, mcp_server, method_of, result
from tests.monitoring.functions.fakes import Asked, Reply
from tests.test_releases import Ecs, gone

REFERENCE_CALL = json.dumps(CALL)


@pytest.fixture(autouse=True)
def discreet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Python's own server tells its version."""
    monkeypatch.setattr(BaseHTTPRequestHandler, "version_string", lambda _: "server")


def guards(asked: Asked) -> Reply | None:
    """Refuses what the server contract wants refused, and has no metadata."""
    if asked.path.startswith("/.well-known/"):
        return 404, {}, b""
    if "origin" in asked.headers:
        return 403, {}, b""
    return None


def with_change(change: Answers) -> Answers:
    return lambda asked: change(asked) or guards(asked)


@contextlib.contextmanager
def serving(change: Answers = lambda _: None, tools: list[dict[str, Any]] | None = None) -> Iterator[str]:
    with mcp_server(with_change(change), tools) as (url, _):
        yield url


def statuses(evidence: Evidence) -> dict[str, str]:
    return {item.name: item.status for item in evidence.checks}


def failures(change: Answers, wanted: Wanted | None = None) -> dict[str, str]:
    with serving(change) as url:
        evidence = verified(url, wanted or Wanted())
    return {item.name: item.seen for item in evidence.checks if item.status == "failed"}


def test_a_good_release_passes_every_check(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "evidence.json"
    with serving() as url:
        assert main(["release", "verify", url, "--call", REFERENCE_CALL, "--json", "--evidence", str(file)]) == 0
    document = json.loads(capsys.readouterr().out)
    assert json.loads(file.read_text()) == document
    assert document["passed"]
    assert document["toolsDigest"] == digest_of([TOOL])
    assert document["latencyMs"].keys() == {"p50", "p95", "samples"}
    names = [item["check"] for item in document["checks"]]
    assert names == [
        "reachable", "tls", "health", "metadata", "headers", "refusals", "protocol 2026-07-28", "protocol 2025-11-25",
        "tools", "call", "latency",
    ]  # fmt: skip
    assert [item["check"] for item in document["checks"] if item["status"] != "passed"] == ["tls"]


def test_what_could_not_be_checked_fails_where_all_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    with serving() as url:
        assert main(["release", "verify", url]) == 0
        assert main(["release", "verify", url, "--complete"]) == 1
    assert "not checked  tls: the address is plain HTTP on loopback" in capsys.readouterr().out


def test_nothing_answers(capsys: pytest.CaptureFixture[str]) -> None:
    with serving() as url:
        pass
    assert main(["release", "verify", url]) == 1
    assert "failed  reachable: ConnectionRefusedError" in capsys.readouterr().out


def path_answers(path: str, reply: Reply) -> Answers:
    return lambda asked: reply if asked.path == path else None


def gets_endpoint(asked: Asked) -> bool:
    return asked.method == "GET" and asked.path == "/mcp"


def empty_for(method: str) -> Answers:
    return lambda asked: result(asked, {}) if method_of(asked) == method else None


@pytest.mark.parametrize(
    ("change", "check", "reason"),
    [
        (path_answers("/health", (500, {}, b"")), "health", "GET /health was answered with 500"),
        (lambda asked: (200, {}, b"") if gets_endpoint(asked) else None, "refusals", "GET was"),
        (lambda asked: (200, {}, b"") if "origin" in asked.headers else None, "refusals", "another origin"),
        (lambda asked: (405, {"Server": "x/1"}, b"") if gets_endpoint(asked) else None, "headers", "tells a version"),
        (empty_for("server/discover"), "protocol 2026-07-28", "does not offer"),
        (empty_for("initialize"), "protocol 2025-11-25", "agreed on"),
    ],
)
def test_each_check_can_fail(change: Answers, check: str, reason: str) -> None:
    assert reason in failures(change)[check]


def test_tools_need_both_schemas_and_the_released_digest() -> None:
    bare = {key: TOOL[key] for key in ("name", "description", "inputSchema")}
    with serving(tools=[bare]) as url:
        seen = {item.name: item.seen for item in verified(url, Wanted()).checks}
    assert seen["tools"] == "without outputSchema: convert_length"
    found = failures(lambda _: None, Wanted(tools_digest="sha256:" + "0" * 64))
    assert "released is sha256:000" in found["tools"]


def test_a_slow_release_fails() -> None:
    def slow(asked: Asked) -> None:
        if method_of(asked) == "tools/list":
            time.sleep(0.05)

    assert "took longer than 0.01 s" in failures(slow, Wanted(latency_seconds=0.01))["latency"]


def signed_in(metadata: bytes, token: str = "Bearer t0k3n") -> Answers:  # noqa: S107 - a token of the test
    def answer(asked: Asked) -> Reply | None:
        if asked.path == "/.well-known/oauth-protected-resource/mcp":
            return 200, {}, metadata
        if asked.path == "/mcp" and asked.headers.get("authorization") != token:
            return 401, {}, b""
        return None

    return answer


def test_behind_sign_in_it_needs_a_token_for_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    metadata: dict[str, Any] = {"authorization_servers": ["https://login.example.com"]}

    def answer(asked: Asked) -> Reply | None:
        return signed_in(json.dumps(metadata).encode())(asked)

    with serving(answer) as url:
        metadata["resource"] = url
        without = statuses(verified(url, Wanted()))
        monkeypatch.setenv(command.TOKEN_VARIABLE, "t0k3n")
        assert main(["release", "verify", url]) == 0
    assert without["metadata"] == without["sign-in"] == "passed"
    assert {without[name] for name in ("protocol 2026-07-28", "tools", "latency")} == {"not checked"}


def test_metadata_of_another_resource_and_an_open_door_fail() -> None:
    found = failures(signed_in(b'{"resource": "https://other.example.com/mcp"}'))
    assert found["metadata"].startswith("the metadata names resource https://other.example.com/mcp")
    assert failures(signed_in(b"<html>"))["metadata"] == "the metadata is no JSON"
    document = json.dumps({"resource": "x", "authorization_servers": ["y"]}).encode()
    assert "answered with 200, not 401" in failures(path_answers(
        "/.well-known/oauth-protected-resource/mcp", (200, {}, document)))["sign-in"]  # fmt: skip
    gone_wrong = path_answers("/.well-known/oauth-protected-resource/mcp", (500, {}, b""))
    assert failures(gone_wrong)["metadata"] == "the metadata was answered with 500"


def test_wrong_usage_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["release", "verify", "http://example.com/mcp", "--tools-digest", "md5:1", "--latency", "0"]
    assert main([*arguments, "--samples", "0", "--server", "weather", "--call", "{"]) == 2
    said = capsys.readouterr().err
    for line in (
        "url: http://example.com/mcp",
        "--tools-digest: md5:1",
        "--latency: 0",
        "--samples: 0",
        "--stack",
        "--call",
    ):
        assert line in said


# --- Status and rollback


@pytest.fixture
def stack(monkeypatch: pytest.MonkeyPatch) -> list[Ecs]:
    """An environment with one server; the test says what it has run."""
    clients: list[Ecs] = []

    class Environment:
        name = "dev"

        @staticmethod
        def client(_: str) -> Any:
            return clients[0] if clients else None

    service = Service("weather", "arn:aws:ecs:eu-west-1:123456789012:cluster/dev",
                      "arn:aws:ecs:eu-west-1:123456789012:service/dev/weather-1")  # fmt: skip
    monkeypatch.setattr(command, "environment_of", lambda *_: contextlib.nullcontext(Environment()))
    monkeypatch.setattr("mcp_ops.releases.services_of", lambda *_: {"weather": service} if clients else {})
    monkeypatch.setattr(command, "POLL_SECONDS", 0)
    return clients


class Carrying(Ecs):
    """ECS that carries an update out."""

    def update_service(self, **asked: Any) -> None:
        super().update_service(**asked)
        place = int(asked["taskDefinition"].rpartition("/")[2])
        self.deployments = (*self.deployments, (self.deployments[place][0], "SUCCESSFUL"))


def test_rollback_goes_back_and_waits(stack: list[Ecs], capsys: pytest.CaptureFixture[str]) -> None:
    stack.append(Carrying(gone("sha256:good"), gone("sha256:bad")))
    assert main(["release", "rollback", "dev", "weather"]) == 0
    said = capsys.readouterr().out
    assert "weather: sha256:good runs again" in said
    assert "Pulumi.dev.yaml still names what was left" in said


def test_rollback_as_json_without_waiting(stack: list[Ecs], capsys: pytest.CaptureFixture[str]) -> None:
    stack.append(Ecs(gone("sha256:good"), gone("sha256:bad")))
    assert main(["release", "rollback", "dev", "weather", "--json", "--minutes", "0"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["left"]["digest"], document["wentBackTo"]["digest"]) == ("sha256:bad", "sha256:good")
    assert not document["finished"]


def test_rollback_refuses_what_it_cannot_do(stack: list[Ecs], capsys: pytest.CaptureFixture[str]) -> None:
    stack.append(Ecs(gone("sha256:only")))
    assert main(["release", "rollback", "dev", "weather"]) == 2
    assert "has no release before this one" in capsys.readouterr().err
    assert main(["release", "rollback", "dev", "weather", "--minutes", "-1"]) == 2
    assert main(["release", "rollback", "dev", "maps"]) == 2


def test_status_tells_what_runs_and_what_it_would_go_back_to(
    stack: list[Ecs], capsys: pytest.CaptureFixture[str]
) -> None:
    stack.append(Ecs(gone("sha256:a"), gone("sha256:b"), gone("sha256:c", "ROLLBACK_SUCCESSFUL")))
    assert main(["release", "status", "dev", "--json"]) == 1
    (server,) = json.loads(capsys.readouterr().out)["servers"]
    assert server["runs"]["digest"] == "sha256:b"
    assert server["lastDeployment"]["status"] == "ROLLBACK_SUCCESSFUL"
    stack[0] = Ecs(gone("sha256:a"), gone("sha256:b"))
    assert main(["release", "status", "dev"]) == 0
    assert "sha256:a" in capsys.readouterr().out


@pytest.mark.usefixtures("stack")
def test_status_of_an_empty_environment(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["release", "status", "dev"]) == 1
    assert "dev has no servers" in capsys.readouterr().out


def test_verify_compares_the_image_that_runs(
    stack: list[Ecs], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    digest = "sha256:" + "a" * 64
    (tmp_path / "Pulumi.yaml").write_text("name: operations\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("")
    servers = json.dumps({"weather": {"image": f"registry/weather@{digest}"}})
    (tmp_path / "Pulumi.dev.yaml").write_text(f"config:\n  mcp-ops:servers: {servers}\n")
    stack.append(Ecs(gone(digest)))
    more = ["--stack", "dev", "--server", "weather", "--project", str(tmp_path)]
    with serving() as url:
        assert main(["release", "verify", url, *more]) == 0
        assert main(["release", "verify", url, *more, "--digest", "sha256:" + "b" * 64]) == 1
    said = capsys.readouterr().out
    assert f"passed  image: runs {digest}" in said
    assert "failed  image: runs sha256:aaa" in said
