/** Runs servers as real processes on loopback and talks to them, with time limits. */

import { spawn } from "node:child_process";
import { once } from "node:events";
import http from "node:http";
import { connect, createServer } from "node:net";
import { fileURLToPath } from "node:url";

export const CANONICAL_HOST = "mcp.example.com";
export const PATH = "/team/mcp";
const LIMIT = 5000;
/** Milliseconds that a server may take to start on a machine that does much else. */
const START_LIMIT = 15_000;
const MODERN = "2026-07-28";

/** @param {string} name A file beside or above the tests. */
export const file = (name) => fileURLToPath(new URL(name, import.meta.url));

export async function freePort() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  server.close();
  await once(server, "close");
  return port;
}

/** @param {number} port */
export const contract = (port) => ({
  MCP_SERVER_NAME: "reference",
  MCP_ENVIRONMENT: "dev",
  MCP_HOST: "127.0.0.1",
  MCP_PORT: String(port),
  MCP_CANONICAL_URL: `https://${CANONICAL_HOST}${PATH}`,
});

/**
 * Starts a server with these variables and no others; it is killed when the test ends.
 *
 * @param {import("node:test").TestContext} t
 * @param {string} script
 * @param {Record<string, string>} environ
 */
export function run(t, script, environ) {
  const child = spawn(process.execPath, [file(script)], { env: environ, stdio: ["ignore", "pipe", "pipe"] });
  const output = { stdout: "", stderr: "" };
  child.stdout.on("data", (chunk) => (output.stdout += chunk));
  child.stderr.on("data", (chunk) => (output.stderr += chunk));
  const ended = once(child, "close", { signal: AbortSignal.timeout(4 * LIMIT) }).then(([code]) => code);
  ended.catch(() => {});
  t.after(() => child.kill("SIGKILL"));
  const logs = () => output.stdout.trim().split("\n").map((line) => JSON.parse(line));
  /** Stops the server and returns everything it logged. */
  const stopped = async () => {
    child.kill("SIGTERM");
    await ended;
    return logs();
  };
  return { child, ended, output, logs, stopped };
}

/**
 * Starts a server and waits until it is healthy.
 *
 * @param {import("node:test").TestContext} t
 * @param {{ script?: string, environ?: Record<string, string> }} [options]
 */
export async function start(t, { script = "../reference.js", environ = {} } = {}) {
  const port = await freePort();
  const begun = performance.now();
  const process = run(t, script, { ...contract(port), ...environ });
  while (!(await healthy(port))) {
    if (process.child.exitCode !== null) throw new Error(`the server ended: ${process.output.stderr}`);
    if (performance.now() - begun > START_LIMIT) throw new Error(`not healthy: ${process.output.stderr}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  return { ...process, port, seconds: (performance.now() - begun) / 1000 };
}

/** @param {number} port */
async function healthy(port) {
  return request(port, { method: "GET", path: "/health" }).then(({ status }) => status === 200, () => false);
}

/**
 * @param {number} port
 * @param {http.RequestOptions} [options] Default: POST on the endpoint, as a client of both eras sends it.
 * @param {string | Buffer | readonly Buffer[]} [body] A list is sent in chunks, without Content-Length.
 * @returns {Promise<{ status: number | undefined, headers: http.IncomingHttpHeaders, text: string }>}
 */
export function request(port, { headers, ...options } = {}, body = "") {
  return new Promise((resolve, reject) => {
    const sent = http.request({
      host: "127.0.0.1",
      port,
      method: "POST",
      path: PATH,
      agent: false,
      signal: AbortSignal.timeout(LIMIT),
      headers: {
        host: CANONICAL_HOST,
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        ...headers,
      },
      ...options,
    }, (response) => {
      let text = "";
      response.on("data", (chunk) => (text += chunk));
      response.on("end", () => resolve({ status: response.statusCode, headers: response.headers, text }));
      response.on("error", reject);
    });
    sent.on("error", reject);
    if (typeof body !== "string" && !Buffer.isBuffer(body)) for (const chunk of body) sent.write(chunk);
    else if (body.length > 0) return sent.end(body);
    return sent.end();
  });
}

/**
 * Sends these bytes and returns the status of the answer.
 *
 * @param {number} port
 * @param {string} head Request line and headers.
 */
export async function raw(port, head) {
  const socket = connect(port, "127.0.0.1").setTimeout(LIMIT, () => socket.destroy(new Error("no answer")));
  socket.write(`${head.trim().replace(/\n/g, "\r\n")}\r\n\r\n`);
  const [chunk] = await once(socket, "data");
  socket.destroy();
  return Number(String(chunk).split(" ")[1]);
}

/**
 * Sends one message of the current revision and returns status, headers and JSON-RPC answer.
 *
 * @param {number} port
 * @param {string} method
 * @param {Record<string, unknown>} [params]
 * @param {Record<string, string>} [more] Further headers.
 */
export async function modern(port, method, params = {}, more = {}) {
  const meta = {
    "io.modelcontextprotocol/protocolVersion": MODERN,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const headers = {
    "mcp-protocol-version": MODERN,
    "mcp-method": method,
    ...(typeof params.name === "string" && { "mcp-name": params.name }),
    ...more,
  };
  const body = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: meta } });
  const answer = await request(port, { headers }, body);
  return { status: answer.status, headers: answer.headers, ...JSON.parse(answer.text) };
}

/**
 * Sends one message as a client of the older handshake does; the answer may come as an event stream.
 *
 * @param {number} port
 * @param {string} method
 * @param {Record<string, unknown>} [params]
 * @param {string} [version] Value of the version header; none for `initialize`.
 * @param {Record<string, string>} [more] Further headers.
 */
export async function legacy(port, method, params = {}, version = undefined, more = {}) {
  const id = method.startsWith("notifications/") ? undefined : 1;
  const headers = { ...(version !== undefined && { "mcp-protocol-version": version }), ...more };
  const body = JSON.stringify({ jsonrpc: "2.0", id, method, params });
  const answer = await request(port, { headers }, body);
  const json = answer.text.split("\n").find((line) => line.startsWith("data: "))?.slice(6) ?? answer.text;
  return { status: answer.status, headers: answer.headers, ...(json !== "" && JSON.parse(json)) };
}

/**
 * Calls a tool and returns its result.
 *
 * @param {number} port
 * @param {string} name
 * @param {unknown} args
 */
export async function call(port, name, args) {
  const { result } = await modern(port, "tools/call", { name, arguments: args });
  return result;
}
