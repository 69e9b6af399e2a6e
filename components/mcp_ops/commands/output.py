"""Standard output: what cannot be written ends the command with one line, wherever in it that was."""

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any, TextIO, cast

from mcp_ops.errors import InputError, Offence


class Lost(Exception):
    """Standard output takes no more.

    No `OSError`, so that nothing on the way to the command line takes it for an error about a file of its own.
    """

    def __init__(self, error: OSError | UnicodeEncodeError) -> None:
        if isinstance(error, OSError):
            reason = f"cannot be written: {error.strerror}"
        else:
            reason = f"cannot be written in {error.encoding}, which has no {error.object[error.start]!r}"
        super().__init__(f"standard output: {reason}")
        self.unwanted = isinstance(error, BrokenPipeError)
        """Whether its reader wants no more of it, as `head` does."""


class _Checked:
    """Standard output as it is, but a failure to write it is `Lost`."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        """Writes a text."""
        try:
            return self._stream.write(text)
        except (OSError, UnicodeEncodeError) as error:
            raise Lost(error) from error

    def flush(self) -> None:
        """Hands on what was written."""
        try:
            self._stream.flush()
        except OSError as error:
            raise Lost(error) from error


@contextlib.contextmanager
def checked_output() -> Iterator[None]:
    """Checks standard output until the end of the `with` block; what was printed then has reached its reader.

    After this nobody would hear that it has not: the interpreter would, while it ends.

    Raises:
        InputError: there is no standard output: the first file that the command opens would get its number.
        Lost: it cannot be written. What is left of it goes nowhere.
    """
    stream: TextIO | None = sys.stdout
    if stream is None:
        raise InputError(Offence("standard output", "closed", "cannot be written; redirect it, if only to /dev/null"))
    checked = _Checked(stream)
    sys.stdout = cast("TextIO", checked)
    try:
        try:
            yield
        finally:
            checked.flush()
    except Lost:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
        raise
    finally:
        sys.stdout = stream
