"""Registrations of alarms, and series, in few words."""

from typing import Any

from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.simulator.alarms import Metric, Series, metric

REGION = "eu-central-1"
START = 1_790_000_000 // 3600 * 3600
"""A full hour."""
ERRORS = metric("App", "Errors", {"Service": "web"}, region=REGION)
CALLS = metric("App", "Calls", {"Service": "web"}, region=REGION)


def metric_alarm(name: str = "errors", **inputs: Any) -> Registration:
    """An alarm on more than 0 errors in a minute; `None` leaves an input out."""
    given: dict[str, Any] = {
        "name": name,
        "namespace": "App",
        "metricName": "Errors",
        "dimensions": {"Service": "web"},
        "statistic": "Sum",
        "period": 60,
        "evaluationPeriods": 1,
        "threshold": 0,
        "comparisonOperator": "GreaterThanThreshold",
        "treatMissingData": "notBreaching",
        **inputs,
    }
    return _registration("metricAlarm:MetricAlarm", name, {k: v for k, v in given.items() if v is not None})


def math_alarm(name: str, expression: str, **inputs: Any) -> Registration:
    """An alarm on an expression over `errors` and `calls`."""
    none = dict.fromkeys(("namespace", "metricName", "dimensions", "statistic", "period"))
    queries = [
        {"id": "errors", "metric": query("Errors"), "returnData": False},
        {"id": "calls", "metric": query("Calls"), "returnData": False},
        {"id": "value", "expression": expression, "returnData": True},
    ]
    return metric_alarm(name, **none, **{"metricQueries": queries, **inputs})


def query(name: str, period: int = 60, stat: str = "Sum") -> dict[str, Any]:
    return {"namespace": "App", "metricName": name, "dimensions": {"Service": "web"}, "period": period, "stat": stat}


def composite_alarm(name: str, rule: str, **inputs: Any) -> Registration:
    return _registration("compositeAlarm:CompositeAlarm", name, {"alarmName": name, "alarmRule": rule, **inputs})


def _registration(kind: str, name: str, inputs: dict[str, Any]) -> Registration:
    return Registration(
        urn=f"urn:{name}",
        type=f"aws:cloudwatch/{kind}",
        name=name,
        parent="",
        custom=True,
        inputs=inputs,
        id=name,
        region=REGION,
        outputs={"arn": f"arn:aws:cloudwatch:{REGION}:123456789012:alarm:{name}"},
    )


def run_of(*items: Registration) -> Run:
    return Run("shop", "dev", list(items))


def series_of(of: Metric, pattern: str) -> Series:
    """One character a minute from START on: a digit is a sample, `-` is none."""
    series = Series()
    for index, character in enumerate(pattern):
        if character != "-":
            series.add(of, START + 60 * index, float(character))
    return series
