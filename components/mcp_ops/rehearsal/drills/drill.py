"""What a drill is: a name, a question whether it applies, and a run that ends in evidence."""

import time
import traceback
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mcp_ops.rehearsal.beside import Beside
from mcp_ops.rehearsal.project import Project
from mcp_ops.rehearsal.record import Run
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.errors import Refusal

COUNTERPARTS = ("prod", "dev")


@dataclass(frozen=True)
class Stage:
    """The rehearsed environment that a drill acts on."""

    project: Project
    run: Run
    cloud: Cloud
    beside: Beside
    """Builds another stack of the project in the same simulated AWS, once, and returns what it registered."""
    stacks: tuple[str, ...] = ()
    """The stacks that the project has files for."""
    log_lines: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """What servers printed while a drill used them, by name: drill alarm reads what drill serve left."""

    used: dict[str, set[str]] = field(default_factory=dict)
    """Actions that drills in copies of this process did under roles, by the role's ARN."""

    @property
    def counterpart(self) -> str:
        """The stack to hold against this one: prod, or dev where this is prod; else any other one; empty if alone."""
        others = [name for name in self.stacks if name != self.project.stack]
        return next((name for name in COUNTERPARTS if name in others), others[0] if others else "")


@dataclass(frozen=True)
class Evidence:
    """How a drill ended."""

    passed: bool
    summary: tuple[str, ...]
    """What a person should know, one fact a line."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """The same and more, for machines."""


@dataclass(frozen=True)
class Outcome:
    """One finished drill."""

    name: str
    passed: bool
    seconds: float
    evidence: Evidence

    def as_json(self) -> dict[str, Any]:
        """Returns the drill's entry in the report."""
        facts = {"summary": list(self.evidence.summary), **self.evidence.facts}
        return {"name": self.name, "passed": self.passed, "seconds": round(self.seconds, 3), "evidence": facts}


@dataclass(frozen=True)
class Drill:
    """One drill."""

    name: str
    purpose: str
    missing: Callable[[Stage], str]
    """Returns what the stack lacks for this drill; empty when the drill applies."""
    run: Callable[[Stage], Evidence]
    beside: bool = False
    """Whether it asks for the counterpart, which is built meanwhile."""
    alone: bool = False
    """Whether no other drill may run meanwhile: it measures, or reads what the others have left."""

    def timed(self, stage: Stage) -> Outcome:
        """Runs the drill; what goes wrong in it is its failure, never the rehearsal's end."""
        started = time.perf_counter()
        try:
            evidence = self.run(stage)
        except (Failed, Refusal) as failure:
            evidence = Evidence(passed=False, summary=tuple(str(failure).splitlines()))
        except Exception as defect:  # noqa: BLE001 - a defect of the drill must not hide what the others found
            evidence = Evidence(passed=False, summary=(_place(defect),))
        return Outcome(self.name, evidence.passed, time.perf_counter() - started, evidence)


def _place(defect: Exception) -> str:
    """Returns an unexpected error on one line, with the place that it came from."""
    frame = traceback.extract_tb(defect.__traceback__)[-1]
    place = f"{Path(frame.filename).name}:{frame.lineno}"
    return f"the drill itself failed at {place}: {type(defect).__name__}: {defect}"


class Failed(Exception):
    """A drill's expectation does not hold; the message says which, and what was found."""
