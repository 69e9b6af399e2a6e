"""Drill **sign-in**."""
