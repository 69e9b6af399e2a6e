"""Drill **record**."""
