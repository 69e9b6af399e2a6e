/** What a server tells beyond its tool calls: business metrics, and how near the limits of an AI provider are. */

import { UNITS } from "./emf.js";

const NAME = /^[A-Z][A-Za-z0-9]{0,63}$/;
const PROVIDER = /^[a-z0-9][a-z0-9-]{0,31}$/;
const RESERVED = /^(?:Tool|Provider)/;
const NUMBER = /^[0-9]{1,15}(?:\.[0-9]{1,6})?$/;
const THROTTLED = [429, 529];

/** @typedef {(metrics: import("./emf.js").Metrics) => void} Write */

/**
 * A metric that a server declares, once, at the top of a module; its tools record values with `metrics.record`.
 *
 * Written to CloudWatch under `McpOps` with the dimensions `Environment` and `Server`; 0.30 USD a month.
 */
export class BusinessMetric {
  /**
   * @param {string} name 1 to 64 letters and digits, the first a capital; not beginning with `Tool` or `Provider`.
   * @param {object} [options]
   * @param {string} [options.unit] One of CloudWatch's units, such as `Count` or `Seconds`. Default `None`.
   * @param {number} [options.lowest] Least value. Default: none.
   * @param {number} [options.highest] Greatest value. Default: none.
   * @throws {RangeError} The name is taken or wrong, the unit is unknown, or the bounds are reversed.
   */
  constructor(name, { unit = "None", lowest = -Infinity, highest = Infinity } = {}) {
    if (!NAME.test(name)) throw new RangeError(`metric ${name}: use 1 to 64 letters and digits, the first a capital`);
    if (RESERVED.test(name)) throw new RangeError(`metric ${name}: names with Tool or Provider in front are the kit's`);
    if (!UNITS.has(unit)) throw new RangeError(`metric ${name}: ${unit} is not a unit of CloudWatch`);
    if (!(lowest < highest)) throw new RangeError(`metric ${name}: lowest ${lowest} is not below highest ${highest}`);
    this.name = name;
    this.unit = unit;
    this.lowest = lowest;
    this.highest = highest;
    /** The same list for every line, as the embedded format wants it. */
    this.definitions = Object.freeze([{ Name: name, Unit: unit }]);
    Object.freeze(this);
  }
}

/** US dollars that a call saved. */
export const COST_PREVENTED = new BusinessMetric("CostPrevented", { lowest: 0 });
/** Seconds of somebody's work that a call saved. */
export const TIME_SAVED = new BusinessMetric("TimeSaved", { unit: "Seconds", lowest: 0 });
/** What a person thought of an answer: 1 worst, 5 best. */
export const SATISFACTION = new BusinessMetric("Satisfaction", { lowest: 1, highest: 5 });

/**
 * Names of the response headers that tell about one limit.
 *
 * @typedef {{ remaining: string, limit: string }} Quota
 */

/**
 * An AI provider whose rate limits a server runs into, and the headers in which it tells how near they are.
 *
 * Five metrics under `McpOps` with the dimensions `Environment`, `Server` and `Provider`; 1.50 USD a month.
 */
export class AiProvider {
  /**
   * @param {string} name Value of the dimension `Provider`: 1 to 32 of `a-z`, `0-9` and `-`.
   * @param {{ requests: Quota, tokens: Quota }} quotas
   * @throws {RangeError} The name is wrong.
   */
  constructor(name, { requests, tokens }) {
    if (!PROVIDER.test(name)) throw new RangeError(`provider ${name}: use 1 to 32 of a-z, 0-9 and -`);
    this.name = name;
    this.quotas = Object.freeze({ Requests: requests, Tokens: tokens });
    Object.freeze(this);
  }
}

/** Anthropic's API; header names from its API reference, "Rate limits". */
export const ANTHROPIC = new AiProvider("anthropic", {
  requests: { remaining: "anthropic-ratelimit-requests-remaining", limit: "anthropic-ratelimit-requests-limit" },
  tokens: { remaining: "anthropic-ratelimit-tokens-remaining", limit: "anthropic-ratelimit-tokens-limit" },
});
/** OpenAI's API; header names from its guide "Rate limits". Many compatible APIs use the same. */
export const OPENAI = new AiProvider("openai", {
  requests: { remaining: "x-ratelimit-remaining-requests", limit: "x-ratelimit-limit-requests" },
  tokens: { remaining: "x-ratelimit-remaining-tokens", limit: "x-ratelimit-limit-tokens" },
});

/** Writes metrics of a server; a factory is given it as `metrics`. */
export class MetricsWriter {
  #write;

  /** @param {Write} write */
  constructor(write) {
    this.#write = write;
  }

  /**
   * Writes one value. It must say nothing about a person.
   *
   * @param {BusinessMetric} metric
   * @param {number} value
   * @throws {RangeError} The value is not a finite number within the bounds.
   */
  record({ name, definitions, lowest, highest }, value) {
    if (!Number.isFinite(value) || value < lowest || value > highest) {
      throw new RangeError(`metric ${name}: a value is not a number from ${lowest} to ${highest}`);
    }
    this.#write({ definitions, values: [value], dimensions: {} });
  }

  /**
   * Writes how much is left, from an answer of the provider; what it does not tell is left out.
   *
   * @param {AiProvider} provider
   * @param {{ headers: Headers, status: number }} answer What `fetch` returned.
   */
  noteLimits({ name, quotas }, { headers, status }) {
    const found = [{ Name: "ProviderThrottles", Unit: "Count", value: Number(THROTTLED.includes(status)) }];
    for (const [kind, quota] of Object.entries(quotas)) {
      const [remaining, limit] = [quota.remaining, quota.limit].map((header) => number(headers.get(header)));
      if (remaining === undefined) continue;
      found.push({ Name: `Provider${kind}Remaining`, Unit: "Count", value: remaining });
      if (!limit) continue;
      const value = Math.round(Math.min(100, (100 * remaining) / limit) * 1e3) / 1e3;
      found.push({ Name: `Provider${kind}RemainingPercent`, Unit: "Percent", value });
    }
    const definitions = found.map(({ Name, Unit }) => ({ Name, Unit }));
    this.#write({ definitions, values: found.map(({ value }) => value), dimensions: { Provider: name } });
  }
}

/** @param {string | null} text */
function number(text) {
  return text !== null && NUMBER.test(text.trim()) ? Number(text) : undefined;
}
