/** Logs of the server contract: one JSON object a line on standard output, and never data of a request in it. */

import { embedded } from "./emf.js";

const LEVELS = ["debug", "info", "warning", "error"];
const MAX_FRAMES = 20;
const MAX_CAUSES = 8;

/**
 * Writes one line per call; `fields` follow the contract's fields and cannot replace them.
 *
 * @typedef {(message: string, fields?: Readonly<Record<string, unknown>>, metrics?: Metrics) => void} Write
 * @typedef {import("./emf.js").Metrics} Metrics
 * @typedef {Readonly<Record<"debug" | "info" | "warning" | "error", Write>>} Log
 */

/**
 * Returns a function that makes the log of a part of the program: `createLogs(settings)("weather")`.
 *
 * @param {{ server: string, environment: string, logLevel: string, metrics?: boolean }} settings
 * @param {import("./trace-context.js").Trace} [trace] The request that the log is for; read when a line is written.
 * @returns {(logger: string) => Log}
 */
export function createLogs(settings, trace = {}) {
  const { server, environment, logLevel, metrics: withMetrics = true } = settings;
  const lowest = LEVELS.indexOf(logLevel);
  return (logger) => {
    /** @type {(level: string) => Write} */
    const writer = (level) => (message, fields, metrics) => {
      if (LEVELS.indexOf(level) < lowest) return;
      const now = new Date();
      const base = {
        time: now.toISOString(), level, logger, message, server, environment,
        ...(trace.traceId !== undefined && { trace_id: trace.traceId }),
        ...(trace.spanId !== undefined && { span_id: trace.spanId }),
      };
      const line = serialised(base, fields);
      const members = metrics && withMetrics ? `,${embedded(metrics, settings, now.getTime())}` : "";
      process.stdout.write(`${line.slice(0, -1)}${members}}\n`);
    };
    return { debug: writer("debug"), info: writer("info"), warning: writer("warning"), error: writer("error") };
  };
}

/**
 * Returns an exception and its causes as type and place. Their text is left out: it may carry arguments or secrets.
 *
 * @param {unknown} error
 * @returns {{ type: string, frames: string[] }[]}
 */
export function places(error) {
  const found = [];
  for (let each = error; each !== undefined && found.length < MAX_CAUSES; each = each.cause) {
    if (!(each instanceof Error)) {
      found.push({ type: typeof each, frames: [] });
      break;
    }
    // The stack begins with the text, which can look like a frame itself.
    const stack = each.stack ?? "";
    const begin = stack.indexOf(each.message) + each.message.length;
    const frames = stack.slice(begin).split("\n").filter((line) => line.startsWith("    at "));
    found.push({ type: each.constructor.name, frames: frames.slice(0, MAX_FRAMES).map((line) => line.slice(7)) });
  }
  return found;
}

/**
 * Returns a line: the contract's fields, then the event's. Each is serialised for itself, because to merge the objects
 * takes four times as long as all the rest.
 *
 * @param {Record<string, unknown>} base
 * @param {Readonly<Record<string, unknown>>} [fields]
 */
function serialised(base, fields) {
  const line = JSON.stringify(base);
  const own = ownFields(base, fields);
  return own === "{}" ? line : `${line.slice(0, -1)},${own.slice(1)}`;
}

/**
 * @param {Record<string, unknown>} base
 * @param {Readonly<Record<string, unknown>>} [fields]
 */
function ownFields(base, fields) {
  const own = { ...fields };
  for (const name in own) if (Object.hasOwn(base, name)) delete own[name];
  try {
    const text = JSON.stringify(own);
    if (text.startsWith("{")) return text;
  } catch { /* such as a circle, or a BigInt */ }
  return '{"fields":"not serialisable"}';
}
