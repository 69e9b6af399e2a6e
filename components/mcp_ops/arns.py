"""Parts of Amazon resource names that are known before anything is registered."""

import re

ACCOUNT_ID = re.compile(r"\d{12}")
"""An AWS account id."""
ACCOUNT_ID_RULE = "is not an AWS account id; it has 12 digits"

REGION = re.compile(r"[a-z]{2}(-[a-z]+)+-\d")
"""An AWS region code, such as `eu-west-1` or `us-gov-east-1`."""
REGION_RULE = "is not an AWS region; write it like eu-west-1"

ROLE_PATH = re.compile(r"(?=[!-~]{3,512}$)/[^*?$]+/")
"""An IAM path below `/` (API reference of CreateRole), without what policies read as patterns."""

_PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}


def partition(region: str) -> str:
    """Returns the partition that `region` belongs to: `aws`, `aws-cn` or `aws-us-gov`."""
    return next((name for prefix, name in _PARTITIONS.items() if region.startswith(prefix)), "aws")


def arn(service: str, region: str, account_id: str, resource: str) -> str:
    """Returns the name of a regional resource."""
    return f"arn:{partition(region)}:{service}:{region}:{account_id}:{resource}"


def iam_arn(region: str, account_id: str, resource: str) -> str:
    """Returns the name of a resource of IAM, which has no region; `region` decides on the partition."""
    return f"arn:{partition(region)}:iam::{account_id}:{resource}"
