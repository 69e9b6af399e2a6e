"""Drill **restore**.

Data is written into the stack's stores as its servers write it; the daily backup runs; the data is damaged; the restore
test proves the backup by the stack's own validation function, which must refuse every bad copy; nobody deletes backups.
"""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from mcp_ops.rehearsal.drills.drill import Drill, Evidence, Failed, Stage
from mcp_ops.rehearsal.drills.restore import bad_copies
from mcp_ops.rehearsal.drills.restore.by_hand import restored_by_hand
from mcp_ops.rehearsal.drills.restore.deletion import attempted
from mcp_ops.rehearsal.drills.restore.setup import TESTING_PLAN, Setup, schedule_of, setup
from mcp_ops.rehearsal.drills.restore.stores import Exercised, exercised
from mcp_ops.rehearsal.drills.restore.verdicts import Verdicts
from mcp_ops.rehearsal.simulator.authorization.holding import held
from mcp_ops.rehearsal.simulator.event_router import run_schedule

ITEMS = 40
"""Items, or objects, that the drill writes into a store."""
LATER = 4
"""Of these, so many more after the backup: a tenth, which no restore brings back."""


@dataclass
class _Report:
    """What the drill has found so far."""

    stores: dict[str, dict[str, Any]] = field(default_factory=dict)
    summary: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    facts: dict[str, Any] = field(default_factory=dict)

    def evidence(self) -> Evidence:
        facts = {"stores": self.stores, **self.facts, "problems": self.problems}
        return Evidence(not self.problems, (*self.summary, *self.problems), facts)


def _missing(stage: Stage) -> str:
    return "" if stage.run.of_type(TESTING_PLAN) else "the stack has no restore testing plan"


def _run(stage: Stage) -> Evidence:
    with held():
        return _drilled(stage)


def _drilled(stage: Stage) -> Evidence:
    found, report = setup(stage), _Report()
    stores = {entry.name: exercised(stage, found.place, entry) for entry in found.stores}
    writable = {name: store for name, store in stores.items() if store is not None}
    verdicts = Verdicts(stage, found)
    try:
        _write(writable, report)
        points = _back_up(stage, found, report)
        _accept(verdicts, writable, report)
        _recover(stage, found, verdicts, writable, points, report)
        _refuse(stage, found, verdicts, report)
        _old(stage, found, verdicts, report)
        deletion = attempted(stage, found, next(iter(points.values())))
        report.problems += deletion.problems
        report.summary.append(deletion.line())
        report.facts["deletion"] = deletion.as_json()
        _watch(stage, found, report)
    finally:
        for store in writable.values():
            store.clean()
    return report.evidence()


def _write(stores: Mapping[str, Exercised], report: _Report) -> None:
    for name, store in stores.items():
        store.write(range(ITEMS))
        content = store.held()
        writer = store.entry.writer.rsplit("/", maxsplit=1)[-1]
        by = f"under {writer}" if writer else "by the account, as no server is told its name"
        report.stores[name] = {"kind": store.entry.kind, "writtenBy": writer, "before": vars(content)}
        report.summary.append(f"{name}: {content} written {by}")


def _back_up(stage: Stage, found: Setup, report: _Report, moment: datetime | None = None) -> dict[str, str]:
    """Lets the daily backup run; returns the recovery point of each store.

    Raises:
        Failed: a store has none.
    """
    from mcp_ops.rehearsal.simulator.backup_jobs.backups import run_plan  # loads moto's part of it

    if moment is None:
        ran = run_schedule(stage.cloud, found.place, schedule_of(stage, found.heartbeat))
        if ran.error:
            report.problems.append(f"the schedule {ran.rule} wrote no heartbeats: {ran.error}")
    done = [job for plan, rule in found.rules for job in run_plan(stage.cloud, found.place, plan, rule, moment)]
    failures = [f"{job.resource_arn}: its backup failed: {job.failure}" for job in done if job.failure]
    by_arn = {job.resource_arn: job.point_arn for job in done if job.point_arn}
    failures += [f"{entry.name}: no plan backs it up" for entry in found.stores if entry.arn not in by_arn]
    if failures:
        raise Failed("\n".join(dict.fromkeys(failures)))
    return {entry.name: by_arn[entry.arn] for entry in found.stores}


def _accept(verdicts: Verdicts, stores: Mapping[str, Exercised], report: _Report) -> None:
    """A good copy is accepted, also while its source goes on changing."""

    def change(_: Mapping[str, Any]) -> None:
        for store in stores.values():
            store.write(range(ITEMS, ITEMS + LATER))

    report.problems += verdicts.accepted("a good copy, while its store went on changing", change)
    report.summary.append(f"a good copy was accepted while {LATER} more were written into its store")


def _recover(
    stage: Stage,
    found: Setup,
    verdicts: Verdicts,
    stores: Mapping[str, Exercised],
    points: Mapping[str, str],
    report: _Report,
) -> None:
    """Damages every store, restores it, and compares what came back with what was backed up."""
    damaged = {name: store.damage() for name, store in stores.items()}
    after = {name: store.held() for name, store in stores.items()}
    protected = {name: store.drop() for name, store in stores.items()}
    at, started = datetime.now(UTC), time.perf_counter()
    copies: dict[str, Any] = {}

    def read(job: Mapping[str, Any]) -> None:
        name = next(entry.name for entry in found.stores if entry.arn == job["SourceResourceArn"])
        if name in stores:
            copies[name] = stores[name].held(job["CreatedResourceArn"].replace(":", "/").rsplit("/", maxsplit=1)[-1])

    report.problems += verdicts.accepted("a good copy, after its store was damaged", read)
    seconds = time.perf_counter() - started
    for name, store in stores.items():
        facts, copy = report.stores[name], copies.get(name)
        before = facts["before"]
        good = copy is not None and vars(copy) == before
        report.problems += [] if good else [f"{name}: the copy holds {copy}, backed up were {before['count']}"]
        lost = 0 if protected[name] else 1
        what = f"{damaged[name]}, then {'dropped' if lost else protected[name]}"
        facts |= {"damage": what, "afterDamage": vars(after[name]), "afterRestore": vars(copy) if copy else None}
        report.problems += restored_by_hand(stage, found, store, points[name], gone=bool(lost))
        report.summary.append(f"{name}: {what}; {after[name]} left; restored {copy}, validated by hand, too")
    made = [verdicts.point_created(arn) for arn in points.values()]
    rpo = (at - min(made)).total_seconds()
    report.facts |= {"secondsToRecovery": round(seconds, 3), "recoveryPointSeconds": round(rpo, 3), "lost": LATER}
    report.summary.append(
        f"recovery of {len(found.stores)} stores took {seconds:.2f} s (copying by simulated AWS; the weekly test "
        f"measures AWS's own); the backup was {rpo:.2f} s old: {LATER} written after it are lost"
    )


def _refuse(stage: Stage, found: Setup, verdicts: Verdicts, report: _Report) -> None:
    for bad in bad_copies.BAD:
        spoil = bad_copies.spoiler(stage, found.place, bad)
        report.problems += verdicts.refused(bad.name, bad.checks, spoil)


def _old(stage: Stage, found: Setup, verdicts: Verdicts, report: _Report) -> None:
    """A recovery point whose last heartbeat is too old: the backup holds data of another day."""
    later = datetime.now(UTC) + timedelta(hours=bad_copies.OLD_HOURS)
    _back_up(stage, found, report, later)
    report.problems += verdicts.refused(bad_copies.OLD, bad_copies.OLD_CHECK, None, later)
    report.facts["refused"] = verdicts.refusals
    for store, refusals in verdicts.refusals.items():
        report.summary.append(f"{store}: {len(refusals)} bad copies refused: {', '.join(refusals)}")


def _watch(stage: Stage, found: Setup, report: _Report) -> None:
    """Lets the hourly watch measure what the drill did."""
    ran = run_schedule(stage.cloud, found.place, schedule_of(stage, found.watch))
    last = next((run for run in reversed(stage.cloud.invocations) if run.function == found.watch), None)
    if ran.error or last is None:
        report.problems.append(f"the schedule {ran.rule} measured nothing: {ran.error}")
        return
    report.facts["ages"] = last.result
    late = [name for name in (entry.name for entry in found.stores) if last.result[name]["BackupAgeHours"] > 1]
    report.problems += [f"{name}: the watch does not see its backup" for name in late]


DRILL = Drill("restore", "backups bring data back, bad copies are refused, and nobody deletes backups", _missing, _run)
