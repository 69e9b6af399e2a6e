"""Metrics and their samples, kept by the minute as CloudWatch keeps them."""

import bisect
import math
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate

from mcp_ops.rehearsal.simulator.errors import Refusal

MINUTE = 60
"""Seconds: the resolution of standard metrics."""
PERCENTILE = re.compile(r"p(\d{1,2}(?:\.\d{1,10})?|100)")
RANK = re.compile(r"PR\((\d+(?:\.\d+)?)?:(\d+(?:\.\d+)?)?\)")
"""Percentile rank: the percentage of values above the first bound and up to the second."""
SIMPLE = frozenset({"Sum", "Average", "Minimum", "Maximum", "SampleCount"})


@dataclass(frozen=True)
class Metric:
    """What a sample belongs to: CloudWatch tells metrics apart by exactly these four."""

    namespace: str
    name: str
    dimensions: frozenset[tuple[str, str]] = frozenset()
    region: str = ""

    def __str__(self) -> str:
        """`AWS/ECS CPUUtilization {ClusterName=a, ServiceName=b}`."""
        dimensions = ", ".join(f"{name}={value}" for name, value in sorted(self.dimensions))
        return f"{self.namespace} {self.name} {{{dimensions}}}"

    def dimension(self, name: str) -> str:
        """Returns the value of a dimension; empty where the metric has none of that name."""
        return dict(self.dimensions).get(name, "")


def metric(namespace: str, name: str, dimensions: Mapping[str, str] | None = None, *, region: str) -> Metric:
    """Returns a metric of a region."""
    return Metric(namespace, name, frozenset((dimensions or {}).items()), region)


@dataclass(frozen=True)
class Sample:
    """Values that were reported together."""

    metric: Metric
    at: float
    """Seconds since 1970."""
    values: tuple[float, ...]


class Series:
    """Samples of any number of metrics."""

    def __init__(self) -> None:
        self._tracks: dict[Metric, _Track] = {}
        self._shared: set[Metric] = set()

    def __contains__(self, wanted: Metric) -> bool:
        """Whether the metric has a sample."""
        return wanted in self._tracks

    def metrics(self) -> frozenset[Metric]:
        """Returns the metrics that have samples."""
        return frozenset(self._tracks)

    def add(self, of: Metric, at: float, *values: float, weight: float = 1.0) -> None:
        """Adds samples at a time in seconds since 1970; each counts `weight` times."""
        self._own(of).add(int(at // MINUTE), values, weight)

    def take(self, samples: Iterable[Sample], weight: float = 1.0) -> None:
        """Adds samples as they were reported."""
        for sample in samples:
            self.add(sample.metric, sample.at, *sample.values, weight=weight)

    def clear(self, of: Metric, start: float = -math.inf, end: float = math.inf) -> None:
        """Drops the samples from `start` until before `end`: what never reached CloudWatch."""
        if of in self._tracks:
            self._own(of).clear(start, end)

    def follow(self, of: Metric, other: "Series", start: float) -> None:
        """Takes the samples of another series from `start` on, in place of its own."""
        self.clear(of, start)
        for at, values in other.minutes(of):
            if at >= start:
                for value, weight in values:
                    self.add(of, at, value, weight=weight)

    def minutes(self, of: Metric) -> Iterator[tuple[float, Sequence[tuple[float, float]]]]:
        """Yields the samples of a metric by the minute: values with their weights."""
        if of in self._tracks:
            for minute, values in sorted(self._tracks[of].minutes.items()):
                yield float(minute * MINUTE), values

    def forked(self) -> "Series":
        """Returns a copy; what is changed in one does not show in the other."""
        copy = Series()
        copy._tracks = dict(self._tracks)
        copy._shared = set(self._tracks)
        self._shared = set(self._tracks)
        return copy

    def statistic(self, of: Metric, name: str, start: float, end: float) -> float | None:
        """Returns a statistic over the minutes from `start` until before `end`; None without a sample.

        Raises:
            Refusal: it is none of Sum, Average, Minimum, Maximum, SampleCount, pNN and PR(a:b).
        """
        track = self._tracks.get(of)
        if track is None:
            checked_statistic(name)
            return None
        return track.statistic(name, math.ceil(start / MINUTE), math.ceil(end / MINUTE))

    def values(self, of: Metric, name: str, start: float, end: float, period: int = MINUTE) -> list[float | None]:
        """Returns a statistic for each period from `start` until before `end`."""
        steps = range(int(start), int(end), period)
        return [self.statistic(of, name, step, step + period) for step in steps]

    def _own(self, of: Metric) -> "_Track":
        """Returns the samples of a metric, to be changed: copied first where another series has them too."""
        track = self._tracks.get(of)
        if track is None:
            track = self._tracks[of] = _Track()
        elif of in self._shared:
            track = self._tracks[of] = track.copy()
        self._shared.discard(of)
        return track


Minute = list[tuple[float, float]]
"""Values of one minute with their weights."""


@dataclass
class _Track:
    """Samples of one metric, with running totals that are made when first asked for."""

    minutes: dict[int, Minute] = field(default_factory=dict)
    _keys: list[int] | None = None
    _sums: list[float] = field(default_factory=list)
    _counts: list[float] = field(default_factory=list)
    _ranks: dict[str, list[float]] = field(default_factory=dict)
    """Running totals of the weight within the bounds of each PR(a:b) that was asked for."""

    def copy(self) -> "_Track":
        return _Track({minute: list(values) for minute, values in self.minutes.items()})

    def add(self, minute: int, values: Iterable[float], weight: float) -> None:
        self.minutes.setdefault(minute, []).extend((float(value), weight) for value in values)
        self._keys = None

    def clear(self, start: float, end: float) -> None:
        self.minutes = {minute: values for minute, values in self.minutes.items() if not start <= minute * MINUTE < end}
        self._keys = None

    def statistic(self, name: str, first: int, last: int) -> float | None:
        keys = self._indexed()
        low, high = bisect.bisect_left(keys, first), bisect.bisect_left(keys, last)
        count = self._counts[high] - self._counts[low]
        if count <= 0:
            checked_statistic(name)
            return None
        if name == "SampleCount":
            return count
        if name in {"Sum", "Average"}:
            total = self._sums[high] - self._sums[low]
            return total if name == "Sum" else total / count
        if RANK.fullmatch(name):
            within = self._ranked(name)
            return 100 * (within[high] - within[low]) / count
        return _ordered(name, [pair for key in keys[low:high] for pair in self.minutes[key]])

    def _indexed(self) -> list[int]:
        if self._keys is None:
            self._keys = sorted(self.minutes)
            pairs = [self.minutes[key] for key in self._keys]
            self._sums = [0.0, *accumulate(sum(value * weight for value, weight in minute) for minute in pairs)]
            self._counts = [0.0, *accumulate(sum(weight for _, weight in minute) for minute in pairs)]
            self._ranks = {}
        return self._keys

    def _ranked(self, name: str) -> list[float]:
        if name not in self._ranks:
            found = RANK.fullmatch(name)
            low, high = found.groups() if found else (None, None)
            above, most = float(low or "-inf"), float(high or "inf")
            within = (
                sum(weight for value, weight in self.minutes[key] if above < value <= most) for key in self._indexed()
            )
            self._ranks[name] = [0.0, *accumulate(within)]
        return self._ranks[name]


def checked_statistic(name: str) -> None:
    """Refuses a statistic that is not modelled.

    Raises:
        Refusal: it is none of Sum, Average, Minimum, Maximum, SampleCount, pNN and PR(a:b).
    """
    if name not in SIMPLE and not PERCENTILE.fullmatch(name) and not RANK.fullmatch(name):
        raise Refusal(f"statistic {name} is not simulated; {', '.join(sorted(SIMPLE))}, pNN and PR(a:b) are")


def percentile_share(name: str) -> float | None:
    """Returns 0.95 for `p95`; None for what is no percentile."""
    found = PERCENTILE.fullmatch(name)
    return float(found.group(1)) / 100 if found else None


def _ordered(name: str, pairs: Minute) -> float:
    if name in {"Minimum", "Maximum"}:
        values = [value for value, _ in pairs]
        return min(values) if name == "Minimum" else max(values)
    checked_statistic(name)
    return _percentile(percentile_share(name) or 0.0, sorted(pairs))


def _percentile(share: float, pairs: Minute) -> float:
    """Returns the value below or at which the share lies (nearest rank)."""
    wanted = share * sum(weight for _, weight in pairs)
    reached = accumulate(weight for _, weight in pairs)
    return next((value for (value, _), so_far in zip(pairs, reached, strict=True) if so_far >= wanted), pairs[-1][0])
