"""Drill **deploy-role**."""
