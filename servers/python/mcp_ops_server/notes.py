"""Two tools that keep state, where the environment names a table: what backups and restores are rehearsed with."""

import functools
import sys
from typing import Annotated, Any, Final

from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token
from pydantic import BaseModel, Field

from mcp_ops_server.failures import CallerError
from mcp_ops_server.serving import WRONG_ENVIRONMENT

STATE_TABLE: Final = "MCP_STATE_TABLE"
"""Variable with the name of a DynamoDB table, keys `pk` and `sk` (texts). Region and role are the platform's."""

Name = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(max_length=10_000)]


class Note(BaseModel):
    """A note as it is kept."""

    name: str = Field(description="Name of the note, unique for its owner")
    text: str = Field(description="What it says")


def add_notes(mcp: MCPServer[Any], table: str) -> None:
    """Adds `save_note` and `read_note`, kept in the table under the caller's subject: nobody reads another's.

    Raises:
        SystemExit: 2, where boto3 is not installed.
    """
    try:
        import boto3
        from botocore.config import Config
    except ImportError:
        print(f"{STATE_TABLE}: {table} needs boto3; install mcp-ops-server[state]", file=sys.stderr)  # noqa: T201 - as serve
        raise SystemExit(WRONG_ENVIRONMENT) from None

    @functools.cache
    def client() -> Any:
        patience = Config(connect_timeout=2, read_timeout=5, retries={"total_max_attempts": 3})
        return boto3.client("dynamodb", config=patience)

    def key(name: str) -> dict[str, dict[str, str]]:
        access = get_access_token()
        return {"pk": {"S": f"notes#{access.subject if access else ''}"}, "sk": {"S": name}}

    @mcp.tool()
    def save_note(name: Name, text: Text) -> Note:
        """Keeps a note, in place of an older one of that name."""
        client().put_item(TableName=table, Item={**key(name), "text": {"S": text}})
        return Note(name=name, text=text)

    @mcp.tool()
    def read_note(name: Name) -> Note:
        """Returns a note that was kept."""
        item = client().get_item(TableName=table, Key=key(name), ConsistentRead=True).get("Item")
        if item is None:
            raise CallerError("name: there is no note of that name")
        return Note(name=name, text=item["text"]["S"])
