"""Alarms that the user adds on metrics of a server's own events, such as its business metrics. Pure."""

import re
from collections.abc import Iterator, Mapping
from typing import NotRequired, TypedDict

from mcp_ops.inputs import Inputs
from mcp_ops.monitoring.alarms import MISSING, SEVERITIES, STATISTIC, Alarm, Response, Threshold
from mcp_ops.monitoring.server_metrics import ServerMetrics

_KEY = re.compile(r"[a-z][a-z0-9-]{0,39}")
_METRIC = re.compile(r"[A-Za-z][A-Za-z0-9_.-]{0,254}")
_WEEK_MINUTES = 10_080


class MetricAlarmArgs(TypedDict):
    """One further alarm."""

    metric: str
    """Metric in the namespace `McpOps` with the dimensions `Environment` and `Server`, such as `CostPrevented`."""
    summary: str
    """What is wrong, in one sentence."""
    severity: str
    """`critical` or `warning`."""
    runbook: str
    """Where it says what to do: a file in the folder of the runbooks without `.md`, or a URL."""
    statistic: NotRequired[str]
    """`Sum`, `Average`, `Minimum`, `Maximum`, `SampleCount`, or a percentile such as `p95`. Default `Sum`."""
    above: NotRequired[float]
    """Alarm above this value. Give one of `above` and `below`."""
    below: NotRequired[float]
    """Alarm below this value."""
    period_minutes: NotRequired[int]
    """Minutes over which the statistic is taken, 1 to 1440. Default 60."""
    periods: NotRequired[int]
    """Periods in a row that must breach. Default 1. Together at most a day, or seven days from 60 minutes on."""
    missing: NotRequired[str]
    """What no data counts as: `notBreaching`, `breaching`, `ignore` or `missing`. Default `notBreaching`."""


def planned_metric_alarms(inputs: Inputs, metrics: ServerMetrics) -> Iterator[Alarm]:
    """Yields the alarms of the input `metric_alarms`; notes what is wrong with them."""
    for key, given in inputs.mapping("metric_alarms").items():
        offences = inputs.offences.below(f"metric_alarms.{key}")
        offences.check(_KEY.fullmatch(key), "key", key, "is no key; use a-z, 0-9 and -, at most 40")
        if not isinstance(given, Mapping):
            offences.add("alarm", given, "is not a group of inputs")
            continue
        yield _alarm(f"metric-{key}", Inputs("", given, MetricAlarmArgs, offences), metrics)


def _alarm(key: str, given: Inputs, metrics: ServerMetrics) -> Alarm:
    name = given.text("metric", _METRIC, "is no name of a metric", "unnamed")
    statistic = given.text("statistic", STATISTIC, "is no statistic; use Sum, Average, Minimum, Maximum or p95", "Sum")
    threshold = Threshold(
        *_limit(given),
        60 * given.integer("period_minutes", 60, 1, 1440),
        given.integer("periods", 1, 1, _WEEK_MINUTES),
        missing=given.choice("missing", "notBreaching", MISSING),
    )
    rule = "is not a sentence of 10 to 300 characters"
    summary = given.text("summary", re.compile(r"(?s).{10,300}"), rule, "unnamed")
    rule = "is no runbook; name a file in the folder of the runbooks without .md, or a URL"
    runbook = given.text("runbook", re.compile(r"[a-z0-9][a-z0-9-]{0,80}|https://\S{1,300}"), rule, "unnamed")
    severity = given.choice("severity", SEVERITIES[1], SEVERITIES)
    return Alarm(key, summary, metrics.events(name, statistic), threshold, Response(severity, runbook, key))


def _limit(given: Inputs) -> tuple[str, float]:
    above, below = given.has("above"), given.has("below")
    given.offences.check(above or below, "above", None, "is missing; give above or below")
    given.offences.check(not (above and below), "below", "given", "has no effect beside above; give one of them")
    key, comparison = ("below", "<") if below else ("above", ">")
    return comparison, given.number(key, 0.0, 0.0, 1e15)
