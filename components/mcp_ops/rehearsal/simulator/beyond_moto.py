"""Operations that moto lacks and the simulator carries out itself: what is put is kept, and what reads it finds it.

An operation is a function of its parameters and of what its service keeps in that account and region. It answers
before the request would go to moto, so every client reaches it, with IAM or without; it counts as executed.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.exceptions import ClientError

from mcp_ops.rehearsal.simulator.places import Place

Kept = dict[str, Any]
"""What a service keeps in one account and region, beyond moto."""
Operation = Callable[[Kept, Mapping[str, Any], Place], dict[str, Any]]
"""Carries out one operation and returns its answer. Raises `ClientError` where AWS would refuse."""

_PARAMETERS = "mcp-ops-parameters"
_OK = 200


class Beyond:
    """What one simulated cloud keeps beyond moto."""

    def __init__(self, operations: Mapping[str, Mapping[str, Operation]]) -> None:
        """Takes operations by boto3's name of their service, and by their own name."""
        self._operations = operations
        self._kept: dict[tuple[str, Place], Kept] = {}

    def kept(self, service: str, place: Place) -> Kept:
        """Returns what a service keeps in an account and region."""
        return self._kept.setdefault((service, place), {})

    def attach(self, client: Any, service: str, place: Place) -> None:
        """Lets a client reach the operations of its service."""
        service_id = client.meta.service_model.service_id.hyphenize()
        events = client.meta.events
        for name, operation in self._operations.get(service, {}).items():
            events.register(f"provide-client-params.{service_id}.{name}", _remember)
            events.register(f"before-call.{service_id}.{name}", self._answer(operation, service, place))

    def _answer(self, operation: Operation, service: str, place: Place) -> Callable[..., Any]:
        def answer(context: dict[str, Any], **_: Any) -> tuple[Any, dict[str, Any]]:
            data = operation(self.kept(service, place), context[_PARAMETERS], place)
            return _Response(), {**data, "ResponseMetadata": {"HTTPStatusCode": _OK}}

        return answer


class _Response:
    """What botocore looks at beside the answer."""

    status_code = _OK


def _remember(params: Mapping[str, Any], context: dict[str, Any], **_: Any) -> None:
    """Keeps the parameters as the caller gave them; later events see them serialised only."""
    context[_PARAMETERS] = params


def refused(code: str, message: str, operation: str) -> ClientError:
    """Returns AWS's error."""
    return ClientError({"Error": {"Code": code, "Message": message}}, operation)
