"""Drill **roll-back**."""
