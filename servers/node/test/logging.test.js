/** Contract 7: one JSON object a line on standard output, and nothing of a request in it. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { call, legacy, modern, request, start } from "./support.js";

const limit = { timeout: 40_000 };
const SENT = "private-4711";
const CONTRACT = ["time", "level", "logger", "message", "server", "environment"];

test("lines begin with the contract's fields", limit, async (t) => {
  const { port, stopped } = await start(t);
  await call(port, "text_statistics", { text: "x" });
  const lines = await stopped();
  assert.deepEqual(lines.map(({ message }) => message), ["serving", "tool called", "draining", "stopped"]);
  for (const line of lines) {
    assert.deepEqual(Object.keys(line).slice(0, 6), CONTRACT);
    assert.match(line.time, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
    assert.deepEqual([line.server, line.environment, line.level], ["reference", "dev", "info"]);
  }
  assert.deepEqual([lines[1].tool, lines[1].outcome], ["text_statistics", "ok"]);
});

test("no argument, result, header or exception text is logged, at the lowest level", limit, async (t) => {
  const { port, output, stopped } = await start(t, { script: "fixture.js", environ: { MCP_LOG_LEVEL: "debug" } });
  await call(port, "crash", { text: SENT });
  await call(port, "strict", { city: SENT, counts: { [SENT]: SENT } });
  await call(port, SENT, { [SENT]: SENT });
  await legacy(port, "tools/call", { name: SENT, arguments: SENT }, "2025-11-25");
  await modern(port, "prompts/get", { name: "crash", arguments: { text: SENT } });
  await request(port, { path: `/${SENT}`, headers: { authorization: `Bearer ${SENT}`, origin: SENT } }, SENT);
  const headers = { authorization: `Bearer ${SENT}`, "mcp-protocol-version": SENT, "mcp-method": SENT };
  await request(port, { headers }, SENT);
  await modern(port, SENT);
  const lines = await stopped();
  assert.ok(!(output.stdout + output.stderr).includes(SENT), output.stdout + output.stderr);
  const crash = lines.find(({ message }) => message === "tool crashed");
  assert.deepEqual(crash.exceptions.map((/** @type {{ type: string }} */ { type }) => type), ["Error", "RangeError"]);
  assert.match(crash.exceptions[0].frames[0], /fixture\.js:\d+/);
});

test("an author's events keep the contract; the console goes to standard error", limit, async (t) => {
  const { port, output, stopped } = await start(t, { script: "fixture.js" });
  await call(port, "log", {});
  const [first, second, third] = (await stopped()).filter(({ logger }) => logger === "fixture");
  assert.equal(first.fields, "not serialisable");
  assert.equal(second.count, 2);
  assert.notEqual(second.time, "mine");
  assert.deepEqual([third.message, third.fields], ["event", "not serialisable"]);
  assert.equal(output.stderr, "text\n");
});

test("the level is kept but for access lines, refusals are warnings", limit, async (t) => {
  const { port, stopped } = await start(t, { environ: { MCP_LOG_LEVEL: "warning" } });
  await call(port, "text_statistics", { text: "x" });
  await request(port, { headers: { host: "evil.example" } });
  const lines = (await stopped()).map(({ level, message, status }) => [level, message, status]);
  assert.deepEqual(lines, [["info", "tool called", undefined], ["warning", "request refused", 421]]);
});

test("an exception that nobody caught ends the process with 1 and one line without its text", limit, async (t) => {
  const { port, ended, output, logs } = await start(t, { script: "fixture.js" });
  await call(port, "floating", { text: SENT });
  assert.equal(await ended, 1);
  assert.equal(logs().at(-1).message, "uncaught exception");
  assert.ok(!(output.stdout + output.stderr).includes(SENT));
});
