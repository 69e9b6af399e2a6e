"""One rehearsal from end to end: preview, simulated deployment, findings, drills, report."""

import contextlib
import gc
import resource
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Protocol

from mcp_ops.errors import InputError, Offence
from mcp_ops.rehearsal.backend import SimulatedBackend
from mcp_ops.rehearsal.beside import Beside
from mcp_ops.rehearsal.drilling import drilled
from mcp_ops.rehearsal.drills import DRILLS
from mcp_ops.rehearsal.drills.drill import Drill, Outcome, Stage
from mcp_ops.rehearsal.findings import Finding, apply_waivers, blocking, findings_of, waivers_from
from mcp_ops.rehearsal.monitor import MissingReference
from mcp_ops.rehearsal.project import Project, load_project, stack_names
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.references import project_of
from mcp_ops.rehearsal.runner import run_program
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.provider import Aws


class Listener(Protocol):
    """Is told how a rehearsal goes, while it goes."""

    def phase(self, name: str, total: int | None) -> None:
        """A phase begins; `total` is the number of registrations to come, where it is known."""

    def registered(self, item: Registration) -> None:
        """A resource has been carried out, or has failed."""

    def drilled(self, outcome: Outcome) -> None:
        """A drill has ended."""


class Silent:
    """A listener that says nothing."""

    def phase(self, name: str, total: int | None) -> None:
        """Says nothing."""

    def registered(self, item: Registration) -> None:
        """Says nothing."""

    def drilled(self, outcome: Outcome) -> None:
        """Says nothing."""


@dataclass(frozen=True)
class Options:
    """How to rehearse."""

    only: str = ""
    """Run this drill alone; empty: every drill that applies."""
    allow_unknown: bool = False
    strict: bool = False
    """Whether warnings among the findings fail the rehearsal."""
    drilled: bool = True
    """Whether drills run at all."""
    previewed: bool = True
    """Whether a preview comes first. Without one, a stack that refers to others raises `MissingReference`."""


@dataclass
class Rehearsal:
    """What a rehearsal found."""

    project: Project
    run: Run
    findings: list[Finding] = field(default_factory=list)
    drills: list[Outcome] = field(default_factory=list)
    not_applicable: dict[str, str] = field(default_factory=dict)
    """Drills that did not run, each with what the stack lacks for it."""
    strict: bool = False
    seconds: float = 0.0

    @property
    def errors(self) -> list[str]:
        """Everything that fails the rehearsal, drills apart."""
        return [*self.run.errors, *(told(finding) for finding in blocking(self.findings, strict=self.strict))]

    @property
    def passed(self) -> bool:
        """Whether everything was accepted and every drill passed."""
        return not self.errors and all(outcome.passed for outcome in self.drills)


def told(finding: Finding) -> str:
    """Returns a finding on one line: rule, resource, place, message, and why it is accepted where it is."""
    resource = finding.urn.rsplit("::", 1)[-1]
    accepted = f" (accepted: {finding.waived})" if finding.waived else ""
    return f"{finding.rule}: {resource} {finding.where}: {finding.message}{accepted}"


def drill_named(name: str) -> Drill:
    """Returns a drill by its name.

    Raises:
        InputError: there is none.
    """
    for drill in DRILLS:
        if drill.name == name:
            return drill
    raise InputError(Offence("--only", name, f"is no drill; use one of: {', '.join(drill.name for drill in DRILLS)}"))


def peak_rss_mb() -> float:
    """Returns the most memory that this process has held, in MiB."""
    unit = 1024 * 1024 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit


@contextlib.contextmanager
def rehearsed(
    directory: Path, stack: str, options: Options, listener: Listener | None = None
) -> Iterator[tuple[Rehearsal, Stage]]:
    """Rehearses a stack; simulated AWS stays open until the end of the `with` block.

    Raises:
        InputError: the project, the stack, the settings or the options are wrong, and nothing was registered; or the
            only drill that is to run does not apply to the stack.
    """
    started = time.perf_counter()
    drills = (drill_named(options.only),) if options.only else DRILLS
    drills = drills if options.drilled else ()
    project = load_project(directory, stack)
    waivers = waivers_from(project.config)
    with _memory_given_back(), Cloud().open() as cloud:
        builder = Builder(cloud, options, listener or Silent())
        run = builder.built(project)
        found = Rehearsal(project, run, strict=options.strict)
        with contextlib.closing(builder.beside(project)) as beside:
            stage = Stage(project, run, cloud, beside, tuple(stack_names(directory)))
            if not run.errors:
                _begin_beside(drills, stage)
                found.findings = apply_waivers(findings_of(run), waivers)
                _drill(drills, stage, found, listener or Silent())
                _refuse_skipped(options.only, found)
            found.seconds = time.perf_counter() - started
            yield found, stage


@contextlib.contextmanager
def _memory_given_back() -> Iterator[None]:
    """Lets the garbage collector look again at what the runs set aside."""
    try:
        yield
    finally:
        gc.unfreeze()


def _begin_beside(drills: tuple[Drill, ...], stage: Stage) -> None:
    """Has the counterpart built where a drill needs it, while those before it run."""
    if stage.counterpart and any(drill.beside for drill in drills[1:]):
        stage.beside.begin(stage.counterpart)


def _drill(drills: tuple[Drill, ...], stage: Stage, found: Rehearsal, listener: Listener) -> None:
    if not drills:
        return
    listener.phase("drills", len(drills))
    lacking = {drill.name: drill.missing(stage) for drill in drills}
    found.not_applicable = {name: reason for name, reason in lacking.items() if reason}
    for outcome in drilled([drill for drill in drills if not lacking[drill.name]], stage):
        found.drills.append(outcome)
        listener.drilled(outcome)


def _refuse_skipped(only: str, found: Rehearsal) -> None:
    """Refuses a drill that was asked for by name and did not run: nobody has looked at anything."""
    lacking = found.not_applicable.get(only)
    if lacking:
        raise InputError(Offence("--only", only, f"does not apply to {found.project.stack}: {lacking}"))


class Builder:
    """Builds stacks in one simulated cloud, each once: preview first, then for real, with the stacks they refer to."""

    def __init__(self, cloud: Cloud, options: Options, listener: Listener) -> None:
        self._cloud = cloud
        self._options = options
        self._listener = listener
        self._runs: dict[tuple[Path, str], Run] = {}
        self._references: dict[str, Mapping[str, Any]] = {}
        self._building: list[str] = []

    def built(self, project: Project) -> Run:
        """Returns a stack as it was registered; with errors from the preview alone if that already fails.

        Raises:
            InputError: its settings are wrong, or it refers to a stack that is not there or that refers back to it.
        """
        key = (project.directory, project.stack)
        if key not in self._runs:
            name = f"{project.name}/{project.stack}"
            path = " -> ".join([*self._building, name])
            if name in self._building:
                raise InputError(Offence("stack reference", name, f"leads back to itself: {path}"))
            self._building.append(name)
            self._runs[key] = self._build(project)
            self._building.pop()
        return self._runs[key]

    def beside(self, project: Project) -> Beside:
        """Returns what builds other stacks of the project next to it."""
        return Beside(
            lambda stack: self.built(load_project(project.directory, stack)),
            lambda stack: self._quick().built(load_project(project.directory, stack)),
        )

    def _quick(self) -> "Builder":
        """Returns one that knows what has been built, says nothing, and leaves previews out."""
        quick = Builder(self._cloud, replace(self._options, previewed=False), Silent())
        quick._runs, quick._references = dict(self._runs), dict(self._references)
        return quick

    def _build(self, project: Project) -> Run:
        backend = SimulatedBackend(Aws(self._cloud), project, allow_unknown=self._options.allow_unknown)
        run = self._previewed(project, backend) if self._options.previewed else Run(project.name, project.stack)
        if not run.errors:
            self._listener.phase(f"deploy {project.stack} to simulated AWS", len(run.registrations) or None)
            run = self._deployed(project, backend)
        backend.finish(run)
        run.assumptions.extend(project.notes)
        return run

    def _previewed(self, project: Project, backend: SimulatedBackend) -> Run:
        self._listener.phase(f"preview {project.stack}", None)
        while True:
            try:
                return run_program(project, backend, preview=True, references=self._references)
            except MissingReference as missing:
                self._resolve(missing.name, project)

    def _deployed(self, project: Project, backend: SimulatedBackend) -> Run:
        try:
            return run_program(
                project, backend, preview=False, references=self._references, progress=self._listener.registered
            )
        except MissingReference as missing:
            if not self._options.previewed:
                raise
            rule = "is made only once resources exist; make it where a preview makes it too"
            raise InputError(Offence("stack reference", missing.name, rule)) from missing

    def _resolve(self, name: str, project: Project) -> None:
        """Rehearses the stack that a reference names, and keeps its outputs."""
        run = self.built(project_of(name, project))
        if run.errors:
            raise InputError(*(Offence("stack reference", name, f"cannot be built: {error}") for error in run.errors))
        self._references[name] = run.outputs
