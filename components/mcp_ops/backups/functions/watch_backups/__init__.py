"""Measures how old the newest backup, restorable moment and proved restore of each store are."""
