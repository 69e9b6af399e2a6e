"""Decides whether a release may have traffic."""

TEST_PORT = 8443
"""Port of the gateway's test listener."""
