"""The stacks of the project under mocks, built once per process: many tests read what one of them registers."""

import functools
from collections.abc import Mapping
from typing import Any

from program import build
from settings_load import load
from tests.infra.documents import as_pulumi, settings, stack_file
from tests.support.recording import Recording, record


@functools.cache
def stack(name: str, *, preview: bool = False) -> Recording:
    """Returns what a stack registers; many tests share it, so none may change it."""
    return record(lambda: build(load()), stack=name, config=as_pulumi(stack_file(name)), preview=preview)


def registered(*changes: tuple[str, Any], preview: bool = False, config: Mapping[str, str] | None = None) -> Recording:
    """Returns what the minimal settings register with values changed, as `documents.changed` takes them."""
    if not changes and not preview and not config:
        return _minimal()
    return record(lambda: build(settings(*changes)), preview=preview, config=config)


@functools.cache
def _minimal() -> Recording:
    return record(lambda: build(settings()))
