"""The reference server: three small honest tools. `python -m mcp_ops_server.reference`."""

import os
from datetime import date, timedelta
from typing import Annotated, Literal

from mcp.server import MCPServer
from pydantic import BaseModel, Field

from mcp_ops_server import CallerError, __version__, serve

METRES = {"m": 1.0, "km": 1000.0, "ft": 0.3048, "mi": 1609.344}
MAX_DAYS = 3660
Unit = Literal["m", "km", "ft", "mi"]
mcp = MCPServer("reference", version=__version__)


class TextStatistics(BaseModel):
    """Counts of a text."""

    characters: int = Field(description="Unicode code points, white space included")
    words: int = Field(description="Runs of characters between white space")
    lines: int = Field(description="Lines; an empty text has none")


@mcp.tool()
async def convert_length(value: Annotated[float, Field(allow_inf_nan=False)], source: Unit, target: Unit) -> float:
    """Converts a length between metres, kilometres, feet and miles (international, exact)."""
    return value * METRES[source] / METRES[target]


@mcp.tool()
async def text_statistics(text: Annotated[str, Field(max_length=100_000)]) -> TextStatistics:
    """Counts the characters, words and lines of a text."""
    return TextStatistics(characters=len(text), words=len(text.split()), lines=len(text.splitlines()))


@mcp.tool()
async def working_days(start: date, end: date, holidays: Annotated[list[date], Field(max_length=400)] = []) -> int:  # noqa: B006 - never changed
    """Counts Monday to Friday from start to end, both included, without the holidays; at most ten years."""
    if not 0 <= (end - start).days <= MAX_DAYS:
        raise CallerError(f"end: must not be before start nor more than {MAX_DAYS} days after it")
    days = (start + timedelta(offset) for offset in range((end - start).days + 1))
    return sum(day.isoweekday() <= 5 and day not in holidays for day in days)  # noqa: PLR2004 - Friday is the fifth


if table := os.environ.get("MCP_STATE_TABLE"):
    # Imported here: boto3 costs start-up time that a server without state need not pay.
    from mcp_ops_server.notes import add_notes

    add_notes(mcp, table)

if __name__ == "__main__":
    serve(mcp)
