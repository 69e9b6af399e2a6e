/**
 * CloudWatch's embedded metric format: metrics that travel in a log line.
 *
 * Written here and not by a library: AWS's own (@aws-lambda-powertools/metrics 2.36) adds the dimension `service` to
 * every set, which the contract does not have (docs/server-contract.md, Telemetry), and took 0.13 ms a line. What never
 * changes is serialised once.
 */

const NAMESPACE = "McpOps";
const COMMON = ["Environment", "Server"];
/** Texts that are kept for one list of definitions; a server has fewer tools. */
const MAX_KEPT = 1024;

/** Units that CloudWatch knows (API reference of MetricDatum). */
export const UNITS = new Set([
  "Seconds", "Microseconds", "Milliseconds", "Bytes", "Kilobytes", "Megabytes", "Gigabytes", "Terabytes", "Bits",
  "Kilobits", "Megabits", "Gigabits", "Terabits", "Percent", "Count", "Bytes/Second", "Kilobytes/Second",
  "Megabytes/Second", "Gigabytes/Second", "Terabytes/Second", "Bits/Second", "Kilobits/Second", "Megabits/Second",
  "Gigabits/Second", "Terabits/Second", "Count/Second", "None",
]);

/**
 * Values of one moment; `Environment` and `Server` are always among their dimensions.
 *
 * @typedef {object} Metrics
 * @property {readonly { Name: string, Unit: string }[]} definitions The same list for every line of a kind: what is
 *   serialised once is kept by it.
 * @property {readonly number[]} values A value for each, finite.
 * @property {Readonly<Record<string, string>>} dimensions Further dimensions, such as `Tool`, of few values.
 * @property {boolean} [totals] Whether the metrics are also written without the further dimensions.
 */

/** @type {WeakMap<Metrics["definitions"], Map<string, readonly string[]>>} */
const kept = new WeakMap();

/**
 * Returns the members of a log line that carry the metrics: JSON without the braces.
 *
 * @param {Metrics} metrics
 * @param {{ server: string, environment: string }} settings
 * @param {number} now Milliseconds since 1970.
 */
export function embedded(metrics, settings, now) {
  const { values } = metrics;
  const between = textsOf(metrics, settings);
  let text = `${between[0]}${now}`;
  for (let index = 0; index < values.length; index += 1) text += `${between[index + 1]}${values[index]}`;
  return text;
}

/**
 * Returns what stands between time and values, made once for each tool.
 *
 * @param {Metrics} metrics
 * @param {{ server: string, environment: string }} settings
 */
function textsOf(metrics, settings) {
  const { definitions, dimensions, totals } = metrics;
  let key = `${settings.environment}\n${settings.server}\n${totals}`;
  for (const name in dimensions) key += `\n${name}\n${dimensions[name]}`;
  let texts = kept.get(definitions);
  if (!texts) kept.set(definitions, (texts = new Map()));
  let between = texts.get(key);
  if (!between) {
    between = textsBetween(metrics, settings);
    if (texts.size >= MAX_KEPT) texts.clear();
    texts.set(key, between);
  }
  return between;
}

/**
 * Returns the members in parts: the time belongs after the first, a value after each of the others.
 *
 * @param {Metrics} metrics
 * @param {{ server: string, environment: string }} settings
 */
function textsBetween({ definitions, dimensions, totals = false }, { server, environment }) {
  const further = Object.keys(dimensions);
  const sets = [[...COMMON, ...further]];
  if (totals && further.length > 0) sets.unshift(COMMON);
  const directive = JSON.stringify([{ Namespace: NAMESPACE, Dimensions: sets, Metrics: definitions }]);
  const common = JSON.stringify({ Environment: environment, Server: server, ...dimensions }).slice(1, -1);
  const [first, ...names] = definitions.map(({ Name }) => JSON.stringify(Name));
  return [
    '"_aws":{"Timestamp":',
    `,"CloudWatchMetrics":${directive}},${common},${first}:`,
    ...names.map((name) => `,${name}:`),
  ];
}
