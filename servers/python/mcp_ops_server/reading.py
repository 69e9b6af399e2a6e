"""Reading of environment variables: every offender is noted, with its value and the rule that it breaks."""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeVar

LAST_PORT: Final = 65535
_SHOWN: Final = 80
_T = TypeVar("_T")


class SettingsError(ValueError):
    """The environment breaks the contract. `problems` holds one line per variable: `NAME: value rule`."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Reader:
    """Reads variables and notes each that breaks its rule; returns a harmless value for those."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self.problems: list[str] = []

    def given(self, name: str) -> bool:
        """Tells whether the variable is set, be it empty."""
        return name in self._environ

    def note(self, name: str, rule: str) -> None:
        """Notes that the variable's value breaks the rule."""
        self.problems.append(f"{name}: {shown(self._environ[name])} {rule}")

    def checked(
        self, name: str, default: str | None, parse: Callable[[str], _T], needed: str = "is required"
    ) -> _T | None:
        """Returns `parse(value)`; what it raises as `ValueError` is the rule that the value breaks."""
        value = self._environ.get(name, default)
        if value is None:
            self.problems.append(f"{name}: (not set) {needed}")
            return None
        try:
            return parse(value)
        except ValueError as rule:
            self.problems.append(f"{name}: {shown(value)} {rule}")
            return None

    def matching(self, name: str, pattern: re.Pattern[str], rule: str) -> str:
        """Returns a required text that matches the whole pattern."""

        def parse(value: str) -> str:
            return holding(value, pattern.fullmatch(value), f"is not accepted; {rule}")

        return self.checked(name, None, parse) or ""

    def one_of(self, name: str, default: str | None, values: tuple[str, ...]) -> str:
        """Returns one of the values."""

        def parse(value: str) -> str:
            return holding(value, value in values, f"is not one of {', '.join(values)}")

        return self.checked(name, default, parse) or ""

    def number(self, name: str, default: int, highest: int) -> int:
        """Returns a whole number from 1 to `highest`, written in ASCII digits."""

        def parse(value: str) -> int:
            digits = value.isascii() and value.isdigit() and len(value) <= len(str(highest))
            fits = digits and 1 <= int(value) <= highest
            return int(holding(value, fits, f"is not a whole number from 1 to {highest}"))

        return self.checked(name, str(default), parse) or 0

    def listed(self, name: str, default: str, pattern: re.Pattern[str], shape: str) -> frozenset[str]:
        """Returns the comma-separated items, lower case; each must match the whole pattern."""

        def parse(value: str) -> frozenset[str]:
            items = [item.strip().lower() for item in value.split(",")]
            for item in items:
                found = pattern.fullmatch(item)
                holding(item, found and port_fits(found.group(1)), f"has an item that is not {shape}: {shown(item)}")
            return frozenset(items)

        return self.checked(name, default, parse) or frozenset()

    def secret(self, name: str) -> None:
        """Notes a secret that is not set or empty."""
        if not self._environ.get(name):
            self.problems.append(f"{name}: (not set) is required; it is a secret that the platform injects")


def holding(value: str, holds: object, rule: str) -> str:
    """Returns the value if the rule holds, else raises it."""
    if not holds:
        raise ValueError(rule)
    return value


def port_fits(port: str | None) -> bool:
    """Tells whether the digits of a port, if there are any, are one."""
    return port is None or 1 <= int(port) <= LAST_PORT


def shown(value: str) -> str:
    """Returns the value on one line, at most 80 characters, without the credentials that a URL may carry."""
    text = re.sub(r"//[^/]*@", "//(credentials)@", value)
    plain = text if text.isprintable() and text.isascii() and text and " " not in text else ascii(text)
    return plain if len(plain) <= _SHOWN else f"{plain[: _SHOWN - 3]}..."
