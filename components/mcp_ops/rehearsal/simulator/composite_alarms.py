"""Composite alarms of Amazon CloudWatch, which moto keeps but offers no operation for."""

import functools
import re
from typing import Any

_NAMES = re.compile(r"(?:ALARM|OK|INSUFFICIENT_DATA)\(\s*(?:\"([^\"]+)\"|'([^']+)'|([^\"'()\s]+))\s*\)")
_SUPPRESSION = ("ActionsSuppressor", "ActionsSuppressorWaitPeriod", "ActionsSuppressorExtensionPeriod")


@functools.cache
def installed() -> None:
    """Adds `PutCompositeAlarm` to moto; once per process. `DescribeAlarms` and `DeleteAlarms` know them already."""
    from moto.cloudwatch.responses import CloudWatchResponse

    CloudWatchResponse.put_composite_alarm = _put_composite_alarm


def _put_composite_alarm(self: Any) -> Any:
    from moto.cloudwatch.exceptions import ValidationError
    from moto.core.responses import EmptyResult

    backend, given = self.cloudwatch_backend, self._get_param
    rule = given("AlarmRule")
    missing = [name for name in _named(rule) if name.rpartition(":alarm:")[2] not in backend.alarms]
    if missing:
        raise ValidationError(
            f"Could not save the composite alarm as alarms [{', '.join(missing)}] in the alarm rule do not exist"
        )
    nothing = dict.fromkeys(
        ("namespace", "metric_name", "comparison_operator", "evaluation_periods", "period", "threshold", "statistic")
    )
    alarm = backend.put_metric_alarm(
        name=given("AlarmName"),
        description=given("AlarmDescription"),
        dimensions=[],
        alarm_actions=given("AlarmActions", []),
        ok_actions=given("OKActions", []),
        insufficient_data_actions=given("InsufficientDataActions", []),
        actions_enabled=self._get_bool_param("ActionsEnabled"),
        rule=rule,
        tags=given("Tags", []),
        **nothing,
    )
    alarm.alarm_rule = rule
    for name in _SUPPRESSION:
        setattr(alarm, re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower(), given(name))
    return EmptyResult()


def _named(rule: str) -> list[str]:
    """Returns the alarms that a rule names, by name or ARN."""
    return [next(filter(None, match.groups())) for match in _NAMES.finditer(rule)]
