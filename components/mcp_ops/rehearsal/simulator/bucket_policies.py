"""Bucket policies are decided by the simulator's own evaluator: moto's look at them knows no conditions.

It takes "refuse what is not encrypted on its way" for "refuse everything", from every client.
"""

import contextlib
from collections.abc import Iterator
from unittest import mock


@contextlib.contextmanager
def installed() -> Iterator[None]:
    """Keeps moto from looking at bucket policies until the end of the `with` block."""
    from moto.iam.access_control import PermissionResult
    from moto.s3.models import FakeBucket

    with mock.patch.object(FakeBucket, "get_permission", return_value=PermissionResult.NEUTRAL):
        yield
