"""Spans for OpenTelemetry, exported by OTLP over HTTP to a collector, such as AWS Distro for OpenTelemetry.

The SDK makes a span of each message. Address, headers, sampling and limits are OpenTelemetry's own variables
(`OTEL_EXPORTER_OTLP_*`, `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`).
"""

from collections.abc import Callable
from typing import Final

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import Span, SpanProcessor, TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.sdk.trace.id_generator import RandomIdGenerator

from mcp_ops_server.settings import Settings
from mcp_ops_server.trace_context import TRACE_ID

_TOOL: Final = "gen_ai.tool.name"
_REQUEST: Final = "jsonrpc.request.id"


def start_tracing(settings: Settings, tools: frozenset[str]) -> Callable[[], None]:
    """Makes spans go to the collector; returns what sends the last ones and ends it."""
    resource = Resource.create({"service.name": settings.server, "deployment.environment.name": settings.environment})
    provider = TracerProvider(resource=resource, id_generator=_RequestIds())
    provider.add_span_processor(_WithoutCallersWords(tools))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    return provider.shutdown


class _RequestIds(RandomIdGenerator):
    """A span without parent joins the trace that the load balancer began, so that its id is the one in the logs."""

    def generate_trace_id(self) -> int:
        given = TRACE_ID.get()
        return super().generate_trace_id() if given is None else int(given, 16)


class _WithoutCallersWords(SpanProcessor):
    """Takes out what the caller made up: names of tools that do not exist, and ids that are not numbers."""

    def __init__(self, tools: frozenset[str]) -> None:
        self._tools = tools

    def on_start(self, span: Span, parent_context: Context | None = None) -> None:  # noqa: ARG002
        attributes = span.attributes or {}
        if attributes.get(_TOOL) not in self._tools:
            span.update_name(str(attributes.get("mcp.method.name", span.name)))
            if _TOOL in attributes:
                span.set_attribute(_TOOL, "*")
        if not str(attributes.get(_REQUEST, "0")).isdigit():
            span.set_attribute(_REQUEST, "*")
