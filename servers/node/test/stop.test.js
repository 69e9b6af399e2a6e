/** Contract 6: calls in flight are finished, then the process ends with 0. */

import assert from "node:assert/strict";
import http from "node:http";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { CANONICAL_HOST, PATH, call, legacy, modern, request, run, start } from "./support.js";

const limit = { timeout: 40_000 };

/**
 * Waits until the server has written this log line.
 *
 * @param {{ output: { stdout: string } }} server
 * @param {string} message
 */
async function logged({ output }, message) {
  for (let tries = 0; !output.stdout.includes(`"message":"${message}"`); tries += 1) {
    assert.ok(tries < 400, `never logged: ${message}`);
    await sleep(10);
  }
}

for (const signal of /** @type {const} */ (["SIGTERM", "SIGINT"])) {
  test(`an idle server ends with 0 on ${signal}`, limit, async (t) => {
    const { child, ended, port } = await start(t);
    const agent = new http.Agent({ keepAlive: true });
    await request(port, { method: "GET", path: "/health", agent });
    const unused = connect(port, "127.0.0.1");
    await once(unused, "connect");
    const begun = performance.now();
    child.kill(signal);
    assert.equal(await ended, 0);
    assert.ok(performance.now() - begun < 1000);
    unused.destroy();
    agent.destroy();
  });
}

test("calls of both eras in flight are finished, new connections are not accepted", limit, async (t) => {
  const server = await start(t, { script: "fixture.js" });
  const { child, ended, port } = server;
  const slow = { name: "slow", arguments: { seconds: 1 } };
  const calls = [modern(port, "tools/call", slow), legacy(port, "tools/call", slow, "2025-11-25")];
  await sleep(300);
  child.kill("SIGTERM");
  await logged(server, "draining");
  child.kill("SIGTERM"); // a second signal does not cut the calls
  await assert.rejects(request(port, { method: "GET", path: "/health" }), { code: "ECONNREFUSED" });
  for (const { status, result } of await Promise.all(calls)) {
    assert.deepEqual([status, result.structuredContent], [200, { done: true }]);
  }
  assert.equal(await ended, 0);
  assert.equal(server.logs().find(({ message }) => message === "draining").in_flight, 2);
});

test("a call that takes longer than the limit is cut, and the end is still 0", limit, async (t) => {
  const { child, ended, port, logs } = await start(t, { script: "fixture.js", environ: { MCP_DRAIN_SECONDS: "1" } });
  const cut = assert.rejects(call(port, "slow", { seconds: 10 }));
  await sleep(300);
  const begun = performance.now();
  child.kill("SIGTERM");
  assert.equal(await ended, 0);
  const seconds = (performance.now() - begun) / 1000;
  assert.ok(seconds >= 0.9 && seconds < 2, `took ${seconds} s`);
  await cut;
  assert.equal(logs().find(({ message }) => message === "calls abandoned").calls, 1);
});

test("a subscription does not hold the stop up", limit, async (t) => {
  const { child, ended, port } = await start(t);
  const meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const body = JSON.stringify({
    jsonrpc: "2.0",
    id: 1,
    method: "subscriptions/listen",
    params: { notifications: { toolsListChanged: true }, _meta: meta },
  });
  const headers = {
    host: CANONICAL_HOST,
    "content-type": "application/json",
    accept: "application/json, text/event-stream",
    "mcp-protocol-version": "2026-07-28",
    "mcp-method": "subscriptions/listen",
  };
  const sent = http.request({ host: "127.0.0.1", port, method: "POST", path: PATH, headers }).end(body);
  const [response] = await once(sent, "response");
  assert.deepEqual([response.statusCode, response.headers["content-type"]], [200, "text/event-stream"]);
  response.resume();
  const begun = performance.now();
  child.kill("SIGTERM");
  await once(response, "end");
  assert.equal(await ended, 0);
  assert.ok(performance.now() - begun < 1000);
});

test("clients that leave during upload or call change nothing", limit, async (t) => {
  const { child, ended, port } = await start(t, { script: "fixture.js" });
  const head = `POST ${PATH} HTTP/1.1\r\nHost: ${CANONICAL_HOST}\r\nContent-Type: application/json\r\n`;
  const uploading = connect(port, "127.0.0.1");
  uploading.write(`${head}Content-Length: 1000\r\n\r\n{`);
  await sleep(100);
  uploading.destroy();
  const headers = { host: CANONICAL_HOST };
  const leaving = http.request({ host: "127.0.0.1", port, method: "POST", path: PATH, headers });
  leaving.on("error", () => {});
  leaving.end("{}");
  leaving.destroy();
  const calling = call(port, "slow", { seconds: 0.1 });
  assert.deepEqual((await calling).structuredContent, { done: true });
  child.kill("SIGTERM");
  assert.equal(await ended, 0);
});

test("a signal before anything serves ends the process with 0", limit, async (t) => {
  const { child, ended } = run(t, "starting.js", {});
  await once(child.stdout, "data");
  child.kill("SIGTERM");
  assert.equal(await ended, 0);
});
