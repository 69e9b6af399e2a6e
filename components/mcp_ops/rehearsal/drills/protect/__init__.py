"""Drill **protect**."""
