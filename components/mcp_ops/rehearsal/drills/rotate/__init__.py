"""Drill **rotate**."""
