"""The shape of a provider function."""

from collections.abc import Callable, Mapping
from typing import Any

from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.places import Place

Function = Callable[[Cloud, Mapping[str, Any], Place, list[str]], dict[str, Any]]
"""Takes the cloud, the arguments, the place, and the list that assumptions are added to; returns the result.

Arguments and result have Pulumi's camelCase names.
"""
