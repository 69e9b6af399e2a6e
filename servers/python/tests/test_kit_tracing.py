"""Spans: exported to a collector on loopback, in the caller's trace, without the caller's words."""

import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import kit
import pytest
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = "00f067aa0ba902b7"
ROOT = "1-67891233-abcdef012345678912345678"


@pytest.fixture
def collector() -> Iterator[tuple[str, list[ExportTraceServiceRequest]]]:
    """Address of a collector, and what it was sent."""
    found: list[ExportTraceServiceRequest] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            assert self.path == "/v1/traces"
            found.append(ExportTraceServiceRequest.FromString(self.rfile.read(int(self.headers["content-length"]))))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", found
    server.shutdown()
    server.server_close()


def test_spans_join_the_trace_of_the_request_and_hold_no_callers_words(
    collector: tuple[str, list[ExportTraceServiceRequest]],
) -> None:
    url, sent = collector
    requests: list[tuple[dict[str, str], str, Any]] = [
        ({"traceparent": f"00-{TRACE}-{PARENT}-01"}, "convert_length", 1),
        ({"x-amzn-trace-id": f"Root={ROOT}"}, kit.SECRET, kit.SECRET),
        ({}, "text_statistics", 3),
    ]
    with kit.running("mcp_ops_server.reference", MCP_TRACES="otlp", OTEL_EXPORTER_OTLP_ENDPOINT=url) as server:
        for more, tool, request_id in requests:
            params = {"name": tool, "arguments": {"text": kit.SECRET}}
            body = kit.message(kit.MODERN, "tools/call", params) | {"id": request_id}
            headers = kit.headers(kit.MODERN, "tools/call", params) | more
            assert server.client.post("/mcp", headers=headers, json=body).status_code == 200
        server.terminate()
        code, lines, errors = server.ended()
    assert (code, errors) == (0, "")
    (origin,) = {str(found.resource) for request in sent for found in request.resource_spans}
    assert '"ref"' in origin
    assert '"dev"' in origin
    spans = [
        each for request in sent for found in request.resource_spans for s in found.scope_spans for each in s.spans
    ]
    assert kit.SECRET not in str(sent)
    assert [span.name for span in spans] == ["tools/call convert_length", "tools/call", "tools/call text_statistics"]
    first, second, third = spans
    assert (first.trace_id.hex(), first.parent_span_id.hex()) == (TRACE, PARENT)
    assert (second.trace_id.hex(), second.parent_span_id.hex()) == (ROOT[2:].replace("-", ""), "")
    calls = [line for line in lines if line.get("event") == "tool_call"]
    assert [(line["trace_id"], line["span_id"]) for line in calls] == [
        (span.trace_id.hex(), span.span_id.hex()) for span in (first, second, third)
    ]


def test_without_the_exporter_the_setting_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    from mcp_ops_server import SettingsError, reference, serving

    monkeypatch.delitem(sys.modules, "mcp_ops_server.tracing", raising=False)
    monkeypatch.setitem(sys.modules, "opentelemetry.exporter.otlp.proto.http.trace_exporter", None)
    with pytest.raises(SettingsError, match=r"MCP_TRACES: otlp needs the exporter; install mcp-ops-server\[traces\]"):
        serving._tracing(reference.mcp, kit.settings(MCP_TRACES="otlp"))


def test_a_collector_that_is_down_costs_no_call() -> None:
    url = f"http://127.0.0.1:{kit.free_port()}"
    environment = {"MCP_TRACES": "otlp", "OTEL_EXPORTER_OTLP_ENDPOINT": url, "OTEL_EXPORTER_OTLP_TIMEOUT": "1"}
    with kit.running("mcp_ops_server.reference", **environment) as server:
        call = {"name": "text_statistics", "arguments": {"text": kit.SECRET}}
        assert server.post(kit.MODERN, "tools/call", call).status_code == 200
        server.terminate()
        code, lines, errors = server.ended()
    assert (code, errors) == (0, "")
    assert kit.SECRET not in str(lines)
