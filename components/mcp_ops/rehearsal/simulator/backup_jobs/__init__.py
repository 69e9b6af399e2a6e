"""AWS Backup over the data of simulated AWS: what moto lacks of it.

Settings are kept and found again; a run of a plan takes real copies of tables, buckets, file systems and clusters; a
restore makes new ones of them; a restore test chooses, restores, and tells EventBridge, as AWS Backup's documentation
says. Jobs end at once, and a copy is as exact as its source was at that moment.
"""
