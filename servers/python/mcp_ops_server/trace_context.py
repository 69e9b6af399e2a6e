"""Which distributed trace a request belongs to, so that its log lines can be found together."""

import contextlib
import re
from collections.abc import Iterator, Mapping
from contextvars import ContextVar
from typing import Any, Final

from opentelemetry.context import attach, detach
from opentelemetry.trace import get_current_span
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

TRACE_ID: Final[ContextVar[str | None]] = ContextVar("mcp_ops_trace_id", default=None)
"""Trace id of the request that is handled: 32 hex digits, or None."""

_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?")
_AMAZON_ROOT = re.compile(r"(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)")


def trace_id(headers: list[tuple[bytes, bytes]]) -> str | None:
    """Returns the trace of a request's headers: W3C `traceparent`, else the root that the load balancer gave it."""
    found = {name: value for name, value in headers if name in {b"traceparent", b"x-amzn-trace-id"}}
    if not found:
        return None
    given = trace_of(found.get(b"traceparent", b"").decode("latin-1"))
    if given is None and (root := amazon_root(found.get(b"x-amzn-trace-id", b"").decode("latin-1"))) is not None:
        given = root[2:].replace("-", "")
    return given


def trace_of_message(meta: Mapping[str, Any] | None) -> str | None:
    """Returns the trace that a message names in its `_meta`."""
    given = meta.get("traceparent") if meta else None
    return trace_of(given) if isinstance(given, str) else None


def trace_of(traceparent: str) -> str | None:
    """Returns the trace id of a `traceparent` (W3C Trace Context), None where it is not valid."""
    found = _TRACEPARENT.fullmatch(traceparent)
    if found is None or (found.group(2) and traceparent.startswith("00")):
        return None
    return found.group(1)


def amazon_root(header: str) -> str | None:
    """Returns the root of an `X-Amzn-Trace-Id`: `1-8 hex-24 hex`."""
    found = _AMAZON_ROOT.search(header)
    return found.group(1) if found is not None else None


@contextlib.contextmanager
def remote_parent(headers: list[tuple[bytes, bytes]]) -> Iterator[None]:
    """Makes the caller's span, where its `traceparent` names one, the parent of spans that are made inside."""
    names = (b"traceparent", b"tracestate")
    carrier = {name.decode(): value.decode("latin-1") for name, value in headers if name in names}
    token = attach(TraceContextTextMapPropagator().extract(carrier))
    try:
        yield
    finally:
        detach(token)


def trace_fields() -> dict[str, str]:
    """Returns what a log line says of the trace: `trace_id`, and `span_id` where a span is recorded."""
    span = get_current_span()
    if span.is_recording():
        context = span.get_span_context()
        return {"trace_id": f"{context.trace_id:032x}", "span_id": f"{context.span_id:016x}"}
    trace = TRACE_ID.get()
    return {} if trace is None else {"trace_id": trace}
