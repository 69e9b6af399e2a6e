"""Registers planned alarms."""

from collections.abc import Mapping

import pulumi
import pulumi_aws as aws

from mcp_ops.monitoring.alarms import (
    COMPARISONS,
    SEVERITIES,
    Alarm,
    AlarmSet,
    Composite,
    Expression,
    Metric,
    Texts,
    rule_of,
)

SUPPRESSION_WAIT_SECONDS = 120
"""How long a composite waits for the alarm that mutes it (API reference of PutCompositeAlarm, ActionsSuppressor)."""
SUPPRESSION_EXTENSION_SECONDS = 60
"""How long it stays silent after that alarm has ended."""


def register_alarms(
    name: str,
    planned: AlarmSet,
    texts: Texts,
    topic_arns: Mapping[str, pulumi.Input[str]],
    tags: Mapping[str, pulumi.Input[str]],
    child: pulumi.ResourceOptions,
) -> dict[str, pulumi.Output[str]]:
    """Registers the alarms of a set and returns their ARNs by key. Composites come last: CloudWatch checks their rules.

    An alarm costs 0.10 USD a month for each metric that it reads, a composite 0.50 USD.
    """
    made = {
        alarm.key: _metric_alarm(name, alarm, planned.subject, texts, (topic_arns, tags, child))
        for alarm in planned.alarms
    }
    arns: dict[str, pulumi.Output[str]] = {key: alarm.arn for key, alarm in made.items()}
    for composite in planned.composites:
        needed = {key for group in composite.any_of for key in group} | ({composite.muted_by} - {""})
        after = pulumi.ResourceOptions(depends_on=[made[key] for key in sorted(needed)])
        options = pulumi.ResourceOptions.merge(child, after)
        alarm = _composite_alarm(name, composite, planned.subject, texts, (topic_arns, tags, options))
        arns[composite.key] = alarm.arn
    return arns


def acting_alarms(
    *registered: tuple[AlarmSet, Mapping[str, pulumi.Output[str]]],
) -> dict[str, list[pulumi.Output[str]]]:
    """Returns the ARNs of the alarms that tell somebody, by severity: what a dashboard shows."""
    acting: dict[str, list[pulumi.Output[str]]] = {severity: [] for severity in SEVERITIES}
    for planned, arns in registered:
        for key, severity in planned.severities().items():
            acting[severity].append(arns[key])
    return acting


_Rest = tuple[Mapping[str, pulumi.Input[str]], Mapping[str, pulumi.Input[str]], pulumi.ResourceOptions]


def _metric_alarm(name: str, alarm: Alarm, subject: str, texts: Texts, rest: _Rest) -> aws.cloudwatch.MetricAlarm:
    topic_arns, tags, options = rest
    threshold, actions = alarm.threshold, _actions(alarm.response.severity, topic_arns)
    watched = (
        {"metric_queries": _queries(alarm.watches, threshold.period)}
        if isinstance(alarm.watches, Expression)
        else _metric(alarm.watches, threshold.period)
    )
    return aws.cloudwatch.MetricAlarm(
        f"{name}-{alarm.key}",
        # People, messages and composites look it up.
        name=f"{name}-{alarm.key}",
        alarm_description=texts.describe(alarm.summary, alarm.response, subject),
        comparison_operator=COMPARISONS[threshold.comparison],
        threshold=threshold.value,
        evaluation_periods=threshold.periods,
        datapoints_to_alarm=threshold.needed,
        treat_missing_data=threshold.missing,
        alarm_actions=actions,
        ok_actions=actions,
        tags=tags,
        opts=options,
        **watched,
    )


def _composite_alarm(
    name: str, composite: Composite, subject: str, texts: Texts, rest: _Rest
) -> aws.cloudwatch.CompositeAlarm:
    topic_arns, tags, options = rest
    actions = _actions(composite.response.severity, topic_arns)
    suppressor = None
    if composite.muted_by:
        suppressor = aws.cloudwatch.CompositeAlarmActionsSuppressorArgs(
            alarm=f"{name}-{composite.muted_by}",
            wait_period=SUPPRESSION_WAIT_SECONDS,
            extension_period=SUPPRESSION_EXTENSION_SECONDS,
        )
    return aws.cloudwatch.CompositeAlarm(
        f"{name}-{composite.key}",
        alarm_name=f"{name}-{composite.key}",
        alarm_description=texts.describe(composite.summary, composite.response, subject),
        alarm_rule=rule_of(name, composite),
        alarm_actions=actions,
        ok_actions=actions,
        actions_suppressor=suppressor,
        tags=tags,
        opts=options,
    )


def _actions(severity: str, topic_arns: Mapping[str, pulumi.Input[str]]) -> list[pulumi.Input[str]]:
    return [topic_arns[severity]] if severity else []


def _metric(metric: Metric, period: int) -> dict[str, object]:
    statistic = "statistic" if metric.simple else "extended_statistic"
    return {
        "namespace": metric.namespace,
        "metric_name": metric.name,
        "dimensions": dict(metric.dimensions),
        statistic: metric.statistic,
        "period": period,
    }


def _queries(expression: Expression, period: int) -> list[aws.cloudwatch.MetricAlarmMetricQueryArgs]:
    read = [
        aws.cloudwatch.MetricAlarmMetricQueryArgs(
            id=key,
            return_data=False,
            metric=aws.cloudwatch.MetricAlarmMetricQueryMetricArgs(
                namespace=metric.namespace,
                metric_name=metric.name,
                dimensions=dict(metric.dimensions),
                stat=metric.statistic,
                period=period,
            ),
        )
        for key, metric in expression.metrics.items()
    ]
    value = aws.cloudwatch.MetricAlarmMetricQueryArgs(
        id="value", expression=expression.text, label=expression.label or None, return_data=True
    )
    return [*read, value]
