"""The tools that keep state, against simulated DynamoDB."""

import asyncio
import sys
from collections.abc import Iterator
from typing import Any

import boto3
import issuer
import kit
import pytest
from mcp.server import MCPServer
from moto import mock_aws

from mcp_ops_server import create_app
from mcp_ops_server.notes import add_notes


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """An empty table."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    with mock_aws():
        boto3.client("dynamodb").create_table(
            TableName="notes",
            KeySchema=[{"AttributeName": "pk", "KeyType": "HASH"}, {"AttributeName": "sk", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": each, "AttributeType": "S"} for each in ("pk", "sk")],
            BillingMode="PAY_PER_REQUEST",
        )
        yield "notes"


def answers(table: str, *calls: tuple[str | None, str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Results of calls by subject, tool and arguments."""
    mcp = MCPServer("notes")
    add_notes(mcp, table)

    async def scenario() -> list[dict[str, Any]]:
        found = []
        with issuer.issuing() as running:
            environment = running.environment() if any(subject for subject, *_ in calls) else {}
            async with kit.client_of(create_app(mcp, kit.settings(**environment))) as client:
                for subject, tool, arguments in calls:
                    params = {"name": tool, "arguments": arguments}
                    headers = kit.headers(kit.MODERN, "tools/call", params)
                    headers |= {"authorization": f"Bearer {issuer.token(sub=subject)}"} if subject else {}
                    body = kit.message(kit.MODERN, "tools/call", params)
                    found.append((await client.post("/mcp", headers=headers, json=body)).json()["result"])
        return found

    return asyncio.run(scenario())


def test_a_note_is_kept_and_replaced(table: str) -> None:
    saved, again, read = answers(
        table,
        (None, "save_note", {"name": "a", "text": "one"}),
        (None, "save_note", {"name": "a", "text": "two"}),
        (None, "read_note", {"name": "a"}),
    )
    assert saved["structuredContent"] == {"name": "a", "text": "one"}
    assert again["structuredContent"] == read["structuredContent"] == {"name": "a", "text": "two"}


def test_nobody_reads_anothers_note(table: str) -> None:
    *_, own, others = answers(
        table,
        ("ann", "save_note", {"name": "a", "text": kit.SECRET}),
        ("ann", "read_note", {"name": "a"}),
        ("ben", "read_note", {"name": "a"}),
    )
    assert own["structuredContent"]["text"] == kit.SECRET
    assert others["isError"]
    assert others["content"][0]["text"].endswith("name: there is no note of that name")
    assert kit.SECRET not in str(others)


def test_a_table_that_does_not_answer_is_a_failure_without_details(table: str) -> None:
    (failed,) = answers(f"no-{table}", (None, "save_note", {"name": "a", "text": kit.SECRET}))
    assert (failed["isError"], failed["content"][0]["text"]) == (True, "Error executing tool save_note")


def test_without_boto3_the_variable_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "boto3", None)
    with pytest.raises(SystemExit, match="2"):
        add_notes(MCPServer("notes"), "notes")
    assert capsys.readouterr().err == "MCP_STATE_TABLE: notes needs boto3; install mcp-ops-server[state]\n"


def test_the_reference_server_has_the_tools_where_a_table_is_named() -> None:
    environment = {"MCP_STATE_TABLE": "notes", "AWS_DEFAULT_REGION": "eu-central-1"}
    with kit.running("mcp_ops_server.reference", **environment) as server:
        listed = server.post(kit.MODERN, "tools/list").json()["result"]["tools"]
    assert {"save_note", "read_note"} < {tool["name"] for tool in listed}
