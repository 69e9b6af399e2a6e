"""Load on a release, and what the registered alarms make of it."""

import http.client
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from mcp_ops.rehearsal.drills import processes
from mcp_ops.rehearsal.drills.declarations import Probe
from mcp_ops.rehearsal.drills.messages import MODERN, call
from mcp_ops.rehearsal.drills.processes import Running, scaled
from mcp_ops.rehearsal.drills.roll_back.front import SLEPT
from mcp_ops.rehearsal.drills.roll_back.stack import Released
from mcp_ops.rehearsal.simulator.alarms import MINUTE, History, Metric, Series, evaluated

CLIENTS, CALLS = 4, 25
"""Clients at the same time, and calls of each: enough for several of the failures that come once in twenty calls."""
PER_MINUTE = 1200
"""Requests a minute that the server gets in the time that is played; what was measured is spread over them."""
NOW = 1_795_104_000
BEFORE = 5 * MINUTE
_ERROR = 500


@dataclass(frozen=True)
class Measured:
    """How a release stood the load."""

    calls: int
    failed: int
    """Answers with 5xx, and calls without answer."""
    seconds: tuple[float, ...]
    """Response times, on a machine that nothing else uses."""

    @property
    def share(self) -> float:
        """Part of the calls that failed."""
        return self.failed / self.calls


def loaded(running: Running, probe: Probe, calls: int = CALLS) -> Measured:
    """Calls a tool from several clients at the same time."""
    with ThreadPoolExecutor(CLIENTS) as pool:
        found = list(pool.map(lambda _: list(_called(running, probe, calls)), range(CLIENTS)))
    answers = [answer for client in found for answer in client]
    failed = sum(status == 0 or status >= _ERROR for status, _ in answers)
    return Measured(len(answers), failed, tuple(seconds for _, seconds in answers))


def _called(running: Running, probe: Probe, calls: int) -> Iterator[tuple[int, float]]:
    """Yields status and seconds of each call; work is slower on a machine that others use too, sleep is not."""
    message = call(probe.tool, probe.arguments, version=MODERN)
    headers = {**message.headers, "Host": running.server.host}
    if running.admission.token:
        headers["Authorization"] = f"Bearer {running.admission.token}"
    client = http.client.HTTPConnection(running.address.host, running.address.port, timeout=scaled(10))
    for _ in range(calls):
        began, status, slept = time.perf_counter(), 0, 0.0
        try:
            client.request("POST", running.server.path, message.body, headers)
            response = client.getresponse()
            response.read()
            status, slept = response.status, float(response.headers.get(SLEPT, 0))
        except (OSError, http.client.HTTPException):
            client.close()
        yield status, slept + (time.perf_counter() - began - slept) / processes.slowness()
    client.close()


def watched(released: Released, good: Measured, release: Measured) -> History:
    """Returns what the alarms do while the release takes over from a good one."""
    series = Series()
    old, new = released.groups()
    metrics = {metric for alarm in released.alarms.metric for metric in alarm.metrics}
    end = NOW + int(max(released.minutes_watched, 10) * MINUTE)
    for at in range(NOW - BEFORE, end, MINUTE):
        share = _share(released, (at - NOW) / MINUTE)
        for metric in metrics:
            group = metric.dimension("TargetGroup")
            if group == new and share > 0:
                _feed(series, metric, at, release, PER_MINUTE * share)
            elif group == old and share < 1:
                _feed(series, metric, at, good, PER_MINUTE * (1 - share))
    return evaluated(released.alarms, series, NOW - BEFORE, end)


def _share(released: Released, minute: float) -> float:
    """Returns the part of the traffic that the release has, `minute` minutes after its first request."""
    if minute < 0:
        return 0.0
    if minute >= released.minutes_to_traffic:
        return 1.0
    linear = released.configuration.get("linearConfiguration") or {}
    steps = 1 + int(minute / float(linear["stepBakeTimeInMinutes"])) if linear else 1
    return min(1.0, released.first_share * steps)


def _feed(series: Series, metric: Metric, at: float, measured: Measured, requests: float) -> None:
    """Adds a minute of one of the load balancer's metrics; only what is counted is there, as with AWS."""
    if metric.name == "RequestCount":
        series.add(metric, at, requests)
    elif metric.name == "HTTPCode_Target_5XX_Count" and measured.failed:
        series.add(metric, at, requests * measured.share)
    elif metric.name == "TargetResponseTime":
        series.add(metric, at, *measured.seconds, weight=requests / measured.calls)
    elif metric.name == "UnHealthyHostCount":
        series.add(metric, at, 0.0)
