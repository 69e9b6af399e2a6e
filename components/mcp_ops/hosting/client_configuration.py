"""What the users of a server paste into their AI tools."""

import json


def client_configuration(name: str, url: str) -> str:
    """Returns a JSON object that holds, under the name of each tool, the content of its configuration file.

    `claude-code`: `.mcp.json` · `claude-desktop`: `claude_desktop_config.json`, which starts local programs only and so
    goes through the `mcp-remote` bridge · `cursor`: `.cursor/mcp.json` · `vscode`: `.vscode/mcp.json`.
    """
    remote = {"type": "http", "url": url}
    tools = {
        "claude-code": {"mcpServers": {name: remote}},
        "claude-desktop": {"mcpServers": {name: {"command": "npx", "args": ["-y", "mcp-remote", url]}}},
        "cursor": {"mcpServers": {name: {"url": url}}},
        "vscode": {"servers": {name: remote}},
    }
    return json.dumps(tools, indent=2)
