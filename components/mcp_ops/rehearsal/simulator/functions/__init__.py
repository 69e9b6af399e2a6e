"""Provider functions, one module per field; a function is added by an entry in `FUNCTIONS` of its module."""

from collections.abc import Mapping

from mcp_ops.rehearsal.simulator.functions import (
    cloudfront,
    containers,
    databases,
    ec2,
    ec2_images,
    github,
    iam,
    identity,
    platform,
    policy_document,
    secrets,
    storage,
)
from mcp_ops.rehearsal.simulator.functions.function import Function

MODULES = (
    cloudfront,
    containers,
    databases,
    ec2,
    ec2_images,
    github,
    iam,
    identity,
    platform,
    policy_document,
    secrets,
    storage,
)

FUNCTIONS: Mapping[str, Function] = {
    token: function for module in MODULES for token, function in module.FUNCTIONS.items()
}
"""Every function by token."""
