"""The one way in which mcp-ops refuses input: every offender at once, each with its place, its value and the rule."""

from collections.abc import Iterator
from typing import NamedTuple

import pulumi


class Offence(NamedTuple):
    """One input that breaks one rule."""

    where: str
    """Where the value stands: a dotted path such as `servers.weather.cpu`, or the name of an argument."""
    value: object
    """The value as it was given."""
    rule: str
    """What the value is or lacks, and what would be accepted: `is not a Fargate size; use 256, 512, ...`."""

    def __str__(self) -> str:
        """`where: value rule`, on one line."""
        return f"{self.where}: {shown(self.value)} {self.rule}"


class InputError(pulumi.RunError, ValueError):
    """Input was refused before anything was registered.

    The Pulumi engine prints a `RunError` without a traceback; the command line ends with exit code 2.
    """

    def __init__(self, *offences: Offence) -> None:
        super().__init__("\n".join(str(offence) for offence in offences))
        self.offences = offences


class Offences:
    """Collects offences, so that one error can name them all."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._found: list[Offence] = []

    def __iter__(self) -> Iterator[Offence]:
        """Yields the offences in the order in which they were found."""
        return iter(self._found)

    def below(self, where: str) -> "Offences":
        """Returns a collector for what stands at `where`: it counts for this one too."""
        part = Offences(f"{self._prefix}{where}.")
        part._found = self._found
        return part

    def add(self, where: str, value: object, rule: str) -> None:
        """Notes that `value`, found at `where` under the collector's prefix, breaks `rule`."""
        self._found.append(Offence(f"{self._prefix}{where}", value, rule))

    def check(self, holds: object, where: str, value: object, rule: str) -> None:
        """Notes the offence unless `holds` is true."""
        if not holds:
            self.add(where, value, rule)

    def refuse(self) -> None:
        """Raises `InputError` with everything noted so far; does nothing when nothing was."""
        if self._found:
            raise InputError(*self._found)


def shown(value: object) -> str:
    """Returns a value for an error line: text in quotes only where it would be misread bare, at most 80 characters."""
    text = value if isinstance(value, str) and value and value == value.strip() and " " not in value else repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004 - the limit of the line above
