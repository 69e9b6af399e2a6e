"""Drill **least-privilege**."""
