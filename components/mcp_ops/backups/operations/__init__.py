"""What people do with backups: see whether they are good, and restore them. AWS clients are handed in."""
