"""Tells people and their tools about alarms, in words."""
