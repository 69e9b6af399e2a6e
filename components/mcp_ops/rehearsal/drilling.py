"""Runs drills: those that may run next to others in copies of this process, as many at a time as there are cores.

Each copy holds the environment as it was deployed: what one drill breaks, no other drill meets.
"""

import itertools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mcp_ops.rehearsal.drills import processes
from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Outcome, Stage
from mcp_ops.rehearsal.forked import CAN_FORK, Forked, cores, ready

MOST = 4
"""Drills at a time, however many cores there are: each copy holds some memory of its own, and servers."""


@dataclass(frozen=True)
class _Left:
    """What a copy leaves."""

    outcome: Outcome
    used: dict[str, set[str]]
    """Actions done under roles so far, by ARN."""


def drilled(drills: Sequence[Drill], stage: Stage) -> Iterator[Outcome]:
    """Runs drills that apply and yields how they ended, in their order."""
    for alone, several in itertools.groupby(drills, key=lambda drill: drill.alone):
        group = list(several)
        if alone or not CAN_FORK or len(group) == 1:
            yield from (drill.timed(stage) for drill in group)
        else:
            yield from _in_copies(group, stage)


def _in_copies(drills: Sequence[Drill], stage: Stage) -> Iterator[Outcome]:
    to_begin = enumerate(drills, start=1)
    running: dict[Forked[_Left], Drill] = {}
    ended: dict[str, Outcome] = {}
    try:
        for wanted in drills:
            while wanted.name not in ended:
                for number, drill in itertools.islice(to_begin, min(cores(), MOST) - len(running)):
                    running[_begun(number, drill, stage)] = drill
                for copy in ready(running):
                    drill = running.pop(copy)
                    ended[drill.name] = _outcome(copy, drill, stage)
            yield ended.pop(wanted.name)
    finally:
        for copy in running:
            copy.end()


def _begun(number: int, drill: Drill, stage: Stage) -> Forked[_Left]:
    if drill.beside:
        stage.beside.await_begun()  # a copy cannot wait for another one
    return Forked(_work(number, drill, stage))


def _work(number: int, drill: Drill, stage: Stage) -> Callable[[], _Left]:
    def work() -> _Left:
        processes.use_network(number)
        return _Left(drill.timed(stage), stage.cloud.used_actions())

    return work


def _outcome(copy: Forked[_Left], drill: Drill, stage: Stage) -> Outcome:
    try:
        left = copy.answer()
    except ChildProcessError as error:
        return Outcome(drill.name, passed=False, seconds=0.0, evidence=Evidence(passed=False, summary=(str(error),)))
    for role, actions in left.used.items():
        stage.used.setdefault(role, set()).update(actions)
    return left.outcome
