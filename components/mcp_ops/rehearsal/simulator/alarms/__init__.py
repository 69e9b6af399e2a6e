"""Evaluates the alarms that a stack registered over series of samples: what CloudWatch does and moto does not.

The smallest model of it that the registered definitions need; what it does not know is a `Refusal`. `docs/fidelity.md`
says what it is based on and where AWS differs.
"""

from mcp_ops.rehearsal.simulator.alarms.definitions import (
    Actions,
    Alarm,
    Alarms,
    CompositeAlarm,
    MetricAlarm,
    Query,
    ordered,
)
from mcp_ops.rehearsal.simulator.alarms.events import MetricFilter, MetricFilters, filters_of, samples_of
from mcp_ops.rehearsal.simulator.alarms.metrics import MINUTE, Metric, Sample, Series, metric
from mcp_ops.rehearsal.simulator.alarms.registered import alarms_of
from mcp_ops.rehearsal.simulator.alarms.states import ALARM, INSUFFICIENT_DATA, OK
from mcp_ops.rehearsal.simulator.alarms.timeline import History, Notice, Transition, evaluated, outages

__all__ = [
    "ALARM",
    "INSUFFICIENT_DATA",
    "MINUTE",
    "OK",
    "Actions",
    "Alarm",
    "Alarms",
    "CompositeAlarm",
    "History",
    "Metric",
    "MetricAlarm",
    "MetricFilter",
    "MetricFilters",
    "Notice",
    "Query",
    "Sample",
    "Series",
    "Transition",
    "alarms_of",
    "evaluated",
    "filters_of",
    "metric",
    "ordered",
    "outages",
    "samples_of",
]
