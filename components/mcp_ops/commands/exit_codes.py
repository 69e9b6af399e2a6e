"""How a command ends, for whoever called it."""

PASSED = 0
"""What was asked for holds, or was done."""
FAILED = 1
"""Something does not hold."""
REFUSED = 2
"""The settings or the way of calling are wrong; nothing was done."""
INTERRUPTED = 130
"""Ended by Ctrl-C."""
