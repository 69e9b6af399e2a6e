/** What a tool says about wrong arguments: each argument and the rule it breaks, never the value that was sent. */

const MAX_PROBLEMS = 20;
/** How zod's own texts begin, which never quote the input; those of a server's author or other libraries may. */
const ZOD_TEXT = /^(?:Invalid|Too big:|Too small:)/;

/**
 * A Standard Schema (zod, or any other library that the SDK accepts), as far as the kit looks at it.
 *
 * @typedef {{ message: string, code?: string, path?: readonly (PropertyKey | { key: PropertyKey })[] }} Issue
 * @typedef {{ value?: unknown, issues?: readonly Issue[] }} Result
 * @typedef {object} Standard
 * @property {string} vendor
 * @property {(value: unknown) => Result | Promise<Result>} validate
 * @property {{ input: (options: { target: string }) => unknown }} jsonSchema
 * @typedef {{ "~standard": Standard }} Schema
 */

/**
 * Returns the text of the tool error, one line for each argument that was refused, at most 20.
 *
 * @param {string} tool Name of the tool.
 * @param {readonly Issue[]} issues What validating the arguments found.
 * @param {Schema} schema The tool's input schema; only names that stand in it are repeated.
 * @param {unknown} sent The arguments, to make sure that the text does not repeat them.
 */
export function refusal(tool, issues, schema, sent) {
  const { vendor, jsonSchema } = schema["~standard"];
  const document = jsonSchema.input({ target: "draft-2020-12" });
  const known = new Set(propertyNames(document));
  const problems = issues.map((issue) => `- ${argument(issue, known)}: ${rule(issue, vendor, sent)}`);
  const lines = [`Wrong arguments for tool ${tool}:`, ...problems.slice(0, MAX_PROBLEMS)];
  if (problems.length > MAX_PROBLEMS) lines.push(`- and ${problems.length - MAX_PROBLEMS} more`);
  return lines.join("\n");
}

/**
 * Yields the name of every property, at any depth.
 *
 * @param {unknown} schema
 * @returns {Generator<string>}
 */
function* propertyNames(schema) {
  if (typeof schema !== "object" || schema === null) return;
  for (const [name, value] of Object.entries(schema)) {
    if (name === "properties" && typeof value === "object" && value !== null) yield* Object.keys(value);
    yield* propertyNames(value);
  }
}

/**
 * Returns `items[2].price`; a key that the caller made up is shown as `*`, the whole as `arguments`.
 *
 * @param {Issue} issue
 * @param {ReadonlySet<string>} known
 */
function argument({ code, path = [] }, known) {
  const parts = path.map((part) => (typeof part === "object" ? part.key : part)).map((key) => {
    if (typeof key === "number") return `[${key}]`;
    return known.has(String(key)) ? `.${String(key)}` : ".*";
  });
  if (code === "unrecognized_keys") parts.push(".*");
  return parts.join("").replace(/^\./, "") || "arguments";
}

/**
 * Returns the rule that the value breaks, without the value.
 *
 * @param {Issue} issue
 * @param {string} vendor
 * @param {unknown} sent
 */
function rule({ code, message }, vendor, sent) {
  if (code === "unrecognized_keys") return "is not an argument of this tool";
  const own = vendor === "zod" && code !== "custom" && ZOD_TEXT.test(message);
  return own || !quotes(message, sent) ? message : "is not accepted by this tool";
}

/**
 * Tells whether the text repeats any part of the value, in any case.
 *
 * @param {string} text
 * @param {unknown} value
 */
function quotes(text, value) {
  const lower = text.toLowerCase();
  return [...leaves(value)].some((leaf) => leaf.trim() !== "" && lower.includes(leaf.trim().toLowerCase()));
}

/**
 * Yields each text and number in the value, and the text as JSON writes it.
 *
 * @param {unknown} value
 * @returns {Generator<string>}
 */
function* leaves(value) {
  if (typeof value === "object" && value !== null) {
    for (const item of Object.values(value)) yield* leaves(item);
  } else if (typeof value === "string" || typeof value === "number") {
    yield String(value);
    yield JSON.stringify(String(value)).slice(1, -1);
  }
}
