"""Rehearses a Pulumi program against simulated AWS: run it, record it, drill it, report it."""
