"""A new operations repository: the files that `mcp-ops init` writes."""
