"""Alarms over time: states, transitions, and what AWS would have carried out."""

import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from mcp_ops.rehearsal.simulator.alarms.definitions import Alarm, Alarms, CompositeAlarm, MetricAlarm
from mcp_ops.rehearsal.simulator.alarms.evaluation import verdict
from mcp_ops.rehearsal.simulator.alarms.metrics import MINUTE, Series
from mcp_ops.rehearsal.simulator.alarms.states import ALARM, INSUFFICIENT_DATA, OK

HOUR = 3_600


@dataclass(frozen=True)
class Transition:
    """An alarm changed its state."""

    at: float
    """Seconds since 1970."""
    alarm: str
    before: str
    after: str
    reason: str
    value: float | None = None
    """The newest datapoint of a metric alarm."""
    causes: tuple[str, ...] = ()
    """The alarms in ALARM that a composite's rule refers to."""


@dataclass(frozen=True)
class Notice:
    """Actions that AWS would have carried out."""

    at: float
    alarm: str
    state: str
    actions: tuple[str, ...]
    """ARNs."""
    transition: Transition


@dataclass(frozen=True)
class History:
    """What happened between two moments."""

    start: float
    end: float
    states: Mapping[str, str]
    """States at the end, by alarm."""
    transitions: tuple[Transition, ...] = ()
    notices: tuple[Notice, ...] = ()
    held_back: tuple[Notice, ...] = ()
    """Actions that a suppressor kept from being carried out."""

    def first(self, alarm: str, state: str = ALARM) -> float | None:
        """Returns when an alarm first went into a state; None where it never did."""
        return next((item.at for item in self.transitions if (item.alarm, item.after) == (alarm, state)), None)

    def in_alarm(self) -> tuple[str, ...]:
        """Returns the alarms that went into ALARM, in order of time."""
        return tuple(dict.fromkeys(item.alarm for item in self.transitions if item.after == ALARM))

    def told(self, state: str = ALARM) -> tuple[Notice, ...]:
        """Returns the first notice of each alarm about a state."""
        found: dict[str, Notice] = {}
        for notice in self.notices:
            if notice.state == state:
                found.setdefault(notice.alarm, notice)
        return tuple(found.values())


def evaluated(
    alarms: Alarms,
    series: Series,
    start: float,
    end: float,
    states: Mapping[str, str] | None = None,
    *,
    every: int = MINUTE,
) -> History:
    """Evaluates alarms from `start` until `end`, both in seconds since 1970; the first time one step after `start`.

    Without `states` every alarm begins as AWS makes it: in INSUFFICIENT_DATA. CloudWatch evaluates every 60 s; a longer
    step, of `every` seconds, finds the same states later.

    Raises:
        Refusal: an alarm uses what is not modelled.
    """
    watch = _Watch(alarms, series, {alarm.name: INSUFFICIENT_DATA for alarm in alarms} | dict(states or {}))
    for step in itertools.count(1):
        at = start + step * every
        if at > end:
            break
        watch.step(at, first=step == 1 and states is None)
    return History(start, end, watch.states, tuple(watch.transitions), tuple(watch.notices), tuple(watch.held_back))


@dataclass
class _Held:
    """Actions of a composite alarm that wait."""

    told: str
    """The state that its actions were last carried out for."""
    changed_at: float = 0.0
    transition: Transition | None = None
    suppressed: bool = False
    released_at: float = float("-inf")
    """When its suppressor last left ALARM."""


@dataclass
class _Watch:
    alarms: Alarms
    series: Series
    states: dict[str, str]
    transitions: list[Transition] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    held_back: list[Notice] = field(default_factory=list)
    _held: dict[str, _Held] = field(default_factory=dict)

    def step(self, at: float, *, first: bool) -> None:
        for alarm in self.alarms.metric:
            if first or not alarm.hourly or at % HOUR == 0:
                self._evaluate(alarm, at)
        for composite in self.alarms.composite:
            self._compose(composite, at)
            if composite.suppressor:
                self._release(composite, at)

    def _evaluate(self, alarm: MetricAlarm, at: float) -> None:
        before = self.states[alarm.name]
        found = verdict(alarm, self.series, at, before)
        if found.state != before:
            shown = "no datapoint" if found.value is None else f"{found.value:g}"
            reason = f"{shown}, {alarm.rule.comparison} {alarm.rule.threshold:g}"
            transition = Transition(at, alarm.name, before, found.state, reason, found.value)
            self._changed(transition)
            self._act(alarm, transition)

    def _compose(self, alarm: CompositeAlarm, at: float) -> None:
        before = self.states[alarm.name]
        after = ALARM if alarm.rule.holds(self.states) else OK
        if after == before:
            return
        causes = tuple(sorted(name for name in alarm.rule.names if self.states[name] == ALARM))
        reason = f"in ALARM: {', '.join(causes) or 'none'}"
        transition = Transition(at, alarm.name, before, after, reason, causes=causes)
        self._changed(transition)
        if alarm.suppressor:
            held = self._held.setdefault(alarm.name, _Held(told=before))
            held.changed_at, held.transition = at, transition
        else:
            self._act(alarm, transition)

    def _changed(self, transition: Transition) -> None:
        self.states[transition.alarm] = transition.after
        self.transitions.append(transition)

    def _act(self, alarm: Alarm, transition: Transition) -> None:
        actions = alarm.actions.on(transition.after)
        if actions:
            self.notices.append(Notice(transition.at, alarm.name, transition.after, actions, transition))

    def _release(self, alarm: CompositeAlarm, at: float) -> None:
        """Carries out what waited, once the suppressor has had its time to go into ALARM, and to leave it.

        A composite that is back in the state that it last told of has nothing to tell.
        """
        held = self._held.setdefault(alarm.name, _Held(told=self.states[alarm.name]))
        if self.states[alarm.suppressor] == ALARM:
            held.suppressed = True
            self._hold(alarm, held)
            return
        if held.suppressed:
            held.suppressed, held.released_at = False, at
        transition = held.transition
        extended = at < held.released_at + alarm.extension_seconds
        waiting = held.released_at < held.changed_at and at < held.changed_at + alarm.wait_seconds
        if transition is None or extended or waiting:
            return
        held.transition = None
        if transition.after != held.told:
            held.told = transition.after
            actions = alarm.actions.on(transition.after)
            if actions:
                self.notices.append(Notice(at, alarm.name, transition.after, actions, transition))

    def _hold(self, alarm: CompositeAlarm, held: _Held) -> None:
        transition = held.transition
        if transition is None or any(notice.transition is transition for notice in self.held_back):
            return
        actions = alarm.actions.on(transition.after)
        if actions:
            self.held_back.append(Notice(transition.at, alarm.name, transition.after, actions, transition))


def outages(history: History, alarm: str) -> Iterator[tuple[float, float | None]]:
    """Yields when an alarm went into ALARM and when it left it; None where it was still in it at the end."""
    began: float | None = None
    for item in history.transitions:
        if item.alarm != alarm:
            continue
        if item.after == ALARM:
            began = item.at
        elif began is not None:
            yield began, item.at
            began = None
    if began is not None:
        yield began, None
