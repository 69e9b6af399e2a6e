"""Remembers what simulated AWS says about permissions, for as long as nobody changes any."""

import contextlib
from collections.abc import Callable, Hashable, Iterator
from contextvars import ContextVar
from typing import Any, TypeVar

Read = TypeVar("Read")

_HELD: ContextVar[dict[Hashable, Any] | None] = ContextVar("held", default=None)


@contextlib.contextmanager
def held() -> Iterator[None]:
    """Reads policies, tags and keys once until the end of the `with` block: nobody changes them meanwhile."""
    token = _HELD.set({})
    try:
        yield
    finally:
        _HELD.reset(token)


def remembered(key: Hashable, read: Callable[[], Read]) -> Read:
    """Returns what `read` returns; within `held`, what it returned for the same key before."""
    known = _HELD.get()
    if known is None:
        return read()
    if key not in known:
        known[key] = read()
    found: Read = known[key]
    return found
