"""`--keep` as a process: what it serves, how it is reached, and how it stops."""

import os
import re
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import boto3
import httpx2
import pytest
from tests.support.projects import write_project

CONTRACT = str(Path(__file__).parent / "drills" / "servers" / "contract.py")
SECONDS_TO_START = 40

PROGRAM = """
    import json
    import sys
    import pulumi
    import pulumi_aws as aws

    provider = aws.Provider("aws", region="eu-west-1", allowed_account_ids=["444455556666"])
    opts = pulumi.ResourceOptions(provider=provider)
    aws.ecs.Cluster("tools", name="tools", opts=opts)

    def server(name, command, **rest):
        variables = {
            "MCP_PORT": "8346",  # other tests start servers on the same addresses
            "MCP_SERVER_NAME": name,
            "MCP_ENVIRONMENT": "dev",
            "MCP_CANONICAL_URL": "https://tools.example.com/mcp",
            "MCP_DRAIN_SECONDS": "1",
        }
        environment = [{"name": key, "value": value} for key, value in variables.items()]
        container = {"name": name, "image": "example/server:1", "memory": 128, "environment": environment}
        definition = aws.ecs.TaskDefinition(name, family=name, container_definitions=json.dumps([container]), opts=opts)
        return {"command": command, "taskDefinition": definition.arn, "url": "https://tools.example.com/mcp", **rest}

    pulumi.export("rehearsal", {"servers": {
        "kit": server("kit", ["python", pulumi.Config().require("contract")]),
        "plain": server("plain", ["python", pulumi.Config().require("contract")]),
        "[red]": server("left-out", ["python"], needs=["rehearsal-no-such-program"]),
    }})
"""


class Kept(NamedTuple):
    process: subprocess.Popen[str]
    text: str

    @property
    def aws(self) -> str:
        return re.findall(r"--endpoint-url (\S+)", self.text)[0]

    @property
    def servers(self) -> dict[str, str]:
        """Address by name, as the lines for an MCP client say it."""
        return dict(re.findall(r"claude mcp add --transport http (\S+) (\S+)", self.text))

    @property
    def pids(self) -> list[int]:
        return [int(pid) for pid in re.findall(r"\(pid (\d+)\)", self.text)]


def started(directory: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "mcp_ops.cli", "rehearse", "dev", "--keep", "--project", str(directory)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def read_until(process: subprocess.Popen[str], words: str) -> str:
    """Returns what a process prints up to some words, within a time limit."""
    assert process.stdout is not None
    text, deadline = "", time.monotonic() + SECONDS_TO_START
    while words not in text:
        ready, _, _ = select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))
        chunk = os.read(process.stdout.fileno(), 65536).decode() if ready else ""
        assert chunk, f"{words!r} did not appear in:\n{text}"
        text += chunk
    return text


def ended(process: subprocess.Popen[str]) -> int:
    try:
        return process.wait(20)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kept]:
    directory = write_project(tmp_path_factory.mktemp("kept"), PROGRAM, f"  shop:contract: {CONTRACT}\n")
    process = started(directory)
    try:
        yield Kept(process, read_until(process, "add --transport http plain http://127.0.0.3:8346/mcp"))
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGINT)
            ended(process)


def test_simulated_aws_answers_for_the_stacks_account_and_region(kept: Kept) -> None:
    assert "--region eu-west-1 ecs list-clusters" in kept.text
    ecs = boto3.client(
        "ecs", endpoint_url=kept.aws, region_name="eu-west-1", aws_access_key_id="x", aws_secret_access_key="x"
    )
    assert ecs.list_clusters()["clusterArns"] == ["arn:aws:ecs:eu-west-1:444455556666:cluster/tools"]
    assert len(ecs.list_task_definitions()["taskDefinitionArns"]) == 3


@pytest.mark.parametrize("name", ["kit", "plain"])
def test_a_client_needs_no_host_header(kept: Kept, name: str) -> None:
    meta = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientInfo": {"name": "test", "version": "1"},
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    headers = {
        "Accept": "application/json, text/event-stream",
        "Mcp-Protocol-Version": "2026-07-28",
        "Mcp-Method": "tools/list",
    }
    body = {"jsonrpc": "2.0", "id": 1, "method": "tools/list", "params": {"_meta": meta}}
    reply: dict[str, Any] = httpx2.post(kept.servers[name], json=body, headers=headers, timeout=10).json()
    assert reply["result"]["tools"]


def test_a_server_that_is_not_started_is_named(kept: Kept) -> None:
    assert "[red]: not started: needs rehearsal-no-such-program on PATH" in kept.text


def test_ctrl_c_stops_everything_and_leaves_nothing_behind(kept: Kept) -> None:
    process, addresses, pids = kept.process, [kept.aws, *kept.servers.values()], kept.pids
    assert len(pids) == 2
    process.send_signal(signal.SIGINT)
    assert ended(process) == 0
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
    for address in addresses:
        host, port = re.findall(r"http://([\d.]+):(\d+)", address)[0]
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, int(port)))


def test_a_failed_rehearsal_is_not_kept_up(tmp_path: Path) -> None:
    process = started(write_project(tmp_path, "import pulumi_aws as aws\naws.sqs.Queue('q', name='x' * 100)\n"))
    output, _ = process.communicate(timeout=SECONDS_TO_START)
    assert process.returncode == 1
    assert "Kept up" not in output
