"""GitHub without an account: what a program declares of a repository, checked against GitHub's documented API."""
