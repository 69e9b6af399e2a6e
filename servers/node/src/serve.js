/** The process: from the environment to a listening socket, and from SIGTERM to exit code 0. */

import { Console } from "node:console";
import process from "node:process";

import { createMcpHandler, McpServer, preloadSchemas } from "@modelcontextprotocol/server";

import { Calls } from "./calls.js";
import { createEndpoint } from "./endpoint.js";
import { createLogs, places } from "./logging.js";
import { SettingsError, shown } from "./reading.js";
import { readSettings, TRACES } from "./settings.js";
import { TOOL_SCOPES } from "./sign-in-settings.js";
import { MetricsWriter } from "./telemetry.js";
import { ToolAccess } from "./tool-access.js";
import { keepContract } from "./tools.js";
import { traceOfRequest } from "./trace-context.js";

/** Exit code when a variable of the contract is missing or wrong. */
const WRONG_ENVIRONMENT = 2;

/**
 * @typedef {import("@modelcontextprotocol/server").McpRequestContext} McpRequestContext
 * @typedef {import("./tracing.js").Spans} Spans
 */

/**
 * What a factory is given beside the server.
 *
 * @typedef {object} Context
 * @property {import("./settings.js").Settings} settings
 * @property {(logger: string) => import("./logging.js").Log} logs Makes a log that keeps the contract, for this request.
 * @property {MetricsWriter} metrics Writes business metrics, and what AI providers tell of their limits.
 */

/**
 * Registers tools (prompts, resources) on a new server. Called once at start, to see that it works, then for each
 * request: the protocol is stateless. What is expensive belongs outside, at the top of the module.
 *
 * @typedef {(server: McpServer, context: Context) => void | Promise<void>} Factory
 */

/**
 * Serves until SIGTERM or SIGINT, then finishes the calls in flight and ends the process with 0.
 *
 * Ends it with 2 when the environment breaks the contract, with 1 after an exception that nobody caught.
 *
 * @param {Factory} factory
 * @param {object} [options]
 * @param {string} [options.version] Version of the server, shown to clients. Default `0.0.0`.
 * @param {string} [options.instructions] How to use the server, shown to clients.
 * @param {readonly string[]} [options.secrets] Names of variables that must be set; their values are never shown.
 * @returns {Promise<void>} Resolved when the server listens.
 * @throws What the factory throws when it is called for the first time.
 */
export async function serve(factory, options = {}) {
  /** @type {() => void} */
  let stop = () => process.exit(0);
  for (const signal of ["SIGTERM", "SIGINT"]) process.on(signal, () => stop());
  // Standard output is for log lines: what a library writes to the console goes to standard error.
  globalThis.console = new Console(process.stderr, process.stderr);

  const settings = await orExit(() => readSettings(process.env, options.secrets));
  const logs = createLogs(settings);
  const log = logs("mcp_ops.serve");
  const spans = await orExit(() => spansOf(settings));
  const { accessLog, metrics } = records(settings);
  const calls = new Calls(accessLog);
  const tools = builder(factory, options, { settings, metrics, calls, spans });
  const { access } = await tools();
  await orExit(() => checkTools(access.tools, settings));
  process.on("uncaughtException", (error) => {
    log.error("uncaught exception", { exceptions: places(error) });
    process.exit(1);
  });

  preloadSchemas();
  const onerror = (/** @type {Error} */ error) => log.debug("protocol error", { exceptions: places(error) });
  const build = async (/** @type {McpRequestContext} */ request) => (await tools(request)).server;
  const protocol = createMcpHandler(build, { maxRequestBodySize: settings.maxBodyBytes, onerror });
  const endpoint = createEndpoint(protocol, settings, log, calls, await signInOf(settings, logs));
  await orExit(() => endpoint.listen().catch((error) => refuseAddress(error, settings)));
  stop = () => {
    stop = () => {}; // a second signal changes nothing
    void endpoint.drain().then(() => spans?.stop()).then(() => process.exit(0));
  };
  log.info("serving", { host: settings.host, port: settings.port, path: settings.path });
}

/**
 * Returns the log of tool calls, which is a record whatever the level of the rest, and what writes other metrics.
 *
 * @param {import("./settings.js").Settings} settings
 */
function records(settings) {
  const logs = createLogs({ ...settings, logLevel: "info" });
  const log = logs("mcp_ops.metrics");
  const metrics = new MetricsWriter((values) => {
    if (settings.metrics) log.info("metrics", { event: "metrics" }, values);
  });
  return { accessLog: logs("mcp_ops.access"), metrics };
}

/**
 * Returns what makes the server of one request.
 *
 * @param {Factory} factory
 * @param {{ version?: string, instructions?: string }} options
 * @param {{ settings: Context["settings"], metrics: MetricsWriter, calls: Calls, spans?: Spans }} shared
 */
function builder(factory, { version = "0.0.0", instructions }, { settings, metrics, calls, spans }) {
  const toolScopes = settings.signIn?.toolScopes ?? new Map();
  const identity = { name: settings.server, version };
  // A server lives for one request, so its lists never change; what it does not have is an empty list, not an error.
  const [tools, prompts, resources] = Array(3).fill({ listChanged: false });
  const capabilities = { tools, prompts, resources };
  return async (/** @type {McpRequestContext | undefined} */ request = undefined) => {
    const server = new McpServer(identity, { capabilities, ...(instructions !== undefined && { instructions }) });
    const headers = request?.requestInfo?.headers;
    const trace = traceOfRequest(headers);
    const logs = createLogs(settings, trace);
    const access = new ToolAccess(toolScopes, trace, request, calls.of(headers), spans);
    keepContract(server, logs("mcp_ops.tools"), access);
    await factory(server, { settings, logs, metrics });
    access.watch(server);
    return { server, access };
  };
}

/**
 * Starts the export of spans where it is asked for.
 *
 * @param {import("./settings.js").Settings} settings
 * @returns {Promise<Spans | undefined>}
 */
async function spansOf(settings) {
  if (!settings.traces) return undefined;
  try {
    // Imported here: a server without spans need not load the exporter.
    return (await import("./tracing.js")).startTracing(settings);
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code !== "ERR_MODULE_NOT_FOUND") throw error;
    throw new SettingsError([`${TRACES}: otlp needs the exporter; install the optional dependencies`]);
  }
}

/**
 * Refuses scopes for tools that the server does not have.
 *
 * @param {ReadonlySet<string>} tools
 * @param {import("./settings.js").Settings} settings
 */
function checkTools(tools, { signIn }) {
  const unknown = [...(signIn?.toolScopes.keys() ?? [])].filter((tool) => !tools.has(tool));
  const rule = `is not a tool of this server; it has ${[...tools].join(", ") || "none"}`;
  if (unknown.length > 0) throw new SettingsError(unknown.map((tool) => `${TOOL_SCOPES}: ${shown(tool)} ${rule}`));
}

/**
 * @param {import("./settings.js").Settings} settings
 * @param {Context["logs"]} logs
 */
async function signInOf({ signIn, canonicalUrl }, logs) {
  if (!signIn) return undefined;
  // Imported here: a server without sign-in need not load the cryptography.
  const { createSignIn } = await import("./sign-in.js");
  return createSignIn(signIn, canonicalUrl, logs("mcp_ops.sign_in"));
}

/**
 * Returns the result, or ends the process as the contract says when the environment is wrong.
 *
 * @template T
 * @param {() => T | Promise<T>} attempt
 */
async function orExit(attempt) {
  try {
    return await attempt();
  } catch (error) {
    if (!(error instanceof SettingsError)) throw error;
    process.stderr.write(`${error.message}\n`);
    return process.exit(WRONG_ENVIRONMENT);
  }
}

/**
 * @param {NodeJS.ErrnoException} error
 * @param {import("./settings.js").Settings} settings
 * @returns {never}
 */
function refuseAddress({ code }, { host, port }) {
  throw new SettingsError([`MCP_PORT: ${port} cannot be bound on MCP_HOST ${host}: ${code}`]);
}
