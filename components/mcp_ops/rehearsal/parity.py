"""Environment parity: the same keys and the same resource graph in every stack, apart from declared differences."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mcp_ops.errors import InputError, Offence
from mcp_ops.rehearsal.monitor import MissingReference
from mcp_ops.rehearsal.parity_declarations import Declarations, read_declarations
from mcp_ops.rehearsal.parity_facts import Branch, Fact, Facts, Place, facts_of
from mcp_ops.rehearsal.parity_words import config_values, parsed_config
from mcp_ops.rehearsal.project import Project, load_project, stack_names
from mcp_ops.rehearsal.record import Run
from mcp_ops.rehearsal.rehearse import Builder, Options, Silent
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.state_coverage import State, state_of

ABSENT = "absent"
"""Shown for a stack that lacks the place altogether."""


@dataclass(frozen=True)
class Difference:
    """One place in which stacks differ."""

    where: str
    values: Mapping[str, Any]
    """Value by stack."""
    permitted: bool
    reason: str
    """Why it is permitted; empty when it is not."""

    def as_json(self) -> dict[str, Any]:
        """Returns the difference as the JSON report holds it."""
        return {"where": self.where, "values": dict(self.values), "permitted": self.permitted, "reason": self.reason}


@dataclass(frozen=True)
class Parity:
    """How the stacks of a project compare."""

    stacks: tuple[str, ...]
    differences: tuple[Difference, ...]
    unused: tuple[str, ...] = ()
    """Declarations that nothing needs: a stale permission is how drift gets in, so they fail the check."""
    state: Mapping[str, tuple[State, ...]] = field(default_factory=dict)
    """What holds state, by stack, and whether it is backed up; shown, and no part of the verdict."""

    @property
    def passed(self) -> bool:
        """Whether every difference is declared and every declaration is needed."""
        return not self.unused and all(item.permitted for item in self.differences)

    def as_json(self) -> dict[str, Any]:
        """Returns the document of `mcp-ops parity --json`."""
        return {
            "passed": self.passed,
            "stacks": list(self.stacks),
            "differences": [item.as_json() for item in self.differences],
            "unused": list(self.unused),
            "state": {stack: [item.as_json() for item in items] for stack, items in self.state.items()},
        }


def compared(directory: Path) -> Parity:
    """Builds every stack of a project in simulated AWS and compares them.

    Raises:
        InputError: a stack has wrong settings or cannot be built, there is only one, or the declarations are malformed.
    """
    names = stack_names(directory)
    if len(names) < 2:  # noqa: PLR2004 - a comparison takes two
        found = ", ".join(names) or "none"
        raise InputError(Offence("--project", str(directory), f"has too few stacks to compare: {found}"))
    declarations = read_declarations(directory)
    projects = {name: load_project(directory, name) for name in names}
    facts: dict[str, Facts] = {}
    state: dict[str, tuple[State, ...]] = {}
    for name, run in _built(projects):
        facts[name] = facts_of(projects[name], run, declarations.identifying)
        held = state_of(run)
        if held:
            state[name] = held
    paths = {path for project in projects.values() for path, _ in config_values(parsed_config(project))}
    unnamed = [f"identifying {path}" for path in declarations.identifying if path not in paths]
    return replace(_judged(facts, declarations, unnamed), state=state)


def _built(projects: Mapping[str, Project]) -> list[tuple[str, Run]]:
    try:
        return list(_runs(projects, previewed=False))
    except MissingReference:  # a preview tells in time which other stacks have to be there
        return list(_runs(projects, previewed=True))


def _runs(projects: Mapping[str, Project], *, previewed: bool) -> Iterator[tuple[str, Run]]:
    with Cloud().open() as cloud:
        builder = Builder(cloud, Options(allow_unknown=True, previewed=previewed), Silent())
        for name, project in projects.items():
            run = builder.built(project)
            if run.errors:
                raise InputError(*(Offence(f"stack {name}", "the program", error) for error in run.errors))
            yield name, run


def _judged(facts: Mapping[str, Facts], declarations: Declarations, unused: list[str]) -> Parity:
    differences: list[Difference] = []
    used: set[str] = set()
    for place in sorted({place for stack in facts.values() for place in stack}):
        if not _differs(place, facts):
            continue
        where = str(place)
        permissions = [item for item in declarations.permitted if item.covers(where)]
        used.update(item.where for item in permissions)
        reason = permissions[0].reason if permissions else ""
        values = {name: _shown(stack.get(place)) for name, stack in facts.items()}
        differences.append(Difference(where, values, bool(permissions), reason))
    unused += [item.where for item in declarations.permitted if item.where not in used]
    return Parity(tuple(facts), tuple(differences), tuple(unused))


def _differs(place: Place, facts: Mapping[str, Facts]) -> bool:
    """Tells whether the stacks that can have a place differ there; what the others lack above it is told once."""
    above = list(place.above())
    able = [stack for stack in facts.values() if all(isinstance(stack.get(each), Branch) for each in above)]
    found = [stack.get(place) for stack in able]
    return len(set(_forms(found, "neutral"))) > 1 and len(set(_forms(found, "shown"))) > 1


def _forms(found: list[Fact | None], form: str) -> Iterator[str]:
    """Yields what is compared: a text that happens to name one stack (`/dev/shm`) is equal in all as it stands."""
    for fact in found:
        yield repr(fact is None) if fact is None or isinstance(fact, Branch) else f"leaf {getattr(fact, form)!r}"


def _shown(fact: Fact | None) -> Any:
    return ABSENT if fact is None else fact.shown
