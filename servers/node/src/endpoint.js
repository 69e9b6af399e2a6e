/** The HTTP server: what it answers itself, what it hands to the protocol, and how it stops. */

import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";

import { toNodeHandler } from "@modelcontextprotocol/node";

import { answerAtOnce } from "./checks.js";

/** Milliseconds that subscriptions have to end after the last call did; they get one closing message. */
const SUBSCRIPTION_GRACE = 200;

/**
 * @typedef {import("node:http").IncomingMessage} Request
 * @typedef {import("node:http").ServerResponse} Response
 * @typedef {object} Endpoint
 * @property {() => Promise<void>} listen Resolved when the address is bound; rejected with the system's error.
 * @property {() => Promise<void>} drain Accepts no new connection and resolves when the calls in flight are done, at
 *   the latest after `MCP_DRAIN_SECONDS`.
 */

/**
 * @param {import("@modelcontextprotocol/server").McpHttpHandler} protocol
 * @param {import("./settings.js").Settings} settings
 * @param {import("./logging.js").Log} log
 * @param {import("./calls.js").Calls} open Counts the requests that are handed to the protocol.
 * @param {import("./sign-in.js").SignIn} [signIn]
 * @returns {Endpoint}
 */
export function createEndpoint(protocol, settings, log, open, signIn) {
  const handle = toNodeHandler(protocol, { maxRequestBodySize: settings.maxBodyBytes });
  /** @type {Set<Response>} */
  const calls = new Set();
  let drained = () => {};

  const server = createServer(connections(settings), (req, res) => {
    let answer = answerAtOnce(req, settings, signIn);
    res.once("finish", () => logFailure(res, log, answer?.reason));
    if (answer) {
      send(res, answer);
      return;
    }
    // A subscription has no end of its own, so stopping does not wait for it.
    if (req.headers["mcp-method"] !== "subscriptions/listen") calls.add(res);
    res.once("close", () => {
      calls.delete(res);
      if (server.listening) return;
      server.closeIdleConnections();
      if (calls.size === 0) drained();
    });
    const refused = signIn ? signIn.admit(req) : Promise.resolve(undefined);
    void refused.then((found) => {
      answer = found;
      if (found) return send(res, found);
      open.begin(req, res);
      return handle(req, res);
    });
  });

  return {
    listen: () =>
      new Promise((resolve, reject) => {
        server.once("error", reject).listen({ host: settings.host, port: settings.port }, () => resolve());
      }),
    drain: async () => {
      const begun = performance.now();
      log.info("draining", { in_flight: calls.size, limit_s: settings.drainSeconds });
      const closed = new Promise((resolve) => server.close(resolve));
      for (const res of calls) {
        if (!res.headersSent) res.setHeader("connection", "close");
      }
      const done = new Promise((resolve) => {
        drained = () => resolve(undefined);
        if (calls.size === 0) drained();
      });
      await Promise.race([done, sleep(settings.drainSeconds * 1000)]);
      if (calls.size > 0) log.warning("calls abandoned", { calls: calls.size });
      await protocol.close();
      await Promise.race([closed, sleep(SUBSCRIPTION_GRACE)]);
      server.closeAllConnections();
      log.info("stopped", { seconds: Math.round(performance.now() - begun) / 1000 });
    },
  };
}

/**
 * Returns how long connections live.
 *
 * Behind a load balancer the server must not be the first to close an idle connection, also not one that has not
 * carried a request yet: Node.js counts that one against the time for headers, so it is above the keep-alive time.
 *
 * @param {import("./settings.js").Settings} settings
 */
function connections({ keepaliveSeconds }) {
  const keepAliveTimeout = keepaliveSeconds * 1000;
  const headersTimeout = keepAliveTimeout + 5000;
  // A missing Host is refused with 421 by the checks; the health check does not need one.
  return { keepAliveTimeout, headersTimeout, requestTimeout: headersTimeout, requireHostHeader: false };
}

/**
 * @param {Response} res
 * @param {import("./checks.js").Answer} answer
 */
function send(res, { status, type, body, headers }) {
  res.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body), ...headers });
  res.end(body);
}

/**
 * @param {Response} res
 * @param {import("./logging.js").Log} log
 * @param {string} [reason]
 */
function logFailure({ statusCode }, log, reason) {
  const fields = { status: statusCode, ...(reason && { reason }) };
  if (statusCode >= 500) log.error("request failed", fields);
  else if (statusCode >= 400) log.warning("request refused", fields);
}
