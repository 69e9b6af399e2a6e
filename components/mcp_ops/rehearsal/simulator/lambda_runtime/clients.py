"""boto3 as a function's code sees it: clients under the function's role."""

import contextlib
from collections.abc import Iterator
from typing import Any
from unittest import mock

import boto3
import boto3.session

from mcp_ops.rehearsal.simulator.authorization.enforcer import RoleSession


class FunctionSession:
    """Stands in for `boto3` and `boto3.Session`: each call of its clients is decided by IAM."""

    def __init__(self, session: RoleSession, region: str) -> None:
        self._session = session
        self.region_name = region
        self._clients: dict[tuple[str, str], Any] = {}

    def client(self, service_name: str, region_name: str | None = None, **_: Any) -> Any:
        """Returns a client; end points, configuration and credentials of the caller's do not count in a rehearsal."""
        key = (service_name, region_name or self.region_name)
        if key not in self._clients:
            self._clients[key] = self._session.client(*key)
        return self._clients[key]

    def resource(self, service_name: str, **_: Any) -> Any:
        """Refuses: resources make clients of their own, which nothing would enforce."""
        raise NotImplementedError(f"boto3.resource({service_name!r}) is not simulated; use boto3.client")

    def __call__(self, *_: Any, region_name: str | None = None, **__: Any) -> "FunctionSession":
        """Is what `boto3.Session(...)` makes: the same role, whatever it is given."""
        return FunctionSession(self._session, region_name or self.region_name)


@contextlib.contextmanager
def boto3_of(session: FunctionSession) -> Iterator[None]:
    """Makes `boto3` give clients of the session until the end of the `with` block."""
    with (
        mock.patch.object(boto3, "client", session.client),
        mock.patch.object(boto3, "resource", session.resource),
        mock.patch.object(boto3, "Session", session),
        mock.patch.object(boto3.session, "Session", session),
    ):
        yield
