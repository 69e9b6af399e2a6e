/** Contract 1 and 2: start and health. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { once } from "node:events";
import { createServer } from "node:net";
import { join } from "node:path";
import { test } from "node:test";

import { contract, file, freePort, raw, request, run, start } from "./support.js";

const limit = { timeout: 40_000 };

test("is healthy within 2 s of process start, without any variable but the contract's", limit, async (t) => {
  const { seconds } = await start(t);
  // On a machine that is busy with other work, the SDK's own import is the measure.
  const begun = performance.now();
  await once(spawn(process.execPath, ["--input-type=module", "--eval", "import '@modelcontextprotocol/server'"], {
    cwd: file(".."),
  }), "close");
  const most = Math.max(2, (3 * (performance.now() - begun)) / 1000);
  assert.ok(seconds < most, `took ${seconds} s, at most ${most}`);
});

test("answers the health check outside every check, and only GET and HEAD", limit, async (t) => {
  const { port } = await start(t);
  const headers = { host: "wrong.example.com", origin: "https://wrong.example.com" };
  const answer = await request(port, { method: "GET", path: "/health", headers });
  assert.deepEqual([answer.status, JSON.parse(answer.text)], [200, { status: "ok" }]);
  assert.equal((await request(port, { method: "HEAD", path: "/health" })).status, 200);
  assert.equal(await raw(port, "GET /health HTTP/1.1"), 200);
  assert.equal((await request(port, { path: "/health" })).status, 405);
});

test("ends with 2 and one line for each variable that is missing or wrong", limit, async (t) => {
  const environ = { ...contract(1), MCP_PORT: "70000", MCP_ENVIRONMENT: "production\nx" };
  const { ended, output } = run(t, "../reference.js", { ...environ, MCP_SERVER_NAME: "" });
  assert.equal(await ended, 2);
  assert.deepEqual(output.stderr.trim().split("\n"), [
    'MCP_SERVER_NAME: "" is not accepted; use 1 to 20 of a-z, 0-9 and -',
    'MCP_ENVIRONMENT: "production\\nx" is not one of dev, staging, prod',
    "MCP_PORT: 70000 is not a whole number from 1 to 65535",
  ]);
  assert.equal(output.stdout, "");
});

test("names required variables and declared secrets that are not set, never their values", limit, async (t) => {
  const { ended, output } = run(t, "fixture.js", { WITH_SECRETS: "1", API_KEY: "private" });
  assert.equal(await ended, 2);
  const names = output.stderr.trim().split("\n").map((line) => line.split(":")[0]);
  assert.deepEqual(names, ["MCP_CANONICAL_URL", "MCP_SERVER_NAME", "MCP_ENVIRONMENT", "OTHER_KEY"]);
  assert.ok(!output.stderr.includes("private"));
});

test("ends with 2 when the port is taken", limit, async (t) => {
  const port = await freePort();
  const other = createServer().listen(port, "127.0.0.1");
  await once(other, "listening");
  t.after(() => other.close());
  const { ended, output } = run(t, "../reference.js", contract(port));
  assert.equal(await ended, 2);
  assert.equal(output.stderr, `MCP_PORT: ${port} cannot be bound on MCP_HOST 127.0.0.1: EADDRINUSE\n`);
});

const bare = 'server.registerTool("bare", { inputSchema: z.object({}) }, () => {})';
for (const [what, code, message] of [
  ["a factory that throws", 'throw new Error("no database")', /no database/],
  ["a tool without output schema", bare, /tool bare: outputSchema is required/],
]) {
  test(`does not start with ${what}`, limit, async (t) => {
    const folder = mkdtempSync(join(file("."), "broken-"));
    t.after(() => rmSync(folder, { recursive: true }));
    const script = join(folder, "server.js");
    writeFileSync(script, `import { serve, z } from "@mcp-ops/server"; await serve((server) => { z; ${code}; });`);
    const port = await freePort();
    const { ended, output } = run(t, script, contract(port));
    assert.equal(await ended, 1);
    assert.match(output.stderr, /** @type {RegExp} */ (message));
    assert.equal(output.stdout, "");
  });
}
