/**
 * Spans for OpenTelemetry, exported by OTLP over HTTP to a collector, such as AWS Distro for OpenTelemetry.
 *
 * Address, headers, sampling and limits are OpenTelemetry's own variables (`OTEL_EXPORTER_OTLP_*`,
 * `OTEL_TRACES_SAMPLER`, `OTEL_BSP_*`).
 */

import { context, propagation, SpanKind, SpanStatusCode, trace } from "@opentelemetry/api";
import { OTLPTraceExporter } from "@opentelemetry/exporter-trace-otlp-http";
import { resourceFromAttributes } from "@opentelemetry/resources";
import { BatchSpanProcessor, NodeTracerProvider, RandomIdGenerator } from "@opentelemetry/sdk-trace-node";

/** @typedef {import("./trace-context.js").Trace} Trace */

/**
 * Runs a tool call in a span of its own.
 *
 * @typedef {object} Spans
 * @property {<T>(call: SpanOf, run: () => Promise<T>, failed: (result: T) => boolean) => Promise<T>} around
 * @property {() => Promise<void>} stop Sends the last spans.
 *
 * @typedef {object} SpanOf
 * @property {string | undefined} tool Undefined for one that does not exist.
 * @property {Trace} trace Its span id is set.
 * @property {Readonly<Record<string, string>>} carrier `traceparent` and `tracestate` of the caller.
 * @property {string} protocolVersion
 */

/**
 * @param {{ server: string, environment: string }} settings
 * @returns {Spans}
 */
export function startTracing({ server, environment }) {
  /** @type {string | undefined} */
  let begunByTheLoadBalancer;
  const random = new RandomIdGenerator();
  const provider = new NodeTracerProvider({
    resource: resourceFromAttributes({ "service.name": server, "deployment.environment.name": environment }),
    spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter())],
    idGenerator: {
      generateSpanId: () => random.generateSpanId(),
      // A span without parent joins the trace that the load balancer began, so that its id is the one in the logs.
      generateTraceId: () => begunByTheLoadBalancer ?? random.generateTraceId(),
    },
  });
  provider.register();
  const tracer = trace.getTracer("@mcp-ops/server");
  return {
    around: ({ tool, trace: own, carrier, protocolVersion }, run, failed) => {
      const attributes = {
        "mcp.method.name": "tools/call",
        "mcp.protocol.version": protocolVersion,
        "gen_ai.operation.name": "execute_tool",
        "gen_ai.tool.name": tool ?? "*",
      };
      const name = tool === undefined ? "tools/call" : `tools/call ${tool}`;
      const parent = propagation.extract(context.active(), carrier);
      begunByTheLoadBalancer = own.traceId;
      const span = tracer.startSpan(name, { kind: SpanKind.SERVER, attributes }, parent);
      begunByTheLoadBalancer = undefined;
      Object.assign(own, { traceId: span.spanContext().traceId, spanId: span.spanContext().spanId });
      return context.with(trace.setSpan(parent, span), async () => {
        let wrong = true;
        try {
          const result = await run();
          wrong = failed(result);
          return result;
        } finally {
          if (wrong) span.setStatus({ code: SpanStatusCode.ERROR });
          span.end();
        }
      });
    },
    stop: () => provider.shutdown().catch(() => {}), // a collector that is down must not keep the server from ending
  };
}
