"""What leaves simulated AWS for people: e-mail and HTTPS, caught before it leaves."""

import contextlib
import http.client
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any
from unittest import mock

from moto.sns.models import Subscription

INSIDE = ("lambda", "sqs")
"""Protocols of subscriptions that stay within simulated AWS."""


@dataclass(frozen=True)
class Delivery:
    """One message to people, or to a service outside AWS."""

    protocol: str
    """`email`, `https`, `sms`, ... as SNS calls them; `https` also for a request that a function makes itself."""
    endpoint: str
    """Address; of a request, the host: the rest may be a secret."""
    subject: str
    text: str


@contextlib.contextmanager
def deliveries() -> Iterator[list[Delivery]]:
    """Collects what would leave, in order, until the end of the `with` block; nothing does leave."""
    collected: list[Delivery] = []
    with (
        mock.patch.object(Subscription, "publish", _published(collected, Subscription.publish)),
        mock.patch.object(http.client, "HTTPSConnection", _connection(collected)),
    ):
        yield collected


def _published(collected: list[Delivery], original: Callable[..., None]) -> Callable[..., None]:
    def publish(self: Any, message: str, message_id: str, **rest: Any) -> None:
        if self.protocol in INSIDE:
            original(self, message, message_id, **rest)
        else:
            collected.append(Delivery(self.protocol, self.endpoint, rest.get("subject") or "", message))

    return publish


def _connection(collected: list[Delivery]) -> type:
    class Caught:
        """Stands for `http.client.HTTPSConnection`: notes a request and answers 202."""

        status = 202
        reason = "Accepted"

        def __init__(self, host: str, *_: Any, **__: Any) -> None:
            self._host = host

        def request(self, _method: str, _path: str, body: Any = None, *_: Any, **__: Any) -> None:
            collected.append(Delivery("https", self._host, "", _text(body)))

        def getresponse(self) -> "Caught":
            return self

        def read(self, *_: Any) -> bytes:
            return b"{}"

        def close(self) -> None:
            """Has nothing to close."""

    return Caught


def _text(body: Any) -> str:
    """Returns a body as text; of a JSON object, its longest text: what a person reads."""
    text = body.decode(errors="replace") if isinstance(body, bytes) else str(body or "")
    try:
        document = json.loads(text)
    except ValueError:
        return text
    texts = list(_texts(document))
    return max(texts, key=len) if texts else text


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)
