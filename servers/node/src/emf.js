/**
 * CloudWatch's embedded metric format: metrics that travel in a log line.
 *
 * Written here and not by a library: AWS's own (@aws-lambda-powertools/metrics 2.36) adds the dimension `service` to
 * every set, which the contract does not have (docs/server-contract.md, Telemetry), and took 0.13 ms a line.
 */

const NAMESPACE = "McpOps";
const COMMON = ["Environment", "Server"];

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
 * @property {readonly { Name: string, Unit: string }[]} definitions
 * @property {readonly number[]} values A value for each, finite.
 * @property {Readonly<Record<string, string>>} dimensions Further dimensions, such as `Tool`.
 * @property {boolean} [totals] Whether the metrics are also written without the further dimensions.
 */

/**
 * Returns the members of a log line that carry the metrics.
 *
 * @param {Metrics} metrics
 * @param {{ server: string, environment: string }} settings
 * @param {number} now Milliseconds since 1970.
 */
export function embedded({ definitions, values, dimensions, totals = false }, { server, environment }, now) {
  const further = Object.keys(dimensions);
  const sets = [[...COMMON, ...further]];
  if (totals && further.length > 0) sets.unshift(COMMON);
  return {
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [{ Namespace: NAMESPACE, Dimensions: sets, Metrics: definitions }],
    },
    Environment: environment,
    Server: server,
    ...dimensions,
    ...Object.fromEntries(definitions.map(({ Name }, index) => [Name, values[index]])),
  };
}
