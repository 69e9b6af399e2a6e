"""Reads the plain inputs of a component: defaults, bounds and choices; collects every offence for one error.

The SDKs of other languages hand an integer over as a float (`3.0`), so a float without fraction counts as an integer.
"""

import difflib
import ipaddress
import re
from collections.abc import Collection, Mapping, Sequence

from mcp_ops.errors import Offences

RETENTION_DAYS = (
    1,
    3,
    5,
    7,
    14,
    30,
    60,
    90,
    120,
    150,
    180,
    365,
    400,
    545,
    731,
    1096,
    1827,
    2192,
    2557,
    2922,
    3288,
    3653,
)
"""Days that CloudWatch Logs accepts as retention (API reference of PutRetentionPolicy)."""

LOG_GROUP_PREFIX = re.compile(r"/[A-Za-z0-9_./#-]{0,199}")
"""Start of a log group's name: the characters of CreateLogGroup."""


def ipv4_block(offences: Offences, where: str, text: str) -> ipaddress.IPv4Network | None:
    """Returns the IPv4 block that `text` names, or notes why it names none."""
    try:
        return ipaddress.IPv4Network(text)
    except ValueError as error:
        offences.add(where, text, f"is not an IPv4 block: {error}")
        return None


class Inputs:
    """The inputs of one component: reads them, and notes an offence where one is missing, unknown or wrong."""

    def __init__(self, where: str, args: Mapping[str, object], shape: type, offences: Offences | None = None) -> None:
        """Checks the names of `args` against the TypedDict `shape`; offences carry the prefix `<where>.`."""
        self.offences = Offences(f"{where}.") if offences is None else offences
        self._args = args
        self._check_names(vars(shape)["__required_keys__"], vars(shape)["__annotations__"])

    def _check_names(self, required: Collection[str], known: Collection[str]) -> None:
        for key in sorted(set(self._args) - set(known)):
            near = difflib.get_close_matches(key, known, n=1)
            hint = f"; did you mean {near[0]}" if near else ""
            self.offences.add(key, self._args[key], f"is no input of this component{hint}")
        for key in sorted(required):
            self.offences.check(self.has(key), key, None, "is missing; it is required")

    def has(self, key: str) -> bool:
        """Whether the input was given; None counts as not given."""
        return self._args.get(key) is not None

    def given(self, key: str) -> object:
        """Returns the input as it was given, for an error line."""
        return self._args.get(key)

    def group(self, key: str, shape: type) -> "Inputs | None":
        """Returns the inputs of a nested TypedDict, or None when it was not given."""
        value = self._args.get(key)
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.offences.add(key, value, "is not a group of inputs")
            return None
        return Inputs("", value, shape, self.offences.below(key))

    def integer(self, key: str, default: int, lowest: int, highest: int) -> int:
        """Returns a plain integer from `lowest` to `highest`."""
        value = self._args.get(key)
        if value is None:
            return default
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        if isinstance(value, bool) or not isinstance(value, int) or not lowest <= value <= highest:
            self.offences.add(key, value, f"is not a plain integer from {lowest} to {highest}")
            return default
        return value

    def retention(self, key: str, default: int) -> int:
        """Returns days that CloudWatch Logs accepts as retention."""
        days = self.integer(key, default, RETENTION_DAYS[0], RETENTION_DAYS[-1])
        accepted = ", ".join(map(str, RETENTION_DAYS))
        self.offences.check(days in RETENTION_DAYS, key, days, f"is no retention of CloudWatch Logs; use {accepted}")
        return days

    def log_group_prefix(self) -> str:
        """Returns the first part of the names of log groups, `/mcp-ops` unless the input says otherwise."""
        rule = "is no prefix of a log group; start with / and use letters, digits and _ . / # -, at most 200"
        return self.text("log_group_prefix", LOG_GROUP_PREFIX, rule, "/mcp-ops")

    def number(self, key: str, default: float, lowest: float, highest: float) -> float:
        """Returns a plain number from `lowest` to `highest`."""
        value = self._args.get(key)
        if value is None:
            return default
        if isinstance(value, bool) or not isinstance(value, int | float) or not lowest <= value <= highest:
            self.offences.add(key, value, f"is not a plain number from {lowest:g} to {highest:g}")
            return default
        return float(value)

    def flag(self, key: str, *, default: bool) -> bool:
        """Returns a plain boolean."""
        value = self._args.get(key)
        if value is None or isinstance(value, bool):
            return default if value is None else value
        self.offences.add(key, value, "is not true or false")
        return default

    def text(self, key: str, pattern: re.Pattern[str], rule: str, default: str = "") -> str:
        """Returns a plain string that matches `pattern` in full; `rule` says what was expected."""
        value = self._args.get(key)
        if value is None:
            return default
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.offences.add(key, value, rule)
            return default
        return value

    def choice(self, key: str, default: str, choices: Sequence[str]) -> str:
        """Returns one of `choices`."""
        value = self._args.get(key)
        if value is None:
            return default
        if not isinstance(value, str) or value not in choices:
            self.offences.add(key, value, f"is not one of {', '.join(choices)}")
            return default
        return value

    def texts(self, key: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """Returns a list of plain strings without duplicates."""
        value = self._args.get(key)
        if value is None:
            return tuple(default)
        if (
            isinstance(value, str)
            or not isinstance(value, Sequence)
            or not all(isinstance(item, str) for item in value)
        ):
            self.offences.add(key, value, "is not a list of plain strings")
            return tuple(default)
        for item in sorted({item for item in value if value.count(item) > 1}):
            self.offences.add(key, item, "is listed twice")
        return tuple(value)

    def entries(self, key: str, pattern: re.Pattern[str], rule: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """Returns a list of plain strings that each match `pattern` in full; `rule` says what was expected."""
        entries = self.texts(key, default)
        for entry in entries:
            self.offences.check(pattern.fullmatch(entry), key, entry, rule)
        return entries

    def cidrs(self, key: str, default: Sequence[str] = ()) -> tuple[str, ...]:
        """Returns a list of IPv4 blocks."""
        blocks = self.texts(key, default)
        for block in blocks:
            ipv4_block(self.offences, key, block)
        return blocks

    def sequence(self, key: str) -> Sequence[object]:
        """Returns a plain list, whatever it holds; empty when it was not given."""
        value = self._args.get(key)
        if value is None:
            return ()
        if isinstance(value, str) or not isinstance(value, Sequence):
            self.offences.add(key, value, "is not a list")
            return ()
        return value

    def mapping(self, key: str) -> Mapping[str, object]:
        """Returns a map with plain keys; its values may be outputs."""
        value = self._args.get(key)
        if value is None:
            return {}
        if not isinstance(value, Mapping) or not all(isinstance(name, str) for name in value):
            self.offences.add(key, value, "is not a map with plain keys")
            return {}
        return value

    def at_least(self, key: str, fewest: int) -> None:
        """Checks the length of a list, where it is known when the program runs."""
        value = self._args.get(key)
        if isinstance(value, Sequence) and len(value) < fewest:
            self.offences.add(key, value, f"lists {len(value)}; {fewest} are needed")
