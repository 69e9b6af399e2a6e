/** A server that misbehaves on demand. */

import { AiProvider, BusinessMetric, CallerError, serve, TIME_SAVED, ToolError, z } from "@mcp-ops/server";

const left = new BusinessMetric("TicketsLeft", { unit: "Count" });
const provider = new AiProvider("own", {
  requests: { remaining: "x-left", limit: "x-most" },
  tokens: { remaining: "x-tokens-left", limit: "x-tokens-most" },
});

const done = z.object({ done: z.boolean() });
const ok = { content: [], structuredContent: { done: true } };

await serve((server, { logs, metrics }) => {
  const log = logs("fixture");
  /** @type {(name: string, inputSchema: z.ZodObject, handler: (args: any) => any) => unknown} */
  const tool = (name, inputSchema, handler) => server.registerTool(name, { inputSchema, outputSchema: done }, handler);

  tool("slow", z.object({ seconds: z.number() }), async ({ seconds }) => {
    await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
    return ok;
  });
  tool("crash", z.object({ text: z.string() }), ({ text }) => {
    throw new Error(`crashed on ${text}\n    at ${text}`, { cause: new RangeError(text) });
  });
  tool("refuse", z.object({}), () => {
    throw new ToolError("hour: must be before noon");
  });
  tool("mistake", z.object({}), () => {
    throw new CallerError("city: there is none of that name");
  });
  tool("measure", z.object({}), () => {
    metrics.record(TIME_SAVED, 90);
    metrics.record(left, -1.5);
    metrics.noteLimits(provider, new Response("", { status: 429, headers: { "X-Left": "5", "x-most": "50" } }));
    log.info("measured");
    return ok;
  });
  const quoting = z.string().refine(() => false, { error: ({ input }) => `Invalid city ${input}` });
  const keys = z.record(z.string(), z.number());
  tool("strict", z.object({ city: quoting, counts: keys, stops: z.array(z.object({ at: z.number() })) }), () => ok);
  tool("wrong-result", z.object({}), () => ({ content: [], structuredContent: { done: "private" } }));
  tool("log", z.object({}), () => {
    log.info("event", { count: 1, time: "mine", big: 1n });
    log.info("event", { count: 2, time: "mine" });
    log.info("event", { toJSON: () => "no object" });
    console.log("text");
    return ok;
  });
  tool("floating", z.object({ text: z.string() }), ({ text }) => {
    setTimeout(() => {
      throw new Error(text);
    }, 10);
    return ok;
  });
  server.registerPrompt("crash", { argsSchema: z.object({ text: z.string() }) }, ({ text }) => {
    throw new Error(text);
  });
}, { secrets: process.env.WITH_SECRETS ? ["API_KEY", "OTHER_KEY"] : [] });
