"""The drill `serve` against a real server, and against servers that each break the contract in one way."""

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.rehearsal.drills.support import CONTRACT, outcome_of
from tests.support.projects import write_project

from mcp_ops.rehearsal.drills import client, processes, serve
from mcp_ops.rehearsal.drills.drill import Outcome
from mcp_ops.rehearsal.rehearse import Options, rehearsed

PROGRAM = """
    import json
    import pulumi
    import pulumi_aws as aws

    config = pulumi.Config()
    account = {
        "MCP_ENVIRONMENT": "dev",
        "MCP_CANONICAL_URL": "https://tools.example.com/mcp",
        "MCP_DRAIN_SECONDS": "1",
    }
    token = aws.secretsmanager.Secret("token", name="token")
    pair = aws.secretsmanager.Secret("pair", name="pair")
    versions = [
        aws.secretsmanager.SecretVersion("token", secret_id=token.id, secret_string="open sesame"),
        aws.secretsmanager.SecretVersion("pair", secret_id=pair.id, secret_string='{"user": "ann", "tries": 3}'),
    ]
    colour = aws.ssm.Parameter("colour", name="/shop/colour", type="SecureString", value="blue")
    empty = aws.secretsmanager.Secret("empty", name="empty")
    SOURCES = {
        "TOKEN": token.arn,
        "USER_NAME": pair.arn.apply(lambda arn: f"{arn}:user::"),
        "TRIES": pair.arn.apply(lambda arn: f"{arn}:tries:AWSCURRENT:"),
        "COLOUR": colour.arn,
        "COLOUR_BY_NAME": colour.name,
        "NO_SUCH_KEY": pair.arn.apply(lambda arn: f"{arn}:password::"),
        "NO_VALUE": empty.arn,
    }

    def server(name, command, *, secrets=(), environment=None, **rest):
        container = {
            "name": name,
            "image": "example/server:1",
            "memory": 128,
            "environment": [
                {"name": key, "value": value}
                for key, value in {**account, "MCP_SERVER_NAME": name, **(environment or {})}.items()
            ],
            "secrets": [{"name": key, "valueFrom": SOURCES[key]} for key in secrets],
        }
        definition = aws.ecs.TaskDefinition(
            name,
            family=name,
            container_definitions=pulumi.Output.json_dumps([container]),
            opts=pulumi.ResourceOptions(depends_on=versions),
        )
        return {
            "command": command,
            "taskDefinition": definition.arn,
            "url": "https://tools.example.com/mcp",
            **rest,
        }

    servers = {name: server(name, **entry) for name, entry in config.require_object("servers").items()}
    pulumi.export("rehearsal", {"servers": servers})
"""

pytestmark = pytest.mark.timeout(300)  # servers that hang are waited for, on machines that others use too

DOUBLE = {"tool": "double", "arguments": {"value": 4}, "expect": {"result": 8}}


@pytest.fixture(scope="module", autouse=True)
def short_limits() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "GIVE_UP_SECONDS", 10)
        patch.setattr(processes, "POLL_SECONDS", 0.02)
        patch.setattr(processes, "slowness", lambda: 1.0)
        patch.setattr(processes, "STOP_SECONDS", 4)
        patch.setattr(serve, "CLIENT_LIMIT", 10.0)
        patch.setattr(client, "LATENCY_CALLS", 3)
        yield


def drilled(directory: Path, servers: dict[str, Any], program: str = PROGRAM) -> Outcome:
    """Rehearses servers, each given as the arguments of the program's `server`, and returns how the drill ended."""
    return outcome_of(write_project(directory, program, f"  shop:servers: {json.dumps(servers)}\n"), "serve")


def faulty(fault: str, **rest: Any) -> dict[str, Any]:
    """Returns a server with one fault, probed once."""
    return {"command": ["python", CONTRACT], "environment": {"FAULT": fault}, "probes": [DOUBLE], **rest}


FAULTS = {
    "accepts-anything": ["double: wrong input was accepted", "rehearsal-no-such-tool: wrong input was accepted"],
    "answers-get": ["GET on the endpoint: answered 200; the server contract wants 405"],
    "any-host": ["unknown host: answered 200; the server contract wants 421"],
    "crashes": ["ended with exit code 3 before it was healthy\nstarting\nreading settings\nWEATHER_KEY is missing"],
    "dies-of-sigterm": ["ended with exit code -15 on SIGTERM; the server contract wants 0"],
    "echoes": ["double: the error repeats the value that was sent"],
    "exits-with-4": ["ended with exit code 4 on SIGTERM; the server contract wants 0"],
    "hangs-up": ["the conversation with it failed: "],
    "no-discover": ["server/discover was refused: unknown"],
    "no-tools": ["2026-07-28: tools/list is empty", "2025-11-25: tools/list is empty"],
    "old-only": ["server/discover does not offer 2026-07-28: ['2025-11-25']"],
    "wrong-answer": [
        "2026-07-28: double answered {'result': 12}, expected {'result': 8}",
        "2025-11-25: double answered {'result': 12}, expected {'result': 8}",
    ],
}


@pytest.fixture(scope="module")
def faults(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    """One drill over servers with one fault each, one without, and one that is never started."""
    servers = {fault: faulty(fault) for fault in FAULTS} | {
        "flawless": faulty(""),
        "absent-program": faulty("", command=["rehearsal-no-such-program"]),
        "absent-file": faulty("", command=["./serve.sh"]),
        "absent-folder": faulty("", workingDirectory="nowhere"),
        "absent-tool": faulty("", probes=[{"tool": "triple"}]),
        "absent-key": faulty("", secrets=["NO_SUCH_KEY"]),
        "absent-value": faulty("", secrets=["NO_VALUE"]),
        "wrong-port": faulty("", environment={"MCP_PORT": "99999"}),
        "needs-nothing-more": faulty("", needs=["python", "./__main__.py"]),
        "needs-node": faulty("", needs=["rehearsal-no-such-program", "servers/node/node_modules", "python"]),
    }
    return drilled(tmp_path_factory.mktemp("faults"), servers)


@pytest.mark.parametrize("fault", FAULTS)
def test_a_server_that_breaks_the_contract_fails_with_what_it_did(faults: Outcome, fault: str) -> None:
    assert not faults.passed
    found = [line for line in faults.evidence.facts["problems"] if line.startswith(f"{fault}: ")]
    assert len(found) == len(FAULTS[fault])
    for line, expected in zip(found, FAULTS[fault], strict=True):
        assert line.startswith(f"{fault}: {expected}")


WAITED_FOR = {
    "hangs": (serve, "CLIENT_LIMIT", 0.5, "the conversation with it did not end within 0.5 s"),
    "ignores-sigterm": (processes, "STOP_SECONDS", 0.5, "did not end within 0.5 s of SIGTERM and was killed"),
    "unhealthy": (processes, "GIVE_UP_SECONDS", 2, "was not healthy after 2 s (GET http://127.0.0."),
}
"""Servers that run into a limit whatever it is: a low one is enough for each, and too low for the other servers."""


@pytest.mark.parametrize("fault", WAITED_FOR)
def test_a_server_that_keeps_the_drill_waiting_fails_when_time_is_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    module, name, seconds, expected = WAITED_FOR[fault]
    monkeypatch.setattr(module, name, seconds)
    outcome = drilled(tmp_path, {fault: faulty(fault)})
    assert not outcome.passed
    (found,) = outcome.evidence.facts["problems"]
    assert found.startswith(f"{fault}: {expected}")


@pytest.mark.parametrize(
    ("server", "told"),
    [
        ("absent-program", "cannot be started: there is no program 'rehearsal-no-such-program' on PATH"),
        ("absent-file", "cannot be started: ./serve.sh: No such file or directory"),
        ("absent-folder", "workingDirectory: nowhere is no folder of the project"),
        ("absent-tool", "2026-07-28: triple answered with an error: value: is no integer"),
        ("absent-key", "secret NO_SUCH_KEY: it has no JSON key password"),
        ("absent-value", "secret NO_VALUE: secretsmanager:GetSecretValue: ResourceNotFoundException"),
        ("wrong-port", "MCP_PORT: '99999' in its task definition is no port from 1 to 65535"),
    ],
)
def test_what_cannot_be_started_or_probed_is_named(faults: Outcome, server: str, told: str) -> None:
    found = [line for line in faults.evidence.facts["problems"] if line.startswith(f"{server}: ")]
    assert found[0].startswith(f"{server}: {told}")


def test_a_faulty_server_keeps_no_other_from_being_drilled(faults: Outcome) -> None:
    problems = " ".join(faults.evidence.facts["problems"])
    for name in ("flawless", "needs-nothing-more"):
        facts = faults.evidence.facts["servers"][name]
        assert (facts["tools"], facts["exit_code"]) == (["double", "variables"], 0)
        assert f"{name}:" not in problems


def test_a_server_whose_needs_are_missing_is_left_out_and_that_is_said(faults: Outcome) -> None:
    reason = "needs rehearsal-no-such-program on PATH, servers/node/node_modules"
    assert faults.evidence.facts["not_started"] == {"needs-node": reason}
    assert f"needs-node: not started: {reason}" in faults.evidence.summary
    assert "needs-node" not in faults.evidence.facts["servers"]


def test_servers_with_one_port_stand_side_by_side(faults: Outcome) -> None:
    addresses = {facts["address"] for facts in faults.evidence.facts["servers"].values()}
    assert len(addresses) == len(faults.evidence.facts["servers"]) > 5
    assert {address.split(":")[1] for address in addresses} == {"8000"}


def test_a_slow_start_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serve, "HEALTHY_LIMIT", 0.5)
    outcome = drilled(tmp_path, {"slow": faulty("slow")})
    (problem,) = outcome.evidence.facts["problems"]
    assert problem.startswith("slow: healthy only after ")
    assert problem.endswith("; the limit is 0.5 s")
    assert outcome.evidence.facts["servers"]["slow"]["seconds_to_healthy"] > 0.6


SIGN_IN = {
    "MCP_ISSUER": "https://login.example.com/realms/mcp",
    "MCP_JWKS_URL": "https://login.example.com/realms/mcp/keys",
    "MCP_TOOL_SCOPES": json.dumps({"convert_length": ["units.read"]}),
}


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Outcome:
    convert = {"tool": "convert_length", "arguments": {"value": 5, "source": "km", "target": "m"}}
    server = {
        "command": ["python", "-m", "mcp_ops_server.reference"],
        "probes": [{**convert, "expect": {"result": 5000.0}}],
    }
    signed_in = {**server, "environment": SIGN_IN}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(processes, "GIVE_UP_SECONDS", 45)
        patch.setattr(processes, "STOP_SECONDS", 10)
        patch.setattr(serve, "HEALTHY_LIMIT", 20)  # a busy machine is not what is tested
        patch.setattr(serve, "CLIENT_LIMIT", 20)
        return drilled(tmp_path_factory.mktemp("reference"), {"reference": server, "signed-in": signed_in})


def test_a_server_that_wants_tokens_is_used_with_one(reference: Outcome) -> None:
    facts = reference.evidence.facts["servers"]["signed-in"]
    assert set(SIGN_IN) <= set(facts["environment"])
    assert facts["tools"] == ["convert_length", "text_statistics", "working_days"]
    assert facts["probes"] == 2


def test_the_reference_server_passes_with_all_the_evidence(reference: Outcome) -> None:
    assert reference.passed, reference.evidence.summary
    facts = reference.evidence.facts["servers"]["reference"]
    assert set(facts) == {
        "url", "address", "environment", "seconds_to_healthy", "memory_mb", "protocols", "tools", "probes",
        "latency_calls", "latency_p50_ms", "latency_p95_ms", "refused", "exit_code", "limit_seconds", "starts",
    }  # fmt: skip
    assert facts["protocols"] == ["2026-07-28", "2025-11-25"]
    assert facts["tools"] == ["convert_length", "text_statistics", "working_days"]
    assert (facts["probes"], facts["latency_calls"], facts["exit_code"], facts["starts"]) == (2, 3, 0, 1)
    assert "(limit 20 s)" in reference.evidence.summary[0]
    assert 0 < facts["latency_p50_ms"] <= facts["latency_p95_ms"]
    assert 10 < facts["memory_mb"] < 200
    assert facts["refused"] == {
        "wrong argument type": "refused",
        "unknown tool": "refused",
        "unknown host": "421",
        "unknown origin": "403",
        "GET on the endpoint": "405",
        "DELETE on the endpoint": "405",
    }


def test_the_evidence_is_one_line_for_people_and_json_for_machines(reference: Outcome) -> None:
    line = reference.evidence.summary[0]
    assert line.startswith("reference: healthy in ")
    assert "speaks 2026-07-28 and 2025-11-25" in line
    assert line.endswith("6 wrong requests refused")
    entry = json.loads(json.dumps(reference.as_json()))
    assert (entry["name"], entry["passed"], entry["evidence"]["summary"][0]) == ("serve", True, line)
    assert len(entry["evidence"]["summary"]) == 2


def test_a_process_gets_its_task_definitions_environment_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    expected = {
        "MCP_SERVER_NAME": "vault",
        "MCP_ENVIRONMENT": "dev",
        "MCP_CANONICAL_URL": "https://tools.example.com/mcp",
        "MCP_DRAIN_SECONDS": "1",
        "MCP_HOST": "127.0.0.1",
        "MCP_PORT": "8123",
        "TOKEN": "open sesame",
        "USER_NAME": "ann",
        "TRIES": "3",
        "COLOUR": "blue",
        "COLOUR_BY_NAME": "blue",
    }
    seen: list[dict[str, Any]] = []
    monkeypatch.setattr(client, "_contains", lambda found, _: seen.append(found) or True)
    probe = {"tool": "variables", "expect": {"any": "thing"}}
    secrets = ["TOKEN", "USER_NAME", "TRIES", "COLOUR", "COLOUR_BY_NAME"]
    vault = faulty("", secrets=secrets, environment={"MCP_PORT": "8123"}, probes=[probe])
    outcome = drilled(tmp_path, {"vault": vault})
    assert outcome.passed, outcome.evidence.summary
    # What the interpreter itself adds under the C locale is not the drill's.
    assert {key: value for key, value in seen[0].items() if key != "LC_CTYPE"} == expected
    assert outcome.evidence.facts["servers"]["vault"]["environment"] == sorted(expected.keys() - {"MCP_HOST"})
    assert "open sesame" not in json.dumps(outcome.as_json())


def test_a_port_that_another_process_holds_is_named(tmp_path: Path) -> None:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        outcome = drilled(tmp_path, {"taken": faulty("", environment={"MCP_PORT": str(port)})})
    told = f"port {port} on 127.0.0.1 is in use; stop what listens there, or give the server another port"
    assert outcome.evidence.facts["problems"] == [f"taken: {told}"]


def test_with_one_loopback_address_only_each_server_gets_a_port_of_its_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bindable = processes._can_bind
    monkeypatch.setattr(processes, "_can_bind", lambda host, port: host == "127.0.0.1" and bindable(host, port))
    outcome = drilled(tmp_path, {"first": faulty(""), "second": faulty("")})
    assert outcome.passed, outcome.evidence.summary
    first, second = (facts["address"] for facts in outcome.evidence.facts["servers"].values())
    assert first == "127.0.0.1:8000"
    assert second.startswith("127.0.0.1:")
    assert second != first


def test_the_drill_fails_when_no_server_could_be_started(tmp_path: Path) -> None:
    outcome = drilled(tmp_path, {"node": faulty("", needs=["no-such-folder/"])})
    assert not outcome.passed
    assert outcome.evidence.summary == (
        "node: not started: needs no-such-folder/",
        "no server of the stack was started",
    )


@pytest.fixture
def declared(tmp_path: Path) -> Callable[[str], tuple[str, ...]]:
    """Returns a function that rehearses a stack output `rehearsal` and returns what the failed drill says."""

    def told(output: str) -> tuple[str, ...]:
        outcome = drilled(tmp_path, {}, f"import pulumi\npulumi.export('rehearsal', {output})\n")
        assert not outcome.passed
        return outcome.evidence.summary

    return told


@pytest.mark.parametrize("output", ["['a']", "'text'", "{'server': {}}", "{'servers': ['a']}"])
def test_an_output_of_another_shape_fails_the_drill(declared: Callable[[str], tuple[str, ...]], output: str) -> None:
    (line,) = declared(output)
    assert line.startswith("the output rehearsal: ")
    assert line.endswith('is not of the form {"servers": {NAME: {...}}}')


@pytest.mark.parametrize(
    ("entry", "lines"),
    [
        ("'python'", ["is no mapping"]),
        ("{}", [".command: None is no list of texts: program, then arguments", ".url: None is no address such as"]),
        (
            ("{'comand': ['x'], 'command': 'python x.py', 'url': 'tools/mcp', "
            "'workingDirectory': 1, 'needs': 'node', 'probes': {}}"),
            [".comand: ['x'] is no known key", ".command: ", ".url: tools/mcp",
             ".workingDirectory: 1 ", ".needs: node ", ".probes: {} "],
        ),
        (
            ("{'command': ['x'], 'url': 'https://a/b', 'probes': ['a', {'tool': 'b', 'expects': {}}, "
            "{'tool': 'c', 'arguments': [1]}]}"),
            [".probes[0]: a is no {tool, arguments, expect}", ".probes[1]: ", ".probes[2]: "],
        ),
        (
            "{'command': ['x'], 'url': 'https://a/b', 'taskDefinition': 'arn:other'}",
            [".taskDefinition names no registered task definition: arn:other"],
        ),
    ],
)  # fmt: skip
def test_a_malformed_declaration_fails_the_drill_with_every_offender(
    declared: Callable[[str], tuple[str, ...]], entry: str, lines: list[str]
) -> None:
    told = declared(f"{{'servers': {{'tools': {entry}}}}}")
    assert len(told) == len(lines)
    for line, expected in zip(told, lines, strict=True):
        assert line.startswith("tools: the output rehearsal.servers.tools")
        assert expected in line


@pytest.mark.parametrize("output", ["{}", "{'servers': {}}", "None"])
def test_the_drill_does_not_apply_without_a_server(tmp_path: Path, output: str) -> None:
    write_project(tmp_path, f"import pulumi\npulumi.export('rehearsal', {output})\n")
    with rehearsed(tmp_path, "dev", Options()) as (found, _):
        assert found.not_applicable["serve"] == "no server of the stack names a rehearsal command"
        assert found.passed
