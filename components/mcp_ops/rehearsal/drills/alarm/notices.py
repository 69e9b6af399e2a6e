"""Who is told of an alarm, and with what text: its actions, carried out in simulated AWS."""

import json
from collections.abc import Container
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from mcp_ops.rehearsal.drills.drill import Stage
from mcp_ops.rehearsal.simulator.alarms import Alarm, Alarms, MetricAlarm, Notice
from mcp_ops.rehearsal.simulator.deliveries import Delivery, deliveries
from mcp_ops.rehearsal.simulator.event_router import CLOUDWATCH, delivery_refused
from mcp_ops.rehearsal.simulator.places import Place


@dataclass(frozen=True)
class Told:
    """What became of a notice."""

    deliveries: tuple[Delivery, ...]
    failures: tuple[str, ...]
    """What went wrong behind its actions."""


def unreachable(stage: Stage, alarms: Alarms) -> dict[str, str]:
    """Returns the actions that CloudWatch could not carry out, each with the reason and the alarms that have it."""
    having: dict[str, list[Alarm]] = {}
    for alarm in alarms:
        for arn in dict.fromkeys((*alarm.actions.alarm, *alarm.actions.ok, *alarm.actions.insufficient_data)):
            having.setdefault(arn, []).append(alarm)
    found: dict[str, str] = {}
    for arn, owners in having.items():
        refused = _refused(stage, owners[0], arn)
        if refused:
            found[arn] = f"{', '.join(sorted(alarm.name for alarm in owners))}: {refused}"
    return found


def _refused(stage: Stage, alarm: Alarm, arn: str) -> str:
    kind = arn.split(":")[2] if arn.count(":") > 1 else ""
    if kind not in {"sns", "lambda"}:
        return f"action {arn} is not simulated"
    if arn not in {item.outputs.get("arn") for item in stage.run.resources()}:
        return f"action {arn} is not of this stack"
    return delivery_refused(stage.cloud, _place(alarm), alarm.arn, arn, CLOUDWATCH)


class Telling:
    """Carries out notices as CloudWatch does.

    For each set of actions, the first notice of a metric alarm and the first of a composite alarm are carried out: what
    stands behind the actions runs for real. Later ones go the same way, with the alarm's own sentence.
    """

    def __init__(self, stage: Stage, alarms: Alarms, refused: Container[str]) -> None:
        self._stage = stage
        self._alarms = alarms
        self._refused = refused
        self._told: dict[tuple[tuple[str, ...], type], Told] = {}

    def of(self, name: str, notice: Notice) -> Told:
        """Returns who is reached by a notice; its refused actions reach nobody."""
        alarm = self._alarms.named(name)
        key = (notice.actions, type(alarm))
        if key in self._told:
            sentence = (alarm.description.splitlines() or [""])[0]
            again = (replace(each, subject="", text=sentence) for each in self._told[key].deliveries)
            return replace(self._told[key], deliveries=tuple(again))
        before = len(self._stage.cloud.invocations)
        with deliveries() as caught:
            for arn in notice.actions:
                if arn not in self._refused:
                    _carry_out(self._stage, alarm, notice, arn)
        runs = self._stage.cloud.invocations[before:]
        failures = tuple(f"function {run.function}: {run.error}" for run in runs if run.error)
        self._told[key] = Told(tuple(caught), failures)
        return self._told[key]


def _place(alarm: Alarm) -> Place:
    return Place(alarm.arn.split(":")[4], alarm.region)


def _carry_out(stage: Stage, alarm: Alarm, notice: Notice, arn: str) -> None:
    place = _place(alarm)
    message = json.dumps(as_aws_writes(alarm, notice, place))
    if arn.split(":")[2] == "sns":
        subject = f'{notice.state}: "{alarm.name}" in {place.region}'[:100]
        stage.cloud.client("sns", place).publish(TopicArn=arn, Subject=subject, Message=message)
    else:
        stage.cloud.client("lambda", place).invoke(FunctionName=arn, InvocationType="Event", Payload=message.encode())


def as_aws_writes(alarm: Alarm, notice: Notice, place: Place) -> dict[str, Any]:
    """Returns the message that CloudWatch publishes, in the shape that AWS's user guide shows."""
    change = notice.transition
    return {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.description,
        "AWSAccountId": place.account,
        "AlarmConfigurationUpdatedTimestamp": _stamp(0),
        "NewStateValue": notice.state,
        "NewStateReason": _reason(alarm, notice),
        "StateChangeTime": _stamp(change.at),
        "Region": place.region,
        "AlarmArn": alarm.arn,
        "OldStateValue": change.before,
        "OKActions": list(alarm.actions.ok),
        "AlarmActions": list(alarm.actions.alarm),
        "InsufficientDataActions": list(alarm.actions.insufficient_data),
        **_trigger(alarm, place, notice),
    }


def _stamp(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")


def _reason(alarm: Alarm, notice: Notice) -> str:
    if not isinstance(alarm, MetricAlarm):
        return notice.transition.reason
    value = notice.transition.value
    shown = "no datapoints were received" if value is None else f"1 datapoint [{value} ({_stamp(notice.at)})]"
    return f"Threshold Crossed: {shown}, threshold ({alarm.rule.threshold})."


def _trigger(alarm: Alarm, place: Place, notice: Notice) -> dict[str, Any]:
    if not isinstance(alarm, MetricAlarm):
        prefix = f"arn:{place.partition}:cloudwatch:{place.region}:{place.account}:alarm:"
        children = [{"Arn": f"{prefix}{name}", "State": {"Value": "ALARM"}} for name in notice.transition.causes]
        return {"AlarmRule": alarm.rule.text, "TriggeringChildren": children}
    metric = alarm.watched.metric
    trigger: dict[str, Any] = {
        "Period": alarm.period,
        "EvaluationPeriods": alarm.rule.evaluation_periods,
        "DatapointsToAlarm": alarm.rule.datapoints_to_alarm,
        "ComparisonOperator": alarm.rule.comparison,
        "Threshold": alarm.rule.threshold,
        "TreatMissingData": alarm.rule.missing,
    }
    if metric:
        dimensions = [{"name": name, "value": value} for name, value in sorted(metric.dimensions)]
        trigger |= {"MetricName": metric.name, "Namespace": metric.namespace, "Dimensions": dimensions}
    return {"Trigger": trigger}
