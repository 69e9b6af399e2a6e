"""Looks at what a restore made: at the data, not only at the job's status."""
