/** What a caller learns of a failure: which argument breaks which rule, and nothing of an exception. */

import { ProtocolError, ProtocolErrorCode } from "@modelcontextprotocol/server";

import { places } from "./logging.js";
import { refusal } from "./refusals.js";

/** A failure that the caller is told of, such as an upstream that is down. Its message is sent: keep values out. */
export class ToolError extends Error {}

/** The caller's mistake. It is told like a `ToolError`, but counts as `ToolRejections` and not as `ToolErrors`. */
export class CallerError extends ToolError {}

/**
 * Makes what is registered on the server keep the contract: tools have both schemas, wrong arguments are answered
 * without repeating them, crashes of tools, prompts and resources are logged without their text and kept from callers.
 *
 * Replaces the three `register` methods of this instance.
 *
 * @param {import("@modelcontextprotocol/server").McpServer} server
 * @param {import("./logging.js").Log} log
 * @param {import("./tool-access.js").ToolAccess} access
 */
export function keepContract(server, log, access) {
  const { registerTool, registerPrompt, registerResource } = server;
  const methods = /** @type {Record<string, unknown>} */ (/** @type {unknown} */ (server));
  methods.registerTool = (/** @type {string} */ name, /** @type {any} */ config, /** @type {Handler} */ handler) => {
    for (const schema of ["inputSchema", "outputSchema"]) {
      const given = config[schema]?.["~standard"];
      if (!given) throw new TypeError(`tool ${name}: ${schema} is required; use z.object({...})`);
    }
    const report = () => log.error("tool result breaks its output schema", { tool: name });
    const inputSchema = deferred(config.inputSchema);
    const scopeChallenge = access.guard(name, config.scopeChallenge);
    const checked = { ...config, inputSchema, outputSchema: watched(config.outputSchema, report), scopeChallenge };
    return Reflect.apply(registerTool, server, [name, checked, guarded(name, config.inputSchema, handler, log, access)]);
  };
  for (const [method, register] of Object.entries({ registerPrompt, registerResource })) {
    methods[method] = (/** @type {unknown[]} */ ...args) => {
      const handler = /** @type {Handler} */ (args.pop());
      return Reflect.apply(register, server, [...args, hidden(handler, log)]);
    };
  }
}

/**
 * @typedef {(...args: any[]) => any} Handler
 * @typedef {import("./refusals.js").Schema} Schema
 * @typedef {import("./refusals.js").Result} Result
 */

/**
 * Returns the tool's handler with the contract around it.
 *
 * @param {string} tool
 * @param {Schema} schema
 * @param {Handler} handler
 * @param {import("./logging.js").Log} log
 * @param {import("./tool-access.js").ToolAccess} access
 */
function guarded(tool, schema, handler, log, access) {
  return async (/** @type {{ sent: unknown, checked: Result }} */ { sent, checked }, /** @type {unknown} */ ctx) => {
    if (checked.issues) {
      access.rejected = true;
      return failure(refusal(tool, checked.issues, schema, sent));
    }
    try {
      return await handler(checked.value, ctx);
    } catch (error) {
      if (error instanceof ToolError) {
        access.rejected = error instanceof CallerError;
        return failure(error.message);
      }
      if (error instanceof ProtocolError) throw error;
      log.error("tool crashed", { tool, exceptions: places(error) });
      return failure(`Error executing tool ${tool}`);
    }
  };
}

/**
 * Returns a schema that is listed like the tool's own but refuses nothing: the handler refuses, because what the SDK
 * sends for a refusal is the schema library's text, and some quote the value.
 *
 * @param {Schema} schema
 */
function deferred(schema) {
  const standard = schema["~standard"];
  const validate = async (/** @type {unknown} */ sent) => ({ value: { sent, checked: await standard.validate(sent) } });
  return { "~standard": { ...standard, jsonSchema: standard.jsonSchema, validate } };
}

/**
 * Returns a schema that reports a result it refuses, and says no more to the caller than that it did.
 *
 * @param {Schema} schema
 * @param {() => void} report
 */
function watched(schema, report) {
  const standard = schema["~standard"];
  const validate = async (/** @type {unknown} */ value) => {
    const checked = await standard.validate(value);
    if (!checked.issues) return checked;
    report();
    return { issues: [{ message: "the tool's result breaks its output schema" }] };
  };
  return { "~standard": { ...standard, jsonSchema: standard.jsonSchema, validate } };
}

/**
 * Returns the handler of a prompt or resource; what it throws, other than errors of the protocol, stays here.
 *
 * @param {Handler} handler
 * @param {import("./logging.js").Log} log
 */
function hidden(handler, log) {
  return async (/** @type {unknown[]} */ ...args) => {
    try {
      return await handler(...args);
    } catch (error) {
      if (error instanceof ProtocolError) throw error;
      log.error("request handler crashed", { exceptions: places(error) });
      throw new ProtocolError(ProtocolErrorCode.InternalError, "Internal server error");
    }
  };
}

/** @param {string} text */
function failure(text) {
  return { isError: true, content: [{ type: "text", text }] };
}
