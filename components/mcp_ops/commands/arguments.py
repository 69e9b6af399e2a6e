"""Arguments that several commands take, refused while they are parsed: before a command has begun anything."""

import argparse
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mcp_ops.errors import InputError, Offence

_STACK = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""Pulumi Docs, "Stacks": letters, digits, hyphens, underscores and periods, at most 100 characters."""


def unreadable(folder: str | Path) -> str:
    """Returns why a folder cannot be looked into; empty when it can."""
    try:
        os.scandir(folder).close()
    except OSError as error:
        return f"is no folder that can be read: {error.strerror}"
    return ""


class _Refusing(argparse.Action):
    """Takes one value unless it breaks a rule."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,  # noqa: ARG002 - argparse's signature
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Takes the value.

        Raises:
            InputError: it breaks the rule.
        """
        text = str(values)
        rule = self.broken(text)
        if rule:
            raise InputError(Offence(option_string or str(self.metavar or self.dest), text, rule))
        setattr(namespace, self.dest, self.taken(text))

    def broken(self, text: str) -> str:
        """Returns the rule that a value breaks; empty for none."""
        raise NotImplementedError

    def taken(self, text: str) -> Any:
        """Returns what the command gets."""
        return Path(text)


class Stack(_Refusing):
    """The name of a stack."""

    def broken(self, text: str) -> str:
        """Refuses what Pulumi takes for no name."""
        if _STACK.fullmatch(text):
            return ""
        return "is no name of a stack; it has 1 to 100 letters, digits, hyphens, underscores and periods"

    def taken(self, text: str) -> str:
        """Returns the name."""
        return text


class Folder(_Refusing):
    """A folder that is there, as `Path`."""

    def broken(self, text: str) -> str:
        """Refuses what is no folder, or cannot be looked into."""
        return unreadable(text)


class Target(_Refusing):
    """A file or folder to write, as `Path`; whether it can be written is looked at by who writes it."""

    def broken(self, text: str) -> str:
        """Refuses nothing at all, which `Path` would take for the working directory."""
        return "" if text else "is no path"
