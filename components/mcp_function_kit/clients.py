"""Clients of AWS that give up before the function does: botocore alone would wait four times a minute."""

import threading
from typing import Any

import boto3
from botocore.config import Config

_SHORT = Config(connect_timeout=3, read_timeout=10, retries={"total_max_attempts": 3})
_LONG = Config(connect_timeout=3, read_timeout=60, retries={"total_max_attempts": 3})
_DATA = frozenset({"dynamodb", "rds-data", "s3"})
"""Services that read data while the caller waits: a statement of the Data API may take 45 s."""

_MAKING = threading.Lock()
"""boto3's clients may be used by many threads, and be made by one at a time."""


def aws(service: Any) -> Any:
    """Returns a client of a service, by boto3's name: 3 s to connect, three attempts in all.

    An answer may take 10 s; of the services that hold data, 60 s.
    """
    with _MAKING:
        return boto3.client(service, config=_LONG if service in _DATA else _SHORT)
