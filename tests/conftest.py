"""What holds for every test: which files come first, and what the garbage collector looks at."""

import gc
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import pytest

DRILLS = Path(__file__).parent / "rehearsal" / "drills"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts files with long tests first, the rest as it was: short files even out what workers have left at the end.

    Takes effect in parallel with `--no-loadscope-reorder`; without it, xdist hands out files by their number of tests.
    """
    long = {item.path for item in items if item.get_closest_marker("slow") or item.path.is_relative_to(DRILLS)}
    items.sort(key=lambda item: item.path not in long)


def pytest_collection_finish() -> None:
    """Sets aside what imports and collection made: it stays, so no collection of garbage need look at it.

    What tests keep for each other stays, too: looking at all of it is done more rarely than by default.
    """
    gc.freeze()
    gc.set_threshold(10_000, 10, 50)


def pytest_sessionfinish() -> None:
    """Looks for garbage everywhere once: pytest does so five times at the end, for what cannot be raised elsewhere."""
    gc.collect()
    gc.freeze()


@pytest.fixture(autouse=True, scope="module")
def kept_aside() -> Iterator[None]:
    """Looks for garbage everywhere after a file that rehearsed, not after each rehearsal.

    A rehearsal has the collector look at everything again when it ends. That is little in a process of its own, and
    most of a small rehearsal's time in this one, which holds the imports of all tests.
    """
    with mock.patch.object(gc, "unfreeze") as asked:
        yield
    if asked.called:
        gc.unfreeze()
        gc.collect()
        gc.freeze()
