"""Decides whether a release may have traffic."""
