/** The first thing a request meets: health check, hosts, origins, metadata, path, method. No token, no protocol. */

import { HEALTH_PATH } from "./settings.js";

/**
 * A request that goes no further.
 *
 * @typedef {object} Answer
 * @property {number} status
 * @property {string} type Media type of the body.
 * @property {string} body
 * @property {Readonly<Record<string, string>>} [headers] Further headers.
 * @property {string} [reason] What the log says of a refusal.
 */

const HEALTHY = { status: 200, type: "application/json", body: '{"status":"ok"}' };

/**
 * Returns what a request is answered with at once, or undefined where it is for the protocol.
 *
 * @param {import("node:http").IncomingMessage} req
 * @param {import("./settings.js").Settings} settings
 * @param {import("./sign-in.js").SignIn} [signIn]
 * @returns {Answer | undefined}
 */
export function answerAtOnce(req, settings, signIn) {
  const method = req.method ?? "";
  const path = (req.url ?? "").split("?", 1)[0] ?? "";
  if (path === HEALTH_PATH) return readOnly(method, HEALTHY);
  if (!allOf(req, "host", settings.allowedHosts, 1)) return refusal(421, "This Host is not served here.");
  if (!allOf(req, "origin", settings.allowedOrigins, 0)) return refusal(403, "This Origin is not allowed.");
  if (signIn?.metadataPaths.has(path)) return readOnly(method, signIn.metadata);
  if (path !== settings.path) return refusal(404, "Nothing is served here.");
  if (method !== "POST") return notAllowed("POST");
  return undefined;
}

/**
 * Tells whether a header occurs often enough and has no value outside the allowed ones.
 *
 * @param {import("node:http").IncomingMessage} req
 * @param {string} name
 * @param {ReadonlySet<string>} allowed
 * @param {number} atLeast
 */
function allOf(req, name, allowed, atLeast) {
  const values = req.headersDistinct[name] ?? [];
  return values.length >= atLeast && values.every((value) => allowed.has(value.toLowerCase()));
}

/**
 * @param {number} status
 * @param {string} body
 */
function refusal(status, body) {
  return { status, type: "text/plain; charset=utf-8", body };
}

/**
 * @param {string} method
 * @param {Answer} document
 */
function readOnly(method, document) {
  return ["GET", "HEAD"].includes(method) ? document : notAllowed("GET, HEAD");
}

/** @param {string} allow */
function notAllowed(allow) {
  return { ...refusal(405, "This method is not allowed here."), headers: { allow } };
}
