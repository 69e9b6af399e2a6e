"""Writes a heartbeat into each store shortly before the backup: what the store held then, sealed by a digest."""
