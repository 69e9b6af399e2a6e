"""Which resources a selection means, by their tags."""

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any

from mcp_ops.rehearsal.simulator.backup_jobs.kinds import in_use, kind
from mcp_ops.rehearsal.simulator.backup_jobs.state import Point, State
from mcp_ops.rehearsal.simulator.places import Place

Tags = Mapping[str, str]

_TAG = "aws:ResourceTag/"


def selected(selection: Mapping[str, Any], state: State, place: Place) -> Iterator[tuple[str, str, Tags]]:
    """Yields type, ARN and tags of each resource that a selection of a backup plan means.

    Raises:
        NotImplementedError: the selection has conditions that are not modelled.
    """
    unknown = {"Conditions", "NotResources"} & {key for key, value in selection.items() if value}
    if unknown:
        raise NotImplementedError(f"simulated AWS Backup does not evaluate {', '.join(sorted(unknown))}")
    enabled = state.region.get("ResourceTypeOptInPreference")
    for resource_type in in_use():
        if enabled is not None and not enabled.get(resource_type):
            continue  # AWS Backup passes over types that the region has not opted in to
        for arn, tags in kind(resource_type).tagged(place):
            if _named(arn, selection.get("Resources") or ()) or _tagged(tags, selection.get("ListOfTags") or ()):
                yield resource_type, arn, tags


def _named(arn: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(arn, pattern) for pattern in patterns)


def _tagged(tags: Tags, wanted: Sequence[Mapping[str, str]]) -> bool:
    """Tells whether one of the conditions holds: those of a list are alternatives."""
    return any(tags.get(item["ConditionKey"].removeprefix(_TAG)) == item["ConditionValue"] for item in wanted)


def tested(selection: Mapping[str, Any], points: Sequence[Point], place: Place) -> Iterator[list[Point]]:
    """Yields the recovery points of each resource that a selection of a restore testing plan means.

    A resource that is gone is known by the tags that its backups carry.
    """
    resource_type = selection["ProtectedResourceType"]
    live = dict(kind(resource_type).tagged(place)) if resource_type in in_use() else {}
    patterns = selection.get("ProtectedResourceArns") or ["*"]
    conditions = selection.get("ProtectedResourceConditions") or {}
    for arn in dict.fromkeys(point.told["ResourceArn"] for point in points):
        own = [point for point in points if point.told["ResourceArn"] == arn]
        tags = live.get(arn, own[-1].tags)
        if own[0].told["ResourceType"] == resource_type and _named(arn, patterns) and _holds(conditions, tags):
            yield own


def _holds(conditions: Mapping[str, Sequence[Mapping[str, str]]], tags: Tags) -> bool:
    """Tells whether every condition holds."""
    equal = all(
        tags.get(item["Key"].removeprefix(_TAG)) == item["Value"] for item in conditions.get("StringEquals") or ()
    )
    other = all(
        tags.get(item["Key"].removeprefix(_TAG)) != item["Value"] for item in conditions.get("StringNotEquals") or ()
    )
    return equal and other
