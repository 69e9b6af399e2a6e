"""Observes what AWS does not measure: servers and services from outside, deployments, incidents."""
