"""Restore tests in the drill, and what the stack's validation function says to each copy."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from mcp_ops.rehearsal.drills.drill import Stage
from mcp_ops.rehearsal.drills.restore.setup import Setup, StoreEntry

SPOILED_KINDS = ("table", "bucket")
"""Kinds of stores of which bad copies can be made: simulated AWS keeps their data."""

Meanwhile = Callable[[Mapping[str, Any]], None]


class Verdicts:
    """Runs restore tests and judges the verdicts."""

    def __init__(self, stage: Stage, found: Setup) -> None:
        self._stage, self._found = stage, found
        self.refusals: dict[str, dict[str, list[str]]] = {}
        """By store and by what was bad: the checks that failed."""

    def accepted(self, what: str, meanwhile: Meanwhile) -> list[str]:
        """Returns what is wrong with a test whose copies are good."""
        problems = []
        for entry, verdict, error in self._tested(meanwhile, None):
            failed = [f"{item['check']}: {item['found']}" for item in verdict.get("checks", ()) if not item["passed"]]
            told = error or "; ".join(failed)
            if told or not verdict.get("valid"):
                problems.append(f"{entry.name}: {what}, was refused: {told or verdict}")
        return problems

    def refused(
        self, what: str, checks: frozenset[str], meanwhile: Meanwhile | None, moment: datetime | None = None
    ) -> list[str]:
        """Returns what is wrong with a test whose copies are bad in one way."""
        problems = []
        for entry, verdict, error in self._tested(meanwhile, moment):
            if entry.kind not in SPOILED_KINDS:
                continue
            failed = [item["check"] for item in verdict.get("checks", ()) if not item["passed"]]
            if error:
                problems.append(f"{entry.name}: {what}: the copy got no verdict: {error}")
            elif not checks & set(failed):
                problems.append(f"{entry.name}: {what}: the copy was accepted, or refused for {failed} only")
            else:
                self.refusals.setdefault(entry.name, {})[what] = failed
        return problems

    def point_created(self, point_arn: str) -> datetime:
        """Returns when a recovery point was made."""
        backup = self._stage.cloud.client("backup", self._found.place)
        told = backup.describe_recovery_point(BackupVaultName=self._found.vault, RecoveryPointArn=point_arn)
        made: datetime = told["CreationDate"]
        return made

    def _tested(
        self, meanwhile: Meanwhile | None, moment: datetime | None
    ) -> list[tuple[StoreEntry, Mapping[str, Any], str]]:
        """Runs the restore test; returns each store with its verdict, and why there is none."""
        from mcp_ops.rehearsal.simulator.backup_jobs.restore_tests import run_restore_test  # loads moto's part of it

        cloud, found = self._stage.cloud, self._found
        before = len(cloud.invocations)
        done = {
            restore.job["SourceResourceArn"]: restore
            for restore in run_restore_test(cloud, found.place, found.testing_plan, moment, meanwhile)
        }
        runs = {
            run.event["detail"]["restoreJobId"]: run
            for run in cloud.invocations[before:]
            if run.function == found.validate and "detail" in run.event
        }
        results: list[tuple[StoreEntry, Mapping[str, Any], str]] = []
        for entry in found.stores:
            restore = done.get(entry.arn)
            if restore is None:
                results.append((entry, {}, "no restore test covers it"))
                continue
            run = runs.get(restore.job["RestoreJobId"])
            verdict = run.result if run and not run.error else {}
            results.append((entry, verdict, _without_verdict(restore.job, run, verdict)))
        return results


def _without_verdict(job: Mapping[str, Any], run: Any, verdict: Mapping[str, Any]) -> str:
    """Returns why a copy has no verdict of the validation function that AWS Backup knows; empty where it has one."""
    if run is None:
        return f"its event did not reach the validation function (the job is {job['Status']})"
    if run.error:
        return f"the validation function failed: {run.error}"
    if "ignored" in verdict:
        return f"the validation function ignored it: {verdict['ignored']}"
    told = "SUCCESSFUL" if verdict["valid"] else "FAILED"
    if job["Status"] == "COMPLETED" and job.get("ValidationStatus") != told:
        return f"AWS Backup was told {job.get('ValidationStatus')} of a copy found {told}"
    return ""
