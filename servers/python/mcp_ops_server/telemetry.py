"""What a server tells beyond its tool calls: business metrics, and how near the limits of an AI provider are."""

import logging
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from mcp_ops_server.emf import FIELD, UNITS, Metrics

METRICS_LOGGER: Final = "mcp_ops.metrics"

_NAME = re.compile(r"[A-Z][A-Za-z0-9]{0,63}")
_PROVIDER = re.compile(r"[a-z0-9][a-z0-9-]{0,31}")
_RESERVED: Final = ("Tool", "Provider")
_THROTTLED: Final = frozenset({429, 529})

log = logging.getLogger(METRICS_LOGGER)


@dataclass(frozen=True)
class BusinessMetric:
    """A metric that a server declares, once, at the top of a module; its tools record values.

    Written to CloudWatch under `McpOps` with the dimensions `Environment` and `Server`; 0.30 USD a month.

    Raises:
        ValueError: The name is taken or not of letters and digits, the unit is unknown, or the bounds are reversed.
    """

    name: str
    """1 to 64 letters and digits, the first a capital; not beginning with `Tool` or `Provider`."""
    unit: str = "None"
    """One of CloudWatch's units, such as `Count` or `Seconds`."""
    lowest: float = -math.inf
    """Least value. Default: none."""
    highest: float = math.inf
    """Greatest value. Default: none."""

    def __post_init__(self) -> None:
        """Refuses a wrong declaration when the module is imported."""
        if not _NAME.fullmatch(self.name):
            raise ValueError(f"metric {self.name!r}: use 1 to 64 letters and digits, the first a capital")
        if self.name.startswith(_RESERVED):
            raise ValueError(f"metric {self.name}: names with {' or '.join(_RESERVED)} in front are the kit's")
        if self.unit not in UNITS:
            raise ValueError(f"metric {self.name}: {self.unit!r} is not a unit of CloudWatch")
        if not self.lowest < self.highest:
            raise ValueError(f"metric {self.name}: lowest {self.lowest} is not below highest {self.highest}")

    def record(self, value: float) -> None:
        """Writes one value. It must say nothing about a person.

        Raises:
            ValueError: The value is not a finite number within the bounds.
        """
        if not math.isfinite(value) or not self.lowest <= value <= self.highest:
            raise ValueError(f"metric {self.name}: a value is not a number from {self.lowest:g} to {self.highest:g}")
        _write(((self.name, self.unit),), (value,))


COST_PREVENTED: Final = BusinessMetric("CostPrevented", lowest=0)
"""US dollars that a call saved."""
TIME_SAVED: Final = BusinessMetric("TimeSaved", "Seconds", lowest=0)
"""Seconds of somebody's work that a call saved."""
SATISFACTION: Final = BusinessMetric("Satisfaction", lowest=1, highest=5)
"""What a person thought of an answer: 1 worst, 5 best."""


@dataclass(frozen=True)
class Quota:
    """Names of the response headers that tell about one limit."""

    remaining: str
    limit: str


@dataclass(frozen=True)
class AiProvider:
    """An AI provider whose rate limits a server runs into, and the headers in which it tells how near they are.

    Five metrics under `McpOps` with the dimensions `Environment`, `Server` and `Provider`; 1.50 USD a month.

    Raises:
        ValueError: The name is not 1 to 32 of `a-z`, `0-9` and `-`.
    """

    name: str
    """Value of the dimension `Provider`."""
    requests: Quota
    tokens: Quota

    def __post_init__(self) -> None:
        """Refuses a wrong declaration when the module is imported."""
        if not _PROVIDER.fullmatch(self.name):
            raise ValueError(f"provider {self.name!r}: use 1 to 32 of a-z, 0-9 and -")

    def note(self, headers: Mapping[str, str], status: int = 200) -> None:
        """Writes how much is left, from the headers and status of a response; what they do not tell is left out."""
        given = {name.lower(): value for name, value in headers.items()}
        found = [("ProviderThrottles", "Count", float(status in _THROTTLED))]
        for kind, quota in (("Requests", self.requests), ("Tokens", self.tokens)):
            remaining, limit = _number(given.get(quota.remaining.lower())), _number(given.get(quota.limit.lower()))
            if remaining is not None:
                found.append((f"Provider{kind}Remaining", "Count", remaining))
            if remaining is not None and limit:
                percent = round(min(100.0, 100 * remaining / limit), 3)
                found.append((f"Provider{kind}RemainingPercent", "Percent", percent))
        definitions = tuple((name, unit) for name, unit, _ in found)
        _write(definitions, tuple(value for *_, value in found), (("Provider", self.name),))


ANTHROPIC: Final = AiProvider(
    "anthropic",
    Quota("anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-limit"),
    Quota("anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-limit"),
)
"""Anthropic's API; header names from its API reference, "Rate limits"."""
OPENAI: Final = AiProvider(
    "openai",
    Quota("x-ratelimit-remaining-requests", "x-ratelimit-limit-requests"),
    Quota("x-ratelimit-remaining-tokens", "x-ratelimit-limit-tokens"),
)
"""OpenAI's API; header names from its guide "Rate limits". Many compatible APIs use the same."""


def _number(text: str | None) -> float | None:
    """Returns a header's number, None where it is none."""
    return float(text) if text is not None and re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,6})?", text.strip()) else None


def _write(
    definitions: tuple[tuple[str, str], ...], values: tuple[float, ...], dimensions: tuple[tuple[str, str], ...] = ()
) -> None:
    log.info("metrics", extra={"event": "metrics", FIELD: Metrics(definitions, values, dimensions)})
