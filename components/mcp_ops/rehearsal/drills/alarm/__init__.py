"""Drill **alarm**: a healthy environment, faults, and what people are told."""
