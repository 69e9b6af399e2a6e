"""Calls third parties that the servers depend on: do they answer, how fast, and what is left of the quota.

The event is the input of a schedule: `environment` and `targets`, each with `service`, `url`, `status` (the one that is
expected), and optionally `secretArn` with `auth` (`bearer`, `basic`, or the name of a header), `remaining` and `limit`
(names of headers), and `metrics` with `url`, `auth` and `names`: the provider's own, in Prometheus' text format.
"""

import base64
import logging
import re
from collections.abc import Iterator, Mapping
from typing import Any

from mcp_function_kit.connection import Answer, Unreachable, request
from mcp_function_kit.credentials import secret_of
from mcp_function_kit.protocol import OK

from .metrics import Value, emit
from .parallel import each

NAMESPACE = "McpOps/External"

_log = logging.getLogger()
_log.setLevel(logging.INFO)

_SAMPLE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{[^}]*\})?\s+(\S+)")
_METRIC_NAME = re.compile(r"[^A-Za-z0-9_]")


def handle(event: Mapping[str, Any], _context: object) -> dict[str, Any]:
    """Probes every target. A service that fails is a result, not a failure of ours."""
    environment = event["environment"]
    return {"services": each(lambda target: _observe(environment, target), event["targets"])}


def _observe(environment: str, target: Mapping[str, Any]) -> dict[str, Any]:
    """Probes one service and reports what it found."""
    values: dict[str, Value] = {}
    reason = ""
    try:
        held = secret_of(target["secretArn"]) if target.get("secretArn") else {}
        answer = _get(target, held)
        values = dict(_measured(answer, target))
        if answer.status != target["status"]:
            reason = f"answered with {answer.status}, not {target['status']}"
        if target.get("metrics"):
            values.update(_own_metrics(target["metrics"], held))
    except Unreachable as failure:
        reason = str(failure)
    values["Available"] = (0 if reason else 1, "Count")
    emit(NAMESPACE, {"Environment": environment, "Service": target["service"]}, values, reason=reason)
    if reason:
        _log.warning("service failed", extra={"service": target["service"], "reason": reason})
    return {"service": target["service"], "available": not reason, "reason": reason}


def _get(place: Mapping[str, Any], held: Mapping[str, Any]) -> Answer:
    """Asks for `url`, with the credential that `auth` wants: `token`, or `user` and `password`, of the secret."""
    headers = {"User-Agent": "mcp-ops", "Accept": "*/*"}
    auth = place.get("auth", "bearer")
    if auth == "basic" and held:
        pair = f"{held['user']}:{held['password']}".encode()
        headers["Authorization"] = f"Basic {base64.b64encode(pair).decode()}"
    elif auth == "bearer" and held:
        headers["Authorization"] = f"Bearer {held['token']}"
    elif held:
        headers[auth] = str(held["token"])
    return request("GET", place["url"], headers)


def _measured(answer: Answer, target: Mapping[str, Any]) -> Iterator[tuple[str, Value]]:
    yield "Latency", (round(answer.seconds * 1000, 1), "Milliseconds")
    if answer.tls:
        yield "CertificateDays", (answer.tls["days"], "None")
    remaining = _number(answer.headers.get(target.get("remaining", "").lower()))
    limit = _number(answer.headers.get(target.get("limit", "").lower()))
    if remaining is not None and limit:
        yield "QuotaRemainingPercent", (round(100 * remaining / limit, 2), "Percent")


def _own_metrics(wanted: Mapping[str, Any], held: Mapping[str, Any]) -> dict[str, Value]:
    """Returns the wanted metrics of the provider's endpoint; the samples of a name are added up."""
    answer = _get(wanted, held)
    if answer.status != OK:
        raise Unreachable(f"the metrics endpoint answered {answer.status}")
    sums: dict[str, float] = {}
    for line in answer.body.decode("utf-8", "replace").splitlines():
        sample = _SAMPLE.match(line)
        value = _number(sample[2]) if sample else None
        if sample and value is not None and sample[1] in wanted["names"]:
            sums[sample[1]] = sums.get(sample[1], 0.0) + value
    return {_METRIC_NAME.sub("_", name): (value, "None") for name, value in sums.items()}


def _number(text: str | None) -> float | None:
    try:
        value = float(text or "")
    except ValueError:
        return None
    return value if abs(value) < float("inf") else None
