"""Drill **restore**."""
