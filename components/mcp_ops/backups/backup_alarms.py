"""Alarms on backups and restores: what is measured, and when it is too old, too slow or wrong."""

from collections.abc import Mapping
from typing import NamedTuple

import pulumi
import pulumi_aws as aws

NAMESPACE = "McpOps/Backups"
"""Namespace of the metrics; each has the dimensions `Environment` and `Store`."""

BACKUP_AGE_HOURS = 26
"""A daily backup, an hour of start window, and an hour to be made."""
RESTORE_TEST_DAYS = 8
"""A weekly restore test, and a day for it."""

_HOUR = 3600


class BackupAlarm(NamedTuple):
    """One alarm on each store."""

    metric: str
    comparison: str
    meaning: str
    """What is wrong; `{}` is the limit."""
    periods: int = 1
    """Hours running."""
    missing: str = "breaching"
    """What silence means: of an hourly metric, that the function which watches does not run."""


ALARMS = {
    "backup-age": BackupAlarm("BackupAgeHours", "GreaterThanThreshold", "no backup was completed for {:g} h"),
    "recovery-point-age": BackupAlarm(
        "RecoveryPointAgeHours", "GreaterThanThreshold", "the newest moment to restore is over {:g} h old", periods=3
    ),
    "restore-time": BackupAlarm(
        "RestoreMinutes", "GreaterThanThreshold", "a restore took over {:g} min", missing="notBreaching"
    ),
    "validation": BackupAlarm(
        "ValidationFailures",
        "GreaterThanOrEqualToThreshold",
        "a restored copy was refused, or the restore failed",
        missing="notBreaching",
    ),
    "restore-test-age": BackupAlarm(
        "DaysSinceProvedRestore", "GreaterThanThreshold", "no restore was proved for {:g} days"
    ),
}
"""By the last part of their names."""


def thresholds(recovery_minutes: int, recovery_point_hours: int) -> dict[str, float]:
    """Returns the limit of each alarm."""
    return {
        "backup-age": BACKUP_AGE_HOURS,
        "recovery-point-age": recovery_point_hours,
        "restore-time": recovery_minutes,
        "validation": 1,
        "restore-test-age": RESTORE_TEST_DAYS,
    }


def register_alarms(
    name: str,
    dimensions: Mapping[str, str],
    limits: Mapping[str, float],
    topic_arn: pulumi.Input[str],
    tags: Mapping[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> dict[str, pulumi.Output[str]]:
    """Registers the alarms on one store and returns their ARNs by key; 0.10 USD a month each."""
    made = {}
    own = f"{name}-{dimensions['Store']}"
    for key, alarm in ALARMS.items():
        meaning = alarm.meaning.format(limits[key])
        made[f"{dimensions['Store']}-{key}"] = aws.cloudwatch.MetricAlarm(
            f"{own}-{key}",
            # People look it up.
            name=f"{own}-{key}",
            alarm_description=f"Store {dimensions['Store']}: {meaning}. What to do: docs/recovery/alarms.md#{key}",
            namespace=NAMESPACE,
            metric_name=alarm.metric,
            dimensions=dict(dimensions),
            statistic="Maximum",
            comparison_operator=alarm.comparison,
            threshold=limits[key],
            period=_HOUR,
            evaluation_periods=alarm.periods,
            treat_missing_data=alarm.missing,
            alarm_actions=[topic_arn],
            ok_actions=[topic_arn],
            tags=tags,
            opts=child,
        )
    return {key: alarm.arn for key, alarm in made.items()}
