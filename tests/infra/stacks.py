"""Programs of the project under mocks, each built once per process: many tests read what one of them registers."""

import functools
import json
from collections.abc import Mapping
from typing import Any

from program import build
from settings_load import load, parse
from tests.infra.documents import FILE, as_pulumi, changed, stack_file
from tests.support.recording import Recording, record


@functools.cache
def stack(name: str, *, preview: bool = False) -> Recording:
    """Returns what a stack registers; many tests share it, so none may change it."""
    return record(lambda: build(load()), stack=name, config=as_pulumi(stack_file(name)), preview=preview)


def registered(*changes: tuple[str, Any], preview: bool = False, config: Mapping[str, str] | None = None) -> Recording:
    """Returns what the minimal settings register with values changed, as `documents.changed` takes them.

    Tests whose settings come out the same share it, so none may change it.
    """
    return _registered(json.dumps(changed(*changes)), tuple((config or {}).items()), preview=preview)


@functools.cache
def _registered(document: str, config: tuple[tuple[str, str], ...], *, preview: bool) -> Recording:
    return record(lambda: build(parse(json.loads(document), FILE)), preview=preview, config=dict(config))
