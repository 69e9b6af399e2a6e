"""Reads alarms from what a program registered."""

from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.simulator.alarms import definitions
from mcp_ops.rehearsal.simulator.alarms.compositions import alarm_name, composed
from mcp_ops.rehearsal.simulator.alarms.definitions import Actions, Alarms, CompositeAlarm, MetricAlarm, Query
from mcp_ops.rehearsal.simulator.alarms.expressions import parsed
from mcp_ops.rehearsal.simulator.alarms.metrics import MINUTE, checked_statistic, metric, percentile_share
from mcp_ops.rehearsal.simulator.alarms.states import COMPARISONS, Rule
from mcp_ops.rehearsal.simulator.errors import Refusal

METRIC_ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
COMPOSITE_ALARM = "aws:cloudwatch/compositeAlarm:CompositeAlarm"
NOT_MODELLED = (
    "thresholdMetricId",
    "evaluationWindow",
    "evaluationCriteria",
    "evaluationInterval",
    "warmUpConfiguration",
)
LONGEST_DAY, LONGEST_WEEK, HOUR = 86_400, 604_800, 3_600
"""Seconds that an alarm may look back: a day, or a week with periods of an hour or more (PutMetricAlarm)."""
MOST_METRICS = 10
"""Metrics that an alarm on metric math may read (user guide, "alarms on math expressions")."""


def alarms_of(run: Run) -> Alarms:
    """Returns the alarms that a program registered.

    Raises:
        Refusal: one uses what is not modelled, breaks a rule that AWS has and its API model does not, or refers to an
            alarm that is not registered.
    """
    return definitions.ordered(
        [_metric_alarm(item) for item in run.of_type(METRIC_ALARM)],
        [_composite_alarm(item) for item in run.of_type(COMPOSITE_ALARM)],
    )


def _metric_alarm(item: Registration) -> MetricAlarm:
    inputs: Mapping[str, Any] = wire.reveal(item.inputs)
    name = _name(item, inputs.get("name"))
    for key in NOT_MODELLED:
        if inputs.get(key):
            raise Refusal(f"alarm {name}: {key} is not simulated")
    try:
        periods, queries = _queries(inputs, item.region)
        alarm = MetricAlarm(
            name=name,
            arn=str(item.outputs.get("arn", "")),
            region=item.region,
            rule=_rule(inputs),
            period=_only_period(periods),
            queries=queries,
            actions=_actions(inputs),
            description=str(inputs.get("alarmDescription") or ""),
            keeps_on_low_samples=inputs.get("evaluateLowSampleCountPercentiles") == "ignore",
        )
        _check(alarm)
    except Refusal as refusal:
        raise Refusal(f"alarm {name}: {refusal}") from refusal
    return alarm


def _name(item: Registration, given: Any) -> str:
    return str(item.outputs.get("name") or given or item.id)


def _rule(inputs: Mapping[str, Any]) -> Rule:
    comparison = str(inputs.get("comparisonOperator"))
    if comparison not in COMPARISONS:
        raise Refusal(f"comparisonOperator {comparison} is not simulated; {', '.join(COMPARISONS)} are")
    if inputs.get("threshold") is None:
        raise Refusal("threshold is missing")
    periods = int(inputs["evaluationPeriods"])
    return Rule(
        comparison=comparison,
        threshold=float(inputs["threshold"]),
        evaluation_periods=periods,
        datapoints_to_alarm=int(inputs.get("datapointsToAlarm") or periods),
        missing=str(inputs.get("treatMissingData") or "missing"),
    )


def _actions(inputs: Mapping[str, Any]) -> Actions:
    return Actions(
        alarm=tuple(inputs.get("alarmActions") or ()),
        ok=tuple(inputs.get("okActions") or ()),
        insufficient_data=tuple(inputs.get("insufficientDataActions") or ()),
        enabled=inputs.get("actionsEnabled") is not False,
    )


def _queries(inputs: Mapping[str, Any], region: str) -> tuple[set[int], tuple[Query, ...]]:
    """Returns the periods that the queries name, and the queries."""
    given = inputs.get("metricQueries")
    if not given:
        return {int(inputs["period"])}, (_metric_query("metric", inputs, region, returned=True),)
    queries: list[Query] = []
    periods: set[int] = set()
    for item in given:
        returned = item.get("returnData") is True
        if item.get("expression"):
            queries.append(Query(item["id"], expression=parsed(item["expression"]), returned=returned))
            periods |= {int(item["period"])} if item.get("period") else set()
            continue
        if item.get("accountId"):
            raise Refusal(f"query {item['id']}: metrics of another account are not simulated")
        periods.add(int(item["metric"]["period"]))
        queries.append(_metric_query(item["id"], item["metric"], region, returned=returned))
    return periods, tuple(queries)


def _metric_query(name: str, given: Mapping[str, Any], region: str, *, returned: bool) -> Query:
    statistic = given.get("stat") or given.get("statistic") or given.get("extendedStatistic") or ""
    checked_statistic(statistic)
    found = metric(given["namespace"], given["metricName"], given.get("dimensions"), region=region)
    return Query(name, metric=found, statistic=statistic, returned=returned)


def _only_period(periods: set[int]) -> int:
    if len(periods) != 1:
        raise Refusal(f"its queries have the periods {', '.join(map(str, sorted(periods)))}; AWS wants one")
    period = periods.pop()
    if period % MINUTE:
        raise Refusal(f"a period of {period} s is not simulated; multiples of 60 are")
    return period


def _check(alarm: MetricAlarm) -> None:
    """Refuses what AWS refuses beyond its API model."""
    returned = [query.id for query in alarm.queries if query.returned]
    if len(returned) != 1:
        raise Refusal(f"{len(returned)} of its queries return data; AWS wants one")
    ids = [query.id for query in alarm.queries]
    unknown = {name for query in alarm.queries if query.expression for name in query.expression.ids} - set(ids)
    if unknown or len(set(ids)) != len(ids):
        raise Refusal(f"its expressions name {', '.join(sorted(unknown)) or 'an id twice'}, which is no query")
    if len(alarm.metrics) > MOST_METRICS:
        raise Refusal(f"reads {len(alarm.metrics)} metrics; AWS takes {MOST_METRICS}")
    if not 1 <= alarm.rule.datapoints_to_alarm <= alarm.rule.evaluation_periods:
        raise Refusal(f"datapointsToAlarm {alarm.rule.datapoints_to_alarm} exceeds evaluationPeriods")
    window = alarm.period * alarm.rule.evaluation_periods
    longest = LONGEST_WEEK if alarm.period >= HOUR else LONGEST_DAY
    if window > longest:
        raise Refusal(f"period times evaluationPeriods is {window} s; AWS takes {longest} s at this period")
    if alarm.keeps_on_low_samples and percentile_share(alarm.watched.statistic) is None:
        raise Refusal("evaluateLowSampleCountPercentiles needs a percentile")


def _composite_alarm(item: Registration) -> CompositeAlarm:
    inputs: Mapping[str, Any] = wire.reveal(item.inputs)
    suppressor = inputs.get("actionsSuppressor") or {}
    name = str(inputs.get("alarmName") or item.id)
    try:
        rule = composed(str(inputs["alarmRule"]))
    except Refusal as refusal:
        raise Refusal(f"alarm {name}: {refusal}") from refusal
    return CompositeAlarm(
        name=name,
        arn=str(item.outputs.get("arn", "")),
        region=item.region,
        rule=rule,
        actions=_actions(inputs),
        description=str(inputs.get("alarmDescription") or ""),
        suppressor=alarm_name(str(suppressor.get("alarm") or "")),
        wait_seconds=int(suppressor.get("waitPeriod") or 0),
        extension_seconds=int(suppressor.get("extensionPeriod") or 0),
    )
