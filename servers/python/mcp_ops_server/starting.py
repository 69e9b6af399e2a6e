"""What makes the start shorter."""

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def without_collecting() -> Iterator[None]:
    """Keeps the garbage collector still while the SDK is imported.

    An import makes hundreds of thousands of objects that stay; looking through them again and again is a tenth of the
    time that a server takes to start.
    """
    collecting = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if collecting:
            gc.enable()
