"""The watch on the age of secrets."""
