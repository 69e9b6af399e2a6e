"""Where a call goes: an account and a region."""

import re
from dataclasses import dataclass

DEFAULT_ACCOUNT = "123456789012"
DEFAULT_REGION = "us-east-1"


@dataclass(frozen=True)
class Place:
    """Where a call goes."""

    account: str = DEFAULT_ACCOUNT
    region: str = DEFAULT_REGION

    @property
    def partition(self) -> str:
        """The region's partition: `aws`, `aws-cn` or `aws-us-gov`."""
        return {"cn": "aws-cn", "us-gov": "aws-us-gov"}.get(re.split(r"-[a-z]+-\d", self.region)[0], "aws")
