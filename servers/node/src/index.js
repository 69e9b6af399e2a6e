/**
 * Server kit of mcp-ops: keeps the server contract for tools of the official MCP SDK.
 *
 * A server is a function that registers tools; `serve(factory)` does the rest. See `reference.js`.
 */

export { createLogs } from "./logging.js";
export { SettingsError } from "./reading.js";
export { serve } from "./serve.js";
export { readSettings } from "./settings.js";
export {
  AiProvider, ANTHROPIC, BusinessMetric, COST_PREVENTED, OPENAI, SATISFACTION, TIME_SAVED,
} from "./telemetry.js";
export { CallerError, ToolError } from "./tools.js";
export * as z from "zod";
