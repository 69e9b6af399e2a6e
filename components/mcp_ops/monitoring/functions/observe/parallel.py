"""Does the same to many targets at once."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from typing import Any

MOST = 32
"""Targets at a time."""

Target = Mapping[str, Any]
Result = dict[str, Any]


def each(observe: Callable[[Target], Result], targets: Sequence[Target]) -> list[Result]:
    """Returns the result of every target. One that raises holds up no other; then all that was raised is."""
    with ThreadPoolExecutor(max_workers=max(1, min(MOST, len(targets)))) as pool:
        futures = [pool.submit(copy_context().run, observe, target) for target in targets]
    raised = [error for error in (future.exception() for future in futures) if isinstance(error, Exception)]
    if raised:
        raise ExceptionGroup("targets could not be observed", raised)
    return [future.result() for future in futures]
