/** Contract 5: schemas, wrong arguments, failures; and what the reference tools compute. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { call, legacy, modern, start } from "./support.js";

const limit = { timeout: 40_000 };
const SENT = "private-4711";

/** @param {{ isError?: boolean, content: { text: string }[] }} result */
function failure(result) {
  assert.equal(result.isError, true);
  const text = result.content.map((part) => part.text).join("");
  assert.ok(!text.includes(SENT) && !text.includes("    at "), text);
  return text;
}

test("every tool is listed with its schemas", limit, async (t) => {
  const { port } = await start(t);
  for (const tool of (await modern(port, "tools/list")).result.tools) {
    assert.equal(tool.inputSchema.additionalProperties, false);
    assert.ok(Object.keys(tool.outputSchema.properties).length > 0);
    assert.ok(tool.description);
  }
});

test("wrong arguments come back with argument and rule, without the value", limit, async (t) => {
  const { port } = await start(t);
  const wrong = { value: SENT, source: SENT, [SENT]: 1 };
  const expected = [
    "Wrong arguments for tool convert_length:",
    "- value: Invalid input: expected number, received string",
    '- source: Invalid option: expected one of "m"|"km"|"ft"|"mi"',
    '- target: Invalid option: expected one of "m"|"km"|"ft"|"mi"',
    "- *: is not an argument of this tool",
  ].join("\n");
  assert.equal(failure(await call(port, "convert_length", wrong)), expected);
  const older = await legacy(port, "tools/call", { name: "convert_length", arguments: wrong }, "2025-11-25");
  assert.equal(failure(older.result), expected);
  assert.match(failure(await call(port, "convert_length", undefined)), /- value: .*\n- source: /);
});

test("a schema's text that quotes the value, and names that the caller made up, are replaced", limit, async (t) => {
  const { port } = await start(t, { script: "fixture.js" });
  const sent = { city: SENT, counts: { [SENT]: "x" }, stops: [{ at: 1 }, { at: SENT }] };
  assert.equal(failure(await call(port, "strict", sent)), [
    "Wrong arguments for tool strict:",
    "- city: is not accepted by this tool",
    "- counts.*: Invalid input: expected number, received string",
    "- stops[1].at: Invalid input: expected number, received string",
  ].join("\n"));
  const many = failure(await call(port, "strict", { city: "", counts: {}, stops: Array(30).fill({}) }));
  assert.equal(many.split("\n").length, 22);
  assert.match(many, /- and 11 more$/);
});

test("a failure that the caller can mend is told, a crash is not", limit, async (t) => {
  const { port, stopped } = await start(t, { script: "fixture.js" });
  assert.equal(failure(await call(port, "refuse", {})), "hour: must be before noon");
  assert.equal(failure(await call(port, "crash", { text: SENT })), "Error executing tool crash");
  assert.match(failure(await call(port, "wrong-result", {})), /breaks its output schema/);
  const prompt = await modern(port, "prompts/get", { name: "crash", arguments: { text: SENT } });
  assert.deepEqual([prompt.error.code, prompt.error.message], [-32603, "Internal server error"]);
  const errors = (await stopped()).filter(({ level }) => level === "error").map(({ message }) => message);
  assert.deepEqual(errors, ["tool crashed", "tool result breaks its output schema", "request handler crashed"]);
});

test("the reference tools compute what they say", limit, async (t) => {
  const { port } = await start(t);
  for (const [tool, args, expected] of /** @type {const} */ ([
    ["convert_length", { value: 5280, source: "ft", target: "mi" }, { result: 1 }],
    ["convert_length", { value: -0.5, source: "km", target: "m" }, { result: -500 }],
    ["text_statistics", { text: "" }, { characters: 0, words: 0, lines: 0 }],
    ["text_statistics", { text: " 👍 one\r\ntwo\n" }, { characters: 12, words: 3, lines: 2 }],
    ["working_days", { start: "2028-02-28", end: "2028-03-05" }, { result: 5 }],
    ["working_days", { start: "2026-11-07", end: "2026-11-08" }, { result: 0 }],
    ["working_days", { start: "2026-11-02", end: "2026-11-06", holidays: ["2026-11-03", "2026-11-03"] }, { result: 4 }],
  ])) {
    const { structuredContent, content } = await call(port, tool, args);
    assert.deepEqual(structuredContent, expected, `${tool} ${JSON.stringify(args)}`);
    assert.deepEqual(JSON.parse(content[0].text), expected);
  }
});

test("working_days refuses impossible dates and periods", limit, async (t) => {
  const { port } = await start(t);
  const days = async (/** @type {string} */ start, /** @type {string} */ end) =>
    failure(await call(port, "working_days", { start, end }));
  assert.match(await days("2026-02-29", "2026-03-01"), /- start: must be a date, YYYY-MM-DD$/);
  assert.match(await days("2026-03-02", "2026-03-01"), /^end: must not be before start/);
  assert.match(await days("2000-01-01", "2026-03-01"), /^end: .* more than 3660 days/);
});
