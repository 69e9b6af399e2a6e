"""The rotation function: one handler, four steps, a strategy per kind of secret."""
