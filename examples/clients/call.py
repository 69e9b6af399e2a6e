"""Lists the tools of an MCP server behind sign-in and calls one: `MCP_TOKEN=... python call.py URL [--mode MODE]`."""

import argparse
import asyncio
import os

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client


async def main(url: str, mode: str) -> None:
    headers = {"Authorization": f"Bearer {os.environ['MCP_TOKEN']}"}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=30) as http,
        Client(streamable_http_client(url, http_client=http), mode=mode) as client,
    ):
        print([tool.name for tool in (await client.list_tools()).tools])  # noqa: T201 - what the example is for
        result = await client.call_tool("text_statistics", {"text": "a b"})
        print(result.structured_content)  # noqa: T201 - what the example is for


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("--mode", default="auto", choices=["auto", "legacy", "2026-07-28"])
    options = parser.parse_args()
    asyncio.run(main(options.url, options.mode))
