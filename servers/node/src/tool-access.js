/** Which caller may use which tool, and what the access log says of a call. */

import { NO_TOOL } from "./calls.js";
import { amazonRoot, traceOf } from "./trace-context.js";

const PLAIN_ID = /^[A-Za-z0-9._:-]{1,64}$/;
const MAX_NAME = 256;
/** What the protocol assumes of a request of the older era without a version header. */
const ASSUMED_VERSION = "2025-03-26";

/**
 * @typedef {import("@modelcontextprotocol/server").AuthInfo} AuthInfo
 * @typedef {import("@modelcontextprotocol/server").ScopeChallenge} ScopeChallenge
 * @typedef {import("@modelcontextprotocol/server").ScopeChallengeHandler} ScopeChallengeHandler
 * @typedef {import("./calls.js").Outcome} Outcome
 * @typedef {(request: any, ctx: any) => Promise<any>} Handler
 */

/** Access of one request to the tools of its server. */
export class ToolAccess {
  /** Names of the tools that were registered. @type {Set<string>} */
  tools = new Set();
  /** Whether a failure is the caller's mistake. */
  rejected = false;
  #toolScopes;
  #call;
  #trace;
  #spans;
  #headers;
  #authInfo;

  /**
   * @param {ReadonlyMap<string, readonly string[]>} toolScopes
   * @param {import("./trace-context.js").Trace} trace
   * @param {{ requestInfo?: Request, authInfo?: AuthInfo }} [request] Absent when the server is built on trial.
   * @param {import("./calls.js").Call} [call] What the access log is told of a call.
   * @param {import("./tracing.js").Spans} [spans]
   */
  constructor(toolScopes, trace, { requestInfo, authInfo } = {}, call = undefined, spans = undefined) {
    this.#toolScopes = toolScopes;
    this.#call = call;
    this.#trace = trace;
    this.#spans = spans;
    this.#headers = requestInfo?.headers;
    this.#authInfo = authInfo;
  }

  /**
   * Notes a tool and returns what refuses a call of it: its scopes, then what the author asks for.
   *
   * @param {string} tool
   * @param {ScopeChallengeHandler} [own]
   * @returns {ScopeChallengeHandler}
   */
  guard(tool, own) {
    this.tools.add(tool);
    return async (context) => {
      const scopes = /** @type {ScopeChallenge["scopes"] | undefined} */ (this.#missing(tool));
      const challenge = scopes ? { scopes } : await own?.(context);
      if (challenge) this.#write(tool, "denied", performance.now(), context.request.id);
      return challenge;
    };
  }

  /**
   * Hides tools from the list and logs calls, around the server's own handlers.
   *
   * The SDK has no hook for that; its version is pinned exactly, and the tests notice when its insides change.
   *
   * @param {import("@modelcontextprotocol/server").McpServer} server With its tools.
   */
  watch({ server }) {
    const inside = /** @type {{ _requestHandlers: Map<string, Handler> }} */ (/** @type {unknown} */ (server));
    const handlers = inside._requestHandlers;
    const [list, call] = ["tools/list", "tools/call"].map((method) => /** @type {Handler} */ (handlers.get(method)));
    handlers.set("tools/list", async (request, ctx) => this.#listed(await list?.(request, ctx)));
    handlers.set("tools/call", async (request, ctx) => {
      const begun = performance.now();
      /** @type {Outcome} */
      let outcome = "error";
      const { name, _meta: meta } = request.params ?? {};
      if (!this.tools.has(name)) this.rejected = true;
      this.#trace.traceId ??= traceOf(meta?.traceparent);
      try {
        const result = await this.#traced(name, meta, () => call?.(request, ctx));
        if (!result.isError) outcome = "ok";
        return result;
      } finally {
        this.#write(name, outcome === "error" && this.rejected ? "rejected" : outcome, begun, request.id);
      }
    });
  }

  /**
   * @param {string} tool
   * @param {Readonly<Record<string, unknown>> | undefined} meta
   * @param {() => Promise<any>} run
   */
  #traced(tool, meta, run) {
    if (!this.#spans) return run();
    const given = (/** @type {string} */ name) => this.#headers?.get(name) ?? String(meta?.[name] ?? "");
    return this.#spans.around({
      tool: this.tools.has(tool) ? tool : undefined,
      trace: this.#trace,
      carrier: { traceparent: given("traceparent"), tracestate: given("tracestate") },
      protocolVersion: this.#protocolVersion,
    }, run, ({ isError }) => Boolean(isError));
  }

  get #protocolVersion() {
    return this.#headers?.get("mcp-protocol-version") ?? ASSUMED_VERSION;
  }

  /** @param {{ tools: { name: string }[], cacheScope?: string }} result */
  #listed(result) {
    if (this.#toolScopes.size === 0) return result;
    const listed = { ...result, tools: result.tools.filter(({ name }) => !this.#missing(name)) };
    return listed.cacheScope ? { ...listed, cacheScope: "private" } : listed; // another caller's list is another one
  }

  /**
   * Returns the scopes of a tool when the caller lacks one of them.
   *
   * @param {string} tool
   */
  #missing(tool) {
    const scopes = this.#toolScopes.get(tool);
    const granted = new Set(this.#authInfo?.scopes);
    return scopes?.every((scope) => granted.has(scope)) ? undefined : scopes;
  }

  /**
   * @param {unknown} tool
   * @param {Outcome} outcome
   * @param {number} begun
   * @param {unknown} id
   */
  #write(tool, outcome, begun, id) {
    const subject = this.#authInfo?.extra?.subject;
    const { traceId, spanId } = this.#trace;
    this.#call?.done({
      event: "tool_call",
      subject: typeof subject === "string" ? subject.slice(0, MAX_NAME) : null,
      client_id: this.#authInfo?.clientId.slice(0, MAX_NAME) || null,
      tool: this.tools.has(String(tool)) ? String(tool) : NO_TOOL,
      outcome,
      duration_ms: Math.round((performance.now() - begun) * 1e3) / 1e3,
      request_id: requestId(this.#headers, id),
      protocol_version: this.#protocolVersion,
      ...(traceId !== undefined && { trace_id: traceId }),
      ...(spanId !== undefined && { span_id: spanId }),
    });
  }
}

/**
 * Returns the root of the load balancer's trace id, else the JSON-RPC id where it is a number or a plain word.
 *
 * @param {Headers | undefined} headers
 * @param {unknown} id
 */
function requestId(headers, id) {
  const root = amazonRoot(headers);
  if (root !== undefined) return root;
  return typeof id === "number" || (typeof id === "string" && PLAIN_ID.test(id)) ? id : null;
}
