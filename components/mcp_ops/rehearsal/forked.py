"""Copies of this process: each works something out on another core, and leaves nothing behind here but its answer."""

import contextlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from multiprocessing import connection
from typing import Any, Generic, TypeVar

CAN_FORK = sys.platform == "linux"
"""Elsewhere a process that is copied while it runs is not safe (macOS) or not there (Windows)."""

END_SECONDS = 15.0
"""How long a copy may take to stop what it has started, once nobody wants its answer any more."""

Answer = TypeVar("Answer")


@dataclass(frozen=True)
class _Raised:
    error: Exception


class Forked(Generic[Answer]):
    """A copy of this process as it is now, with one thing to do."""

    def __init__(self, work: Callable[[], Answer]) -> None:
        """Begins at once. The answer has to be something that `pickle` takes."""
        self._answers, there = multiprocessing.Pipe(duplex=False)
        self._process = multiprocessing.get_context("fork").Process(target=_answer, args=(work, there))
        self._process.start()
        there.close()

    def answer(self) -> Answer:
        """Waits for what the copy worked out, once.

        Raises:
            ChildProcessError: the copy ended without an answer.
            Exception: what the work raised.
        """
        with contextlib.closing(self._answers):
            try:
                answer: Answer | _Raised = self._answers.recv()
            except EOFError:
                self._process.join()
                code = self._process.exitcode
                raise ChildProcessError(f"the process that worked it out ended with code {code}") from None
        self._process.join()
        if isinstance(answer, _Raised):
            raise answer.error
        return answer

    def end(self) -> None:
        """Ends the copy, whose answer is not wanted; it stops what it has started, or is killed."""
        self._process.terminate()
        self._process.join(END_SECONDS)
        self._process.kill()
        self._process.join()
        self._answers.close()

    def fileno(self) -> int:
        """Returns what `ready` waits for: the answer, or the end of the copy."""
        return self._answers.fileno()


def ready(copies: Iterable[Forked[Answer]]) -> list[Forked[Answer]]:
    """Waits until at least one of the copies has its answer or has ended, and returns all of these."""
    found: list[Any] = connection.wait(list[Any](copies))
    return found


def cores() -> int:
    """Returns how many cores this process may use; at least 1."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _answer(work: Callable[[], Any], answers: connection.Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the rehearsal, which ends this process itself
    signal.signal(signal.SIGTERM, _end)
    with contextlib.closing(answers):
        try:
            answers.send(work())
        except Exception as error:  # noqa: BLE001 - raised again where the answer is asked for
            answers.send(_Raised(error))


def _end(*_: object) -> None:
    """Leaves every `with` block on the way out: what was started there is stopped."""
    sys.exit(128 + signal.SIGTERM)
