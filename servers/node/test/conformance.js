/**
 * The diagnostic tools that the MCP project's conformance client calls, on the kit. `node test/conformance.js`.
 *
 * Named and described by the client's scenario `server-stateless`; `.ci/conformance` runs it against this server.
 */

import { serve, z } from "@mcp-ops/server";
import { inputRequired } from "@modelcontextprotocol/server";

const empty = z.object({});
const done = z.object({ done: z.boolean() });
const ok = { content: [], structuredContent: { done: true } };
const form = z.object({ city: z.string() });

await serve((server) => {
  /** @type {(name: string, description: string, handler: (ctx: import("@modelcontextprotocol/server").ServerContext) => any) => unknown} */
  const tool = (name, description, handler) =>
    server.registerTool(name, { description, inputSchema: empty, outputSchema: done }, (_, ctx) => handler(ctx));

  tool("test_missing_capability", "Needs a client that samples.", () => {
    const content = /** @type {const} */ ({ type: "text", text: "Which city?" });
    const question = inputRequired.createMessage({ messages: [{ role: "user", content }], maxTokens: 10 });
    return inputRequired({ inputRequests: { question } });
  });
  tool("test_streaming_elicitation", "Reports progress, then asks the user for a city.", async (ctx) => {
    const params = { progressToken: 1, progress: 1, total: 2 };
    await ctx.mcpReq.notify({ method: "notifications/progress", params });
    const city = inputRequired.elicit({ message: "Which city?", requestedSchema: form });
    return inputRequired({ inputRequests: { city } });
  });
  tool("test_logging_tool", "Sends a log message to the client, if the client asked for them.", async (ctx) => {
    await ctx.mcpReq.log("info", "asked");
    return ok;
  });
});
