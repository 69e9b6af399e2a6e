"""Clients of AWS that give up before the function does: botocore alone would wait four times a minute."""

from typing import Any

import boto3
from botocore.config import Config

_PATIENCE = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 3})


def aws(service: Any) -> Any:
    """Returns a client of a service, by boto3's name; 3 s to connect, 10 s to read, three attempts in all."""
    return boto3.client(service, config=_PATIENCE)
