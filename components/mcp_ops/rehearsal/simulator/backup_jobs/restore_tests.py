"""Restore tests: what AWS Backup does when the time of a restore testing plan has come."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from mcp_ops.rehearsal.simulator.backup_jobs.events import restore_ended
from mcp_ops.rehearsal.simulator.backup_jobs.kinds import kind
from mcp_ops.rehearsal.simulator.backup_jobs.matching import tested
from mcp_ops.rehearsal.simulator.backup_jobs.restores import begun
from mcp_ops.rehearsal.simulator.backup_jobs.service_role import refusal
from mcp_ops.rehearsal.simulator.backup_jobs.state import Point, State, state_of
from mcp_ops.rehearsal.simulator.cloud import Cloud
from mcp_ops.rehearsal.simulator.event_router import Routed, routed
from mcp_ops.rehearsal.simulator.places import Place


@dataclass(frozen=True)
class Restore:
    """One restore job of a test, validated and removed."""

    job: Mapping[str, Any]
    """As the API describes it at the end."""
    delivered: tuple[Routed, ...]
    """Whom its event reached."""


def run_restore_test(
    cloud: Cloud,
    place: Place,
    plan_name: str,
    moment: datetime | None = None,
    meanwhile: Callable[[Mapping[str, Any]], None] | None = None,
) -> list[Restore]:
    """Carries out a restore testing plan, as if its time had come.

    Each restored copy is announced by its event, and removed when whoever heard of it is done. `meanwhile` is called
    with each job between its end and its event; `moment`: what time it is, now if not said.
    """
    state = state_of(cloud.beyond.kept("backup", place))
    plan = cloud.client("backup", place).get_restore_testing_plan(RestoreTestingPlanName=plan_name)
    chosen = plan["RestoreTestingPlan"]
    points = _eligible(state, chosen["RecoveryPointSelection"], moment or datetime.now(UTC))
    done = []
    for selection in state.testing_selections.get(plan_name, {}).values():
        for own in list(tested(selection, points, place)):
            point = own[-1] if chosen["RecoveryPointSelection"]["Algorithm"] == "LATEST_WITHIN_WINDOW" else own[0]
            done.append(_tested(cloud, place, chosen["RestoreTestingPlanArn"], selection, point, meanwhile))
    return done


def _eligible(state: State, selection: Mapping[str, Any], now: datetime) -> Sequence[Point]:
    """Returns the recovery points that a plan chooses from, the oldest first."""
    since = now - timedelta(days=selection.get("SelectionWindowDays", 30))
    vaults, excluded = selection["IncludeVaults"], selection.get("ExcludeVaults") or ()

    def fits(point: Point) -> bool:
        vault = point.told["BackupVaultArn"]
        included = ("*" in vaults or vault in vaults) and vault not in excluded
        return included and since <= point.created <= now

    if "SNAPSHOT" not in selection["RecoveryPointTypes"]:
        return ()  # the model makes snapshots only
    return sorted(filter(fits, state.points.values()), key=lambda point: point.created)


def _tested(
    cloud: Cloud,
    place: Place,
    plan_arn: str,
    selection: Mapping[str, Any],
    point: Point,
    meanwhile: Callable[[Mapping[str, Any]], None] | None,
) -> Restore:
    kept = cloud.beyond.kept("backup", place)
    metadata = dict(selection.get("RestoreMetadataOverrides") or {})
    keys = {value for value in metadata.values() if ":kms:" in value}
    given = {
        "RecoveryPointArn": point.arn,
        "Metadata": metadata,
        "IamRoleArn": selection["IamRoleArn"],
    }
    failure = refusal(cloud, selection["IamRoleArn"], keys, place.region)
    job = state_of(kept).restores[begun(kept, given, place, plan_arn, failure)]
    if meanwhile is not None and "CreatedResourceArn" in job:
        meanwhile(job)
    delivered = routed(cloud, place, restore_ended(job))
    if "CreatedResourceArn" in job:
        kind(job["ResourceType"]).removed(job["CreatedResourceArn"], place)
        job["DeletionStatus"] = "SUCCESSFUL"
    return Restore(dict(job), delivered)
