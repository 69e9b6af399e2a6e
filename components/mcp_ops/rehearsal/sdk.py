"""What the SDK does for an engine, done for a run in this process."""

import asyncio
import contextlib
import gc
from collections.abc import Iterator
from unittest import mock

import pulumi.runtime.resource
from pulumi.runtime.proto import source_pb2
from pulumi.runtime.settings import SETTINGS


async def drain() -> None:
    """Waits until nothing is outstanding, in batches: the SDK's own loop is quadratic in the number of outputs.

    Raises the first error of a registration or an output.
    """
    manager = SETTINGS.rpc_manager
    while True:
        await asyncio.sleep(0)
        pending, manager.rpcs = manager.rpcs, []
        with SETTINGS.lock:
            pending = [*pending, *SETTINGS.outputs]
            SETTINGS.outputs.clear()
        if not pending:
            break
        try:
            await asyncio.gather(*pending)
        except Exception:  # the SDK keeps the first failure itself, which says more than this one
            _raise_first()
            raise
    _raise_first()


def _raise_first() -> None:
    manager = SETTINGS.rpc_manager
    if manager.unhandled_exception is not None:
        raise manager.unhandled_exception.with_traceback(manager.exception_traceback)


@contextlib.contextmanager
def without_stack_traces() -> Iterator[None]:
    """Lets the SDK tell no engine where each resource was made: nobody here asks, and it reads every source for it."""
    with mock.patch.object(pulumi.runtime.resource, "_get_stack_trace", source_pb2.StackTrace):
        yield


@contextlib.contextmanager
def without_collecting() -> Iterator[None]:
    """Keeps the garbage collector still while a program runs.

    A run makes hundreds of thousands of tasks and futures; looking at them over and over is a fifth of its time.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
