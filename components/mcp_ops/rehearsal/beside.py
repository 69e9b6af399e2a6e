"""Other stacks of the project, built next to the rehearsed one."""

import contextlib
import multiprocessing
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess

from mcp_ops.errors import InputError
from mcp_ops.rehearsal.record import Run

CAN_FORK = sys.platform == "linux"
"""Elsewhere a process that is copied while it runs is not safe (macOS) or not there (Windows)."""


class Beside:
    """Builds other stacks in the same simulated AWS, each once.

    What has been begun is built while the rehearsal goes on, by a copy of this process: it holds simulated AWS as it
    was deployed, uses another core, and leaves nothing behind here but what the stack registered.
    """

    def __init__(self, build: Callable[[str], Run], silence: Callable[[], None]) -> None:
        """Takes what builds a stack, and what keeps that from telling how it goes."""
        self._build = build
        self._silence = silence
        self._begun: dict[str, tuple[BaseProcess, Connection]] = {}
        self._runs: dict[str, Run] = {}

    def begin(self, stack: str) -> None:
        """Begins to build a stack; where processes cannot be copied, it is built when it is asked for."""
        if not CAN_FORK or stack in self._begun or stack in self._runs:
            return
        here, there = multiprocessing.Pipe(duplex=False)
        process = multiprocessing.get_context("fork").Process(target=self._answer, args=(stack, there))
        process.start()
        there.close()
        self._begun[stack] = process, here

    def __call__(self, stack: str) -> Run:
        """Returns what a stack registered.

        Raises:
            InputError: its settings are wrong.
        """
        if stack in self._begun:
            self._runs[stack] = _received(*self._begun.pop(stack))
        elif stack not in self._runs:
            self._runs[stack] = self._build(stack)
        return self._runs[stack]

    def close(self) -> None:
        """Ends what nobody asked for."""
        for process, answers in self._begun.values():
            process.kill()
            process.join()
            answers.close()
        self._begun.clear()

    def _answer(self, stack: str, answers: Connection) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the rehearsal, which ends this process itself
        self._silence()
        with contextlib.closing(answers):
            try:
                answers.send(self._build(stack))
            except InputError as error:
                answers.send(error)


def _received(process: BaseProcess, answers: Connection) -> Run:
    with contextlib.closing(answers):
        try:
            answer: Run | InputError = answers.recv()
        except EOFError:
            process.join()
            raise ChildProcessError(f"the process that built it ended with code {process.exitcode}") from None
    process.join()
    if isinstance(answer, InputError):
        raise answer
    return answer
