"""Fixtures of the kit's tests."""

import logging
import warnings
from collections.abc import Iterator

import pytest

from mcp_ops_server.logs import LIBRARIES


@pytest.fixture
def restored_logging() -> Iterator[None]:
    """Puts the loggers back that `configure_logging` changes."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    show = warnings.showwarning
    libraries = {name: logging.getLogger(name).level for name in LIBRARIES}
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    warnings.showwarning = show
    for name, kept in libraries.items():
        logging.getLogger(name).setLevel(kept)
