"""Alarms as the stack registered them."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from mcp_ops.rehearsal.simulator.alarms.compositions import Composition
from mcp_ops.rehearsal.simulator.alarms.expressions import Expression
from mcp_ops.rehearsal.simulator.alarms.metrics import Metric
from mcp_ops.rehearsal.simulator.alarms.states import ALARM, INSUFFICIENT_DATA, OK, Rule
from mcp_ops.rehearsal.simulator.errors import Refusal


@dataclass(frozen=True)
class Actions:
    """What an alarm does when it enters a state: ARNs."""

    alarm: tuple[str, ...] = ()
    ok: tuple[str, ...] = ()
    insufficient_data: tuple[str, ...] = ()
    enabled: bool = True

    def on(self, state: str) -> tuple[str, ...]:
        """Returns what is carried out on entering a state."""
        if not self.enabled:
            return ()
        return {ALARM: self.alarm, OK: self.ok, INSUFFICIENT_DATA: self.insufficient_data}[state]


@dataclass(frozen=True)
class Query:
    """One query of an alarm: a metric's statistic, or an expression over the others."""

    id: str
    metric: Metric | None = None
    statistic: str = ""
    expression: Expression | None = None
    returned: bool = True


@dataclass(frozen=True)
class MetricAlarm:
    """An alarm on a metric or on metric math."""

    name: str
    arn: str
    region: str
    rule: Rule
    period: int
    """Seconds, a multiple of 60."""
    queries: tuple[Query, ...]
    """Exactly one is returned."""
    actions: Actions = field(default_factory=Actions)
    description: str = ""
    keeps_on_low_samples: bool = False
    """Whether a percentile of too few samples leaves the state as it is."""

    @property
    def metrics(self) -> frozenset[Metric]:
        """The metrics that it reads."""
        return frozenset(query.metric for query in self.queries if query.metric)

    @property
    def watched(self) -> Query:
        """The query that the threshold is held against."""
        return next(query for query in self.queries if query.returned)

    @property
    def hourly(self) -> bool:
        """Whether CloudWatch evaluates it by the hour: it does where the window is longer than a day."""
        return self.period * self.rule.evaluation_periods > 86_400  # noqa: PLR2004 - seconds of a day


@dataclass(frozen=True)
class CompositeAlarm:
    """An alarm on the states of other alarms."""

    name: str
    arn: str
    region: str
    rule: Composition
    actions: Actions = field(default_factory=Actions)
    description: str = ""
    suppressor: str = ""
    """Name of the alarm that holds its actions back while it is in ALARM."""
    wait_seconds: int = 0
    extension_seconds: int = 0

    @property
    def refers_to(self) -> frozenset[str]:
        """Names of the alarms that its state and its actions depend on."""
        return self.rule.names | ({self.suppressor} if self.suppressor else set())


Alarm = MetricAlarm | CompositeAlarm


@dataclass(frozen=True)
class Alarms:
    """The alarms of a stack; composites stand after everything that they refer to."""

    metric: tuple[MetricAlarm, ...] = ()
    composite: tuple[CompositeAlarm, ...] = ()

    def __iter__(self) -> Iterator[Alarm]:
        yield from self.metric
        yield from self.composite

    def __len__(self) -> int:
        return len(self.metric) + len(self.composite)

    def named(self, name: str) -> Alarm:
        """Returns one alarm.

        Raises:
            Refusal: the stack has none of that name.
        """
        for alarm in self:
            if alarm.name == name:
                return alarm
        raise Refusal(f"alarm {name} is not registered")

    def only(self, names: Iterable[str]) -> "Alarms":
        """Returns the named alarms and everything that they depend on.

        Raises:
            Refusal: the stack has no alarm of one of the names.
        """
        wanted: set[str] = set()
        waiting = list(names)
        while waiting:
            alarm = self.named(waiting.pop())
            if alarm.name not in wanted:
                wanted.add(alarm.name)
                waiting.extend(alarm.refers_to if isinstance(alarm, CompositeAlarm) else ())
        return self._kept(wanted)

    def reading(self, metrics: Iterable[Metric]) -> "Alarms":
        """Returns the alarms whose state depends on one of the metrics, with everything else that those depend on."""
        touched = frozenset(metrics)
        found = {alarm.name for alarm in self.metric if alarm.metrics & touched}
        for composite in self.composite:
            if composite.refers_to & found:
                found.add(composite.name)
        return self.only(found)

    def _kept(self, names: set[str]) -> "Alarms":
        return Alarms(
            tuple(alarm for alarm in self.metric if alarm.name in names),
            tuple(alarm for alarm in self.composite if alarm.name in names),
        )


def ordered(metric: Iterable[MetricAlarm], composite: Iterable[CompositeAlarm]) -> Alarms:
    """Returns alarms with composites after what they refer to.

    Raises:
        Refusal: two alarms have one name, a composite refers to an alarm that is not registered, or composites refer
            to each other in a circle, where AWS stops evaluating.
    """
    metrics, composites = tuple(metric), tuple(composite)
    _check_names(Alarms(metrics, composites))
    left = {alarm.name: alarm for alarm in composites}
    known = {alarm.name for alarm in metrics}
    placed: list[CompositeAlarm] = []
    for alarm in left.values():
        lacking = alarm.refers_to - known - left.keys()
        if lacking:
            raise Refusal(f"alarm {alarm.name}: refers to {', '.join(sorted(lacking))}, which is not registered")
    while left:
        ready = [alarm for alarm in left.values() if alarm.refers_to <= known]
        if not ready:
            raise Refusal(f"alarms {', '.join(sorted(left))} refer to each other in a circle")
        for alarm in ready:
            known.add(alarm.name)
            placed.append(left.pop(alarm.name))
    return Alarms(metrics, tuple(placed))


def _check_names(alarms: Alarms) -> None:
    seen: set[str] = set()
    for alarm in alarms:
        if alarm.name in seen:
            raise Refusal(f"alarm {alarm.name}: is registered twice; in AWS the second would replace the first")
        seen.add(alarm.name)
