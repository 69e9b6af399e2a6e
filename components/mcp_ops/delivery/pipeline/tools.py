"""Runs other programs: with a time limit, their output passed on and kept."""

import shutil
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mcp_ops.errors import InputError, Offence

NOT_FOUND = 127
"""Exit code that shells give for a program that is not there."""
TIMED_OUT = 124
"""Exit code that `timeout` gives."""


@dataclass(frozen=True)
class Finished:
    """A program that has ended."""

    code: int
    output: str
    """Standard output, and standard error where the caller joined them."""

    @property
    def passed(self) -> bool:
        """Whether it ended with exit code 0."""
        return self.code == 0


class Runner(Protocol):
    """Runs a program; tests give one that answers by itself."""

    def __call__(self, command: Sequence[str], *, seconds: int, text: str = "") -> Finished:
        """Runs `command` for at most `seconds`; `text` is its standard input."""


class Tools:
    """Runs programs in one folder."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def __call__(self, command: Sequence[str], *, seconds: int, text: str = "") -> Finished:
        """Runs a program; what it prints goes to standard error as it comes, so that a log shows it live.

        A program that is not there, or does not end in time, has failed.
        """
        if shutil.which(command[0]) is None:
            told = f"{command[0]} is not installed\n"
            sys.stderr.write(told)
            return Finished(NOT_FOUND, told)
        process = subprocess.Popen(
            list(command),
            cwd=self._directory,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        late = threading.Event()

        def end() -> None:
            late.set()
            process.kill()

        timer = threading.Timer(seconds, end)
        timer.start()
        try:
            return self._followed(process, text, late)
        finally:
            timer.cancel()

    @staticmethod
    def _followed(process: "subprocess.Popen[str]", text: str, late: threading.Event) -> Finished:
        lines = []
        if process.stdin is None or process.stdout is None:  # pragma: no cover - both are pipes
            raise AssertionError
        with process.stdin as stream:
            stream.write(text)
        for line in process.stdout:
            sys.stderr.write(line)
            lines.append(line)
        process.stdout.close()
        code = process.wait()
        if late.is_set():
            lines.append("ended: it took longer than its time limit\n")
            sys.stderr.write(lines[-1])
            return Finished(TIMED_OUT, "".join(lines))
        return Finished(code, "".join(lines))


def required(tools: Runner, command: Sequence[str], *, seconds: int) -> str:
    """Returns the output of a program that must succeed.

    Raises:
        InputError: it did not.
    """
    finished = tools(command, seconds=seconds)
    if not finished.passed:
        last = (finished.output.strip().splitlines() or ["no output"])[-1]
        raise InputError(Offence(" ".join(command[:3]), last, f"ended with exit code {finished.code}"))
    return finished.output
