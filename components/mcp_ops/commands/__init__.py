"""The commands of `mcp-ops`, a module each: `add` tells the parser of it, `run` carries it out."""
