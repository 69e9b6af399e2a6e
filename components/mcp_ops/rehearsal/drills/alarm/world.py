"""An environment in which all is well: every metric that an alarm of the stack reads, with what makes it."""

import functools
import json
import math
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pulumi

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.alarm import platform
from mcp_ops.rehearsal.drills.alarm.events import Observed, Unobserved
from mcp_ops.rehearsal.drills.alarm.platform import PER_MINUTE
from mcp_ops.rehearsal.record import Run
from mcp_ops.rehearsal.simulator.alarms import (
    MINUTE,
    Alarms,
    Metric,
    MetricAlarm,
    MetricFilters,
    Sample,
    Series,
    samples_of,
)

NOW = 1_795_104_000
"""Seconds since 1970 at which faults begin: 2026-11-19 16:00 UTC, a full hour."""
HOUR, DAY = 3_600, 86_400
BEFORE, AFTER = 3 * HOUR, 2 * HOUR
"""How long before and after `NOW` samples come every minute."""
SPARSE = 600
"""Seconds between samples before that, back to the longest window of an alarm; each stands for ten minutes."""
LONG_AGO = 26 * HOUR
FUNCTION = "aws:lambda/function:Function"


@dataclass
class World:
    """The environment, and what is known about each metric that its alarms read."""

    run: Run
    alarms: Alarms
    filters: MetricFilters
    servers: tuple[Observed, ...]
    absent: tuple[Unobserved, ...] = ()
    healthy: Series = field(default_factory=Series)
    problems: list[str] = field(default_factory=list)
    """Metrics that nothing emits, each with the alarms that read it."""
    unfed: dict[str, str] = field(default_factory=dict)
    """Metrics that the drill has no samples of, and why."""
    shown: frozenset[Metric] = frozenset()
    """Further metrics that somebody looks at; with some, everything that servers write is kept."""
    before: int = BEFORE
    """Seconds before `NOW` in which samples come every minute."""

    @functools.cached_property
    def metrics(self) -> frozenset[Metric]:
        """Every metric in use: read by an alarm, or shown."""
        return self.shown.union(*(alarm.metrics for alarm in self.alarms.metric))

    @property
    def moments(self) -> list[tuple[int, int]]:
        """The moments of the healthy samples, each with the minutes that it stands for."""
        sparse, dense = range(NOW - LONG_AGO, NOW - self.before, SPARSE), range(NOW - self.before, NOW + AFTER, MINUTE)
        return [*((at, SPARSE // MINUTE) for at in sparse), *((at, 1) for at in dense)]

    def reads(self, namespace: str, *names: str, **dimensions: str) -> list[Metric]:
        """Returns the metrics in use of a namespace, of some names, with some dimensions."""
        wanted = set(dimensions.items())
        return sorted(
            (m for m in self.metrics if m.namespace == namespace and m.name in names and wanted <= m.dimensions),
            key=str,
        )

    def named(self, *names: str) -> list[Metric]:
        """Returns the metrics in use of some names, whatever their namespace."""
        return sorted((metric for metric in self.metrics if metric.name in names), key=str)

    def readers(self, metric: Metric) -> str:
        """Returns the alarms that read a metric."""
        return ", ".join(sorted(alarm.name for alarm in self.alarms.metric if metric in alarm.metrics))

    def samples(self, server: Observed, lines: Iterable[str]) -> list[Sample]:
        """Returns what CloudWatch makes of a server's lines, of the metrics in use."""
        found: list[Sample] = []
        for line in lines:
            found += samples_of(line, NOW, server.region)
            found += self.filters.samples(server.log_group, server.region, line, NOW)
        return [sample for sample in found if self.shown or sample.metric in self.metrics]


def built(world: World) -> World:
    """Fills in the healthy samples; notes what nothing emits and what the drill cannot feed."""
    fed: set[Metric] = set()
    for server in world.servers:
        samples = world.samples(server, server.answered)
        fed |= {sample.metric for sample in samples}
        replay(world.healthy, samples, PER_MINUTE / len(server.answered), world.moments)
    for metric in sorted(world.metrics - fed, key=str):
        _feed(world, metric)
    return world


def rhythm(at: int, salt: str = "") -> float:
    """Returns how much traffic there is at a time, around 1: more in the afternoon than at night, and never even."""
    day = math.sin((at % DAY - 8 * HOUR) / DAY * 2 * math.pi)
    # The same in every rehearsal, another for every server.
    jitter = ((at // MINUTE + zlib.crc32(salt.encode())) * 2_654_435_761 % 1_000) / 1_000 - 0.5
    return 1 + 0.25 * day + 0.2 * jitter


def replay(series: Series, samples: Iterable[Sample], weight: float, moments: Iterable[tuple[int, int]]) -> None:
    """Adds samples at many moments, each about `weight` times a minute."""
    together: dict[Metric, list[float]] = {}
    for sample in samples:
        together.setdefault(sample.metric, []).extend(sample.values)
    for at, minutes in moments:
        for metric, values in together.items():
            series.add(metric, at, *values, weight=weight * minutes * rhythm(at, metric.dimension("Server")))


def _feed(world: World, metric: Metric) -> None:
    wrong = platform.wrong_dimensions(metric)
    if wrong:
        world.problems.append(f"{world.readers(metric)}: {metric}: {wrong}")
        return
    service = platform.SERVICES.get(metric.namespace)
    if service is None:
        _feed_own(world, metric)
        return
    outside = platform.foreign(world.run, metric)
    if outside or metric.name not in service.healthy:
        world.unfed[str(metric)] = f"{outside} is not of this stack" if outside else "the drill does not know it"
        return
    value = service.healthy[metric.name]
    if value is not None:
        _hold(world, metric, value)


def _hold(world: World, metric: Metric, value: float) -> None:
    """Adds a value for every minute; a count counts ten times where one sample stands for ten minutes."""
    varies = metric.name in platform.VARYING
    for at, minutes in world.moments:
        world.healthy.add(metric, at, value * rhythm(at, str(metric)) if varies else value, weight=minutes)


def _feed_own(world: World, metric: Metric) -> None:
    """Feeds a metric that the environment itself makes, by a server, a metric filter or a function."""
    server = metric.dimension("Server")
    if any(absent.name == server for absent in world.absent):
        world.unfed[str(metric)] = f"server {server} cannot be started here"
        return
    if _is_filtered(world, metric):
        return
    if metric.namespace in _written_by_servers(world):
        other = _other_dimensions(world, metric)
        if other:
            world.problems.append(f"{world.readers(metric)}: {metric}: the server writes it by {other}")
        else:
            world.unfed[str(metric)] = "no probe makes the server write it"
        return
    if metric.namespace.startswith("AWS/"):
        world.unfed[str(metric)] = "the drill does not know this namespace"
    elif not any(_mentions(item.inputs, metric) for item in world.run.of_type(FUNCTION)):
        world.problems.append(f"{world.readers(metric)}: {metric}: nothing of the stack emits it")
    else:
        _feed_within(world, metric)


def _is_filtered(world: World, metric: Metric) -> bool:
    """Whether a metric filter makes it: a line that matches is a fault, so health is silence, or the default value."""
    for item in world.filters.filters:
        names = frozenset(name for name, _ in item.dimensions)
        if (item.namespace, item.metric_name, item.region) == (metric.namespace, metric.name, metric.region):
            if names != frozenset(name for name, _ in metric.dimensions):
                given = ", ".join(sorted(names)) or "no dimension"
                world.problems.append(f"{world.readers(metric)}: {metric}: metric filter {item.name} gives {given}")
            elif item.default is not None:
                _hold(world, metric, item.default)
            return True
    return False


def _written_by_servers(world: World) -> set[str]:
    return {sample.metric.namespace for sample in _all_samples(world)}


def _all_samples(world: World) -> Iterator[Sample]:
    for server in world.servers:
        yield from samples_of(server.answered[0], NOW, server.region)


def _other_dimensions(world: World, metric: Metric) -> str:
    """Returns the dimensions under which a server writes the metric where they are other ones than the alarm reads."""
    given = {frozenset(s.metric.dimensions) for s in _all_samples(world) if s.metric.name == metric.name}
    sets = {frozenset(name for name, _ in dimensions) for dimensions in given}
    if not sets or frozenset(name for name, _ in metric.dimensions) in sets:
        return ""
    return " or ".join(sorted(", ".join(sorted(names)) for names in sets))


def _mentions(inputs: Mapping[str, Any], metric: Metric) -> bool:
    """Whether a function's code or variables name the metric and its namespace; code that cannot be read may."""
    code = inputs.get("code")
    if not isinstance(code, pulumi.AssetArchive):
        return True
    text = "".join((json.dumps(wire.shown(wire.reveal(inputs.get("environment") or {}))), *_code(code)))
    return metric.name in text and metric.namespace in text


def _code(value: Any) -> Iterator[str]:
    if isinstance(value, pulumi.AssetArchive):
        for part in value.assets.values():
            yield from _code(part)
    elif isinstance(value, pulumi.StringAsset):
        yield str(value.text)
    elif isinstance(value, pulumi.FileAsset) and str(value.path).endswith(".py"):
        yield Path(str(value.path)).read_text(encoding="utf-8")


def _feed_within(world: World, metric: Metric) -> None:
    """Feeds a function's metric with a value well within the threshold of the alarm that watches it alone."""
    direct = [alarm for alarm in world.alarms.metric if alarm.watched.metric == metric]
    if not direct:
        world.unfed[str(metric)] = "it is read by metric math only, and the drill does not know what is healthy"
        return
    _hold(world, metric, within(direct[0]))


def within(alarm: MetricAlarm) -> float:
    """Returns a value that is well within an alarm's threshold; for sums of events: none."""
    threshold = alarm.rule.threshold
    if alarm.rule.comparison.startswith("Greater"):
        return 0.0 if alarm.watched.statistic == "Sum" else threshold / 2
    return threshold if alarm.rule.comparison == "LessThanThreshold" else threshold + 1
