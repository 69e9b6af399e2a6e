/** The reference server: three small honest tools. `node reference.js`. */

import { CallerError, serve, z } from "@mcp-ops/server";

const METRES = { m: 1, km: 1000, ft: 0.3048, mi: 1609.344 };
const MAX_DAYS = 3660;
const DAY = 86_400_000;

const unit = z.enum(["m", "km", "ft", "mi"]);
const count = z.int().nonnegative();
const date = z.iso.date({ error: "must be a date, YYYY-MM-DD" });
const length = z.strictObject({ value: z.number().min(-1e300).max(1e300), source: unit, target: unit });
const text = z.strictObject({ text: z.string().max(100_000) });
const period = z.strictObject({ start: date, end: date, holidays: z.array(date).max(400).default([]) });

await serve((server) => {
  server.registerTool("convert_length", {
    description: "Converts a length between metres, kilometres, feet and miles (international, exact).",
    inputSchema: length,
    outputSchema: z.object({ result: z.number() }),
  }, ({ value, source, target }) => reply({ result: (value * METRES[source]) / METRES[target] }));

  server.registerTool("text_statistics", {
    description: "Counts the characters (Unicode code points), words and lines of a text.",
    inputSchema: text,
    outputSchema: z.object({ characters: count, words: count, lines: count }),
  }, ({ text }) => reply({
    characters: [...text].length,
    words: text.match(/\S+/g)?.length ?? 0,
    lines: text === "" ? 0 : text.replace(/(\r\n|\r|\n)$/, "").split(/\r\n|\r|\n/).length,
  }));

  server.registerTool("working_days", {
    description: "Counts Monday to Friday from start to end, both included, without the holidays; at most ten years.",
    inputSchema: period,
    outputSchema: z.object({ result: count }),
  }, ({ start, end, holidays }) => {
    const [first, last] = [Date.parse(start), Date.parse(end)];
    if (last < first || last - first > MAX_DAYS * DAY) {
      throw new CallerError(`end: must not be before start nor more than ${MAX_DAYS} days after it`);
    }
    const off = new Set(holidays);
    let result = 0;
    for (let day = first; day <= last; day += DAY) {
      const weekend = new Date(day).getUTCDay() % 6 === 0;
      if (!weekend && !off.has(new Date(day).toISOString().slice(0, 10))) result += 1;
    }
    return reply({ result });
  });
}, { version: "0.1.0" });

/** @param {Record<string, unknown>} result */
function reply(result) {
  const content = [{ type: /** @type {const} */ ("text"), text: JSON.stringify(result) }];
  return { content, structuredContent: result };
}
