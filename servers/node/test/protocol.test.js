/** Contract 3: both eras on one path, without sessions. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { legacy, modern, request, start } from "./support.js";

const limit = { timeout: 40_000 };
const TOOLS = ["convert_length", "text_statistics", "working_days"];
const MILE = { name: "convert_length", arguments: { value: 1, source: "mi", target: "km" } };

/** @param {{ tools: { name: string, inputSchema: unknown, outputSchema: unknown }[] }} result */
const names = ({ tools }) => tools.map((tool) => tool.name);

test("serves the current revision", limit, async (t) => {
  const { port } = await start(t);
  const { status, result } = await modern(port, "server/discover");
  assert.equal(status, 200);
  assert.deepEqual(result.supportedVersions, ["2026-07-28"]);
  assert.equal(result._meta["io.modelcontextprotocol/serverInfo"].name, "reference");
  assert.deepEqual(names((await modern(port, "tools/list")).result), TOOLS);
  const called = (await modern(port, "tools/call", MILE)).result;
  assert.deepEqual([called.isError, called.structuredContent], [undefined, { result: 1.609344 }]);
});

test("serves the older handshake without a session", limit, async (t) => {
  const { port } = await start(t);
  for (const version of ["2025-11-25", "2025-06-18", "2025-03-26", "2024-11-05"]) {
    const client = { protocolVersion: version, capabilities: {}, clientInfo: { name: "test", version: "1" } };
    const { status, headers, result } = await legacy(port, "initialize", client);
    assert.deepEqual([status, result.protocolVersion, result.serverInfo.name], [200, version, "reference"]);
    assert.equal(headers["mcp-session-id"], undefined);
    assert.equal((await legacy(port, "notifications/initialized", {}, version)).status, 202);
    assert.deepEqual(names((await legacy(port, "tools/list", {}, version)).result), TOOLS);
    assert.deepEqual((await legacy(port, "tools/call", MILE, version)).result.structuredContent, { result: 1.609344 });
  }
});

test("refuses what is no message of the protocol", limit, async (t) => {
  const { port } = await start(t);
  for (const body of ["", "{", "null", "1", "[]", '"text"', "{}", "[".repeat(100_000)]) {
    assert.equal((await request(port, {}, body)).status, 400, body.slice(0, 10));
  }
  assert.equal((await request(port, { headers: { "content-type": "text/plain" } }, "{}")).status, 415);
  const { status, error } = await modern(port, "tools/none");
  assert.deepEqual([status, error.code], [404, -32601]);
  const unknown = await modern(port, "tools/call", { name: "none", arguments: {} });
  assert.equal(unknown.error.code, -32602);
});

test("has only POST, and only on the canonical path", limit, async (t) => {
  const { port } = await start(t);
  for (const method of ["GET", "DELETE", "PUT", "OPTIONS"]) {
    const { status, headers } = await request(port, { method });
    assert.deepEqual([status, headers.allow], [405, "POST"]);
  }
  for (const path of ["/", "/mcp", "/team/mcp/", "/team/./mcp", "http://mcp.example.com/team/mcp"]) {
    assert.equal((await request(port, { path })).status, 404, path);
  }
});
