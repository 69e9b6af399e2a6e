/** Telemetry: metrics in CloudWatch's embedded format, the trace of a request, and spans. */

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";

import { embedded } from "../src/emf.js";
import { AiProvider, BusinessMetric, OPENAI, SATISFACTION, TIME_SAVED } from "../src/index.js";
import { MetricsWriter } from "../src/telemetry.js";
import { traceOf } from "../src/trace-context.js";
import { contract, freePort, legacy, modern, request, run, start } from "./support.js";

const limit = { timeout: 40_000 };
const SENT = "private-4711";
const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const PARENT = `00-${TRACE}-00f067aa0ba902b7-01`;
const ROOT = "1-67891233-abcdef012345678912345678";
const COMMON = { Environment: "dev", Server: "reference" };
const UNITS = { ToolLatency: "Milliseconds", ToolInputBytes: "Bytes", ToolOutputBytes: "Bytes" };

/** @typedef {(port: number, method: string, params?: Record<string, unknown>, more?: Record<string, string>) => Promise<any>} Ask */
/** @type {Ask[]} */
const ERAS = [modern, (port, method, params, more) => legacy(port, method, params, "2025-11-25", more)];

/** @param {Record<string, any>} line */
function metricsOf(line) {
  const [{ Namespace, Dimensions, Metrics }] = line._aws.CloudWatchMetrics;
  assert.equal(line._aws.CloudWatchMetrics.length, 1);
  assert.equal(Namespace, "McpOps");
  assert.equal(new Date(line._aws.Timestamp).toISOString(), line.time);
  for (const set of Dimensions) for (const name of set) assert.equal(typeof line[name], "string");
  const values = Metrics.map((/** @type {{ Name: string, Unit: string }} */ { Name, Unit }) => [Name, [Unit, line[Name]]]);
  return { sets: Dimensions, values: Object.fromEntries(values) };
}

test("each call has its metrics for the server and for the tool", limit, async (t) => {
  const { port, stopped } = await start(t, { script: "fixture.js" });
  const outcomes = /** @type {const} */ ([
    ["slow", { seconds: 0 }, 0, 0], ["crash", { text: SENT }, 1, 0], ["refuse", {}, 1, 0], ["mistake", {}, 0, 1],
    ["slow", { seconds: SENT }, 0, 1], ["wrong-result", {}, 1, 0], [SENT, {}, 0, 1],
  ]);
  for (const ask of ERAS) {
    for (const [name, args] of outcomes) await ask(port, "tools/call", { name, arguments: args });
  }
  const lines = (await stopped()).filter(({ event }) => event === "tool_call");
  assert.equal(lines.length, 2 * outcomes.length);
  lines.forEach((line, index) => {
    const [name, , errors, rejections] = outcomes[index % outcomes.length] ?? [];
    const { sets, values } = metricsOf(line);
    const exists = name !== SENT;
    assert.deepEqual(sets, [Object.keys(COMMON), ...(exists ? [[...Object.keys(COMMON), "Tool"]] : [])]);
    assert.deepEqual([line.Environment, line.Server, line.Tool], ["dev", "reference", exists ? name : undefined]);
    assert.deepEqual(values, {
      ToolCalls: ["Count", 1],
      ToolErrors: ["Count", errors],
      ToolRejections: ["Count", rejections],
      ToolLatency: [UNITS.ToolLatency, line.duration_ms],
      ToolInputBytes: [UNITS.ToolInputBytes, line.input_bytes],
      ToolOutputBytes: [UNITS.ToolOutputBytes, line.output_bytes],
    });
  });
});

test("bytes are those of the bodies, with or without Content-Length", limit, async (t) => {
  const { port, stopped } = await start(t);
  const params = { name: "text_statistics", arguments: { text: "é".repeat(2000) } };
  const headers = { "mcp-protocol-version": "2025-11-25" };
  const body = Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params }));
  const whole = await request(port, { headers: { ...headers, "content-length": body.length } }, body);
  const chunked = await request(port, { headers }, [body.subarray(0, 100), body.subarray(100)]);
  assert.deepEqual([whole.status, chunked.status], [200, 200]);
  const lines = (await stopped()).filter(({ event }) => event === "tool_call");
  const sizes = [whole, chunked].map(({ text }) => [body.length, Buffer.byteLength(text)]);
  assert.deepEqual(lines.map((line) => [line.input_bytes, line.output_bytes]), sizes);
});

test("a call that the client left is still logged, once", limit, async (t) => {
  const { port, stopped } = await start(t, { script: "fixture.js" });
  const params = { name: "slow", arguments: { seconds: 0.3 } };
  const headers = { "mcp-protocol-version": "2025-11-25" };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params });
  await assert.rejects(request(port, { headers, signal: AbortSignal.timeout(100) }, body));
  await new Promise((resolve) => setTimeout(resolve, 400));
  const lines = (await stopped()).filter(({ event }) => event === "tool_call");
  assert.deepEqual(lines.map(({ tool }) => tool), ["slow"]);
});

test("business metrics and an AI provider's limits are written for the server", limit, async (t) => {
  const { port, stopped } = await start(t, { script: "fixture.js", environ: { MCP_LOG_LEVEL: "error" } });
  assert.equal((await modern(port, "tools/call", { name: "measure", arguments: {} })).result.isError, undefined);
  const [saved, left, limits] = (await stopped()).filter(({ event }) => event === "metrics");
  const server = [Object.keys(COMMON)];
  assert.deepEqual(metricsOf(saved), { sets: server, values: { TimeSaved: ["Seconds", 90] } });
  assert.deepEqual(metricsOf(left), { sets: server, values: { TicketsLeft: ["Count", -1.5] } });
  assert.equal(limits.Provider, "own");
  assert.deepEqual(metricsOf(limits), {
    sets: [[...Object.keys(COMMON), "Provider"]],
    values: {
      ProviderThrottles: ["Count", 1],
      ProviderRequestsRemaining: ["Count", 5],
      ProviderRequestsRemainingPercent: ["Percent", 10],
    },
  });
});

test("without metrics lines carry none", limit, async (t) => {
  const { port, stopped } = await start(t, { script: "fixture.js", environ: { MCP_METRICS: "off" } });
  await modern(port, "tools/call", { name: "measure", arguments: {} });
  const lines = await stopped();
  assert.deepEqual(lines.map(({ message }) => message), ["serving", "measured", "tool called", "draining", "stopped"]);
  assert.ok(!JSON.stringify(lines).includes("_aws"));
});

test("wrong declarations and values are refused", () => {
  for (const [declare, rule] of /** @type {[() => unknown, RegExp][]} */ ([
    [() => new BusinessMetric("timeSaved"), /use 1 to 64 letters and digits, the first a capital/],
    [() => new BusinessMetric("ToolCalls"), /names with Tool or Provider in front are the kit's/],
    [() => new BusinessMetric("Tickets", { unit: "USD" }), /USD is not a unit of CloudWatch/],
    [() => new BusinessMetric("Tickets", { lowest: 2, highest: 2 }), /lowest 2 is not below highest 2/],
    [() => new AiProvider("Open AI", { requests: OPENAI.quotas.Requests, tokens: OPENAI.quotas.Tokens }), /use 1 to 32/],
  ])) assert.throws(declare, rule);
  const writer = new MetricsWriter(() => assert.fail("written"));
  for (const [metric, value] of /** @type {const} */ ([
    [SATISFACTION, 0.5], [SATISFACTION, 6], [TIME_SAVED, -1], [TIME_SAVED, NaN], [TIME_SAVED, Infinity],
  ])) assert.throws(() => writer.record(metric, value), { message: /a value is not a number from/ });
});

test("what a provider does not tell is left out", () => {
  /** @type {import("../src/emf.js").Metrics[]} */
  const written = [];
  const writer = new MetricsWriter((metrics) => written.push(metrics));
  writer.noteLimits(OPENAI, { status: 200, headers: new Headers({ "x-ratelimit-remaining-requests": "many" }) });
  writer.noteLimits(OPENAI, {
    status: 529,
    headers: new Headers({ "x-ratelimit-remaining-tokens": "9", "x-ratelimit-limit-tokens": "0" }),
  });
  assert.deepEqual(written.map(({ definitions, values }) => [definitions.map(({ Name }) => Name), values]), [
    [["ProviderThrottles"], [0]],
    [["ProviderThrottles", "ProviderTokensRemaining"], [1, 9]],
  ]);
});

test("lines of a request carry its trace", limit, async (t) => {
  const { port, stopped } = await start(t, { script: "fixture.js" });
  const cases = /** @type {[Record<string, string>, string | undefined][]} */ ([
    [{ traceparent: PARENT, "x-amzn-trace-id": `Root=${ROOT}` }, TRACE],
    [{ "x-amzn-trace-id": `Root=${ROOT}` }, ROOT.slice(2).replace("-", "")],
    [{ traceparent: SENT, "x-amzn-trace-id": SENT }, undefined],
  ]);
  for (const ask of ERAS) {
    for (const [more] of cases) await ask(port, "tools/call", { name: "measure", arguments: {} }, more);
  }
  const inside = { traceparent: PARENT };
  await legacy(port, "tools/call", { name: "measure", arguments: {}, _meta: inside }, "2025-11-25");
  const lines = await stopped();
  const expected = [...cases, ...cases].map(([, trace]) => trace).concat(TRACE);
  for (const message of ["measured", "tool called"]) {
    assert.deepEqual(lines.filter((line) => line.message === message).map((line) => line.trace_id), expected);
  }
  assert.ok(!JSON.stringify(lines).includes(SENT));
  assert.equal(lines.at(-1).trace_id, undefined);
});

test("a traceparent is taken as W3C says", () => {
  for (const [given, found] of /** @type {const} */ ([
    [PARENT, TRACE], [`01-${PARENT.slice(3)}-more`, TRACE], [`${PARENT}-more`, undefined], [`ff${PARENT.slice(2)}`, undefined],
    [PARENT.replace(TRACE, "0".repeat(32)), undefined], [PARENT.toUpperCase(), undefined], ["", undefined], [7, undefined],
  ])) assert.equal(traceOf(given), found, String(given));
});

test("spans join the trace of the request and hold no caller's words", limit, async (t) => {
  /** @type {any[]} */
  const sent = [];
  const collector = createServer((req, res) => {
    let text = "";
    req.on("data", (chunk) => (text += chunk)).on("end", () => {
      assert.equal(req.url, "/v1/traces");
      sent.push(JSON.parse(text));
      res.end("{}");
    });
  }).listen(0, "127.0.0.1");
  await once(collector, "listening");
  t.after(() => collector.close());
  const { port: to } = /** @type {import("node:net").AddressInfo} */ (collector.address());
  const environ = { MCP_TRACES: "otlp", OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${to}` };
  const { port, stopped } = await start(t, { script: "fixture.js", environ });
  await modern(port, "tools/call", { name: "measure", arguments: {} }, { traceparent: PARENT });
  await modern(port, "tools/call", { name: "crash", arguments: { text: SENT } }, { "x-amzn-trace-id": `Root=${ROOT}` });
  await modern(port, "tools/call", { name: SENT, arguments: {} });
  const lines = await stopped();
  assert.ok(!JSON.stringify([sent, lines]).includes(SENT));
  const spans = sent.flatMap(({ resourceSpans }) => resourceSpans).flatMap(({ scopeSpans }) => scopeSpans)
    .flatMap(({ spans: each }) => each);
  assert.deepEqual(spans.map(({ name, status }) => [name, status.code ?? 0]),
    [["tools/call measure", 0], ["tools/call crash", 2], ["tools/call", 2]]);
  assert.deepEqual([spans[0].traceId, spans[0].parentSpanId], [TRACE, "00f067aa0ba902b7"]);
  assert.deepEqual([spans[1].traceId, spans[1].parentSpanId], [ROOT.slice(2).replace("-", ""), undefined]);
  const called = lines.filter(({ event }) => event === "tool_call");
  assert.deepEqual(called.map((line) => [line.trace_id, line.span_id]), spans.map((span) => [span.traceId, span.spanId]));
});

test("a collector that is down costs no call", limit, async (t) => {
  const environ = {
    ...contract(await freePort()),
    MCP_TRACES: "otlp",
    OTEL_EXPORTER_OTLP_ENDPOINT: `http://127.0.0.1:${await freePort()}`,
    OTEL_EXPORTER_OTLP_TIMEOUT: "500",
  };
  const { child, ended, output } = run(t, "../reference.js", environ);
  while (!output.stdout.includes("serving")) await new Promise((resolve) => setTimeout(resolve, 10));
  const answer = await modern(Number(environ.MCP_PORT), "tools/call", { name: "text_statistics", arguments: { text: SENT } });
  assert.equal(answer.status, 200);
  child.kill("SIGTERM");
  assert.equal(await ended, 0);
  assert.ok(!(output.stdout + output.stderr).includes(SENT));
});

test("what is serialised once fits each tool, server and kind of line", () => {
  const definitions = [{ Name: "Calls", Unit: "Count" }, { Name: "Left", Unit: "None" }];
  const tools = ["plain", 'quo"te\\', "100 %s", "zwei\nZeilen"];
  for (const [server, tool, totals] of ["a", "b"].flatMap((each) => tools.flatMap((name) =>
    [true, false].map((both) => /** @type {const} */ ([each, name, both]))))) {
    for (const values of [[1, -0.5], [0, 1e21]]) {
      const metrics = { definitions, values, dimensions: { Tool: tool }, totals };
      const line = JSON.parse(`{${embedded(metrics, { server, environment: "dev" }, 1700000000123)}}`);
      const set = ["Environment", "Server", "Tool"];
      assert.deepEqual(line, {
        _aws: {
          Timestamp: 1700000000123,
          CloudWatchMetrics: [
            { Namespace: "McpOps", Dimensions: totals ? [set.slice(0, 2), set] : [set], Metrics: definitions },
          ],
        },
        Environment: "dev", Server: server, Tool: tool, Calls: values[0], Left: values[1],
      });
    }
  }
});
