/** Contract 4: hosts, origins, size of bodies. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { CANONICAL_HOST, PATH, modern, raw, request, start } from "./support.js";

const limit = { timeout: 40_000 };
/** @type {import("node:http").OutgoingHttpHeaders} */
const discover = { "mcp-protocol-version": "2026-07-28", "mcp-method": "server/discover" };

test("answers only allowed hosts", limit, async (t) => {
  const { port } = await start(t, { environ: { MCP_ALLOWED_HOSTS: "other.example.com:8443" } });
  for (const host of [CANONICAL_HOST, CANONICAL_HOST.toUpperCase(), "other.example.com:8443"]) {
    assert.equal((await request(port, { headers: { ...discover, host } }, "{}")).status, 400, host);
  }
  for (const host of ["other.example.com", `${CANONICAL_HOST}.evil.example`, `127.0.0.1:${port}`, "localhost", ""]) {
    assert.equal((await request(port, { headers: { ...discover, host } }, "{}")).status, 421, host);
  }
  assert.equal(await raw(port, `POST ${PATH} HTTP/1.1`), 421);
  assert.equal(await raw(port, `POST ${PATH} HTTP/1.1\nHost: ${CANONICAL_HOST}\nHost: evil.example`), 421);
});

test("answers only allowed origins where one is sent", limit, async (t) => {
  const { port } = await start(t);
  const own = `https://${CANONICAL_HOST}`;
  assert.equal((await request(port, { headers: { ...discover, origin: own } }, "{}")).status, 400);
  for (const origin of ["https://evil.example", `http://${CANONICAL_HOST}`, `${own}:8443`, "null", ""]) {
    assert.equal((await request(port, { headers: { ...discover, origin } }, "{}")).status, 403, origin);
  }
});

test("takes given origins instead of the canonical one", limit, async (t) => {
  const { port } = await start(t, { environ: { MCP_ALLOWED_ORIGINS: "https://app.example.com" } });
  const status = async (/** @type {string} */ origin) => (await request(port, { headers: { origin } }, "{")).status;
  assert.equal(await status("https://app.example.com"), 400);
  assert.equal(await status(`https://${CANONICAL_HOST}`), 403);
});

test("refuses a body over the cap, with and without Content-Length", limit, async (t) => {
  const { port } = await start(t, { environ: { MCP_MAX_BODY_BYTES: "1000" } });
  assert.equal((await request(port, {}, Buffer.alloc(1000, "a"))).status, 400);
  assert.equal((await request(port, {}, Buffer.alloc(1001, "a"))).status, 413);
  assert.equal((await request(port, {}, [Buffer.alloc(600, "a"), Buffer.alloc(401, "a")])).status, 413);
  assert.equal((await modern(port, "server/discover")).status, 200);
});

test("counts bytes, not characters", limit, async (t) => {
  const { port } = await start(t, { environ: { MCP_MAX_BODY_BYTES: "1000" } });
  assert.equal((await request(port, {}, "é".repeat(501))).status, 413);
});

test("keeps an idle connection open for the time that is set", limit, async (t) => {
  const { port } = await start(t, { environ: { MCP_KEEPALIVE_SECONDS: "4005" } });
  const { headers } = await request(port, { method: "GET", path: "/health", headers: { connection: "keep-alive" } });
  assert.equal(headers["keep-alive"], "timeout=4005");
});
