/** What a server is given: the variables of the server contract, read once and refused with every offender at once. */

import { isIP } from "node:net";

import { reader, Rule, SettingsError, shown } from "./reading.js";
import { readSignIn } from "./sign-in-settings.js";

/** Path of the health check; no endpoint may take it. */
export const HEALTH_PATH = "/health";

/** The variable that asks for spans. */
export const TRACES = "MCP_TRACES";

const LAST_PORT = 65535;
const NAME = /^[a-z0-9-]{1,20}$/;
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?$/;
const PATH = /^(?:\/[A-Za-z0-9._~-]+)+$/;

/**
 * The contract's environment, checked.
 *
 * @typedef {object} Settings
 * @property {string} server `MCP_SERVER_NAME`: `a-z`, `0-9`, `-`, at most 20 characters.
 * @property {string} environment `MCP_ENVIRONMENT`: `dev`, `staging` or `prod`.
 * @property {string} host `MCP_HOST`: IP address to bind. Default `0.0.0.0`.
 * @property {number} port `MCP_PORT`: TCP port to bind, 1 to 65535. Default 8000.
 * @property {string} path Path of the endpoint: the path of `MCP_CANONICAL_URL`.
 * @property {string} canonicalUrl `MCP_CANONICAL_URL`: the public URL, `https://host/path`; also the token
 *   audience, unless that is given.
 * @property {ReadonlySet<string>} allowedHosts `MCP_ALLOWED_HOSTS`, lower case; the canonical host is among them.
 * @property {ReadonlySet<string>} allowedOrigins `MCP_ALLOWED_ORIGINS`, lower case. Default: the canonical origin.
 * @property {number} maxBodyBytes `MCP_MAX_BODY_BYTES`: largest request body, bytes, 1 to 64 MiB. Default 1 MiB.
 * @property {number} drainSeconds `MCP_DRAIN_SECONDS`: time for calls in flight after SIGTERM, 1 to 119. Default 110.
 * @property {number} keepaliveSeconds `MCP_KEEPALIVE_SECONDS`: life of an idle connection, 1 to 4005. Default 305.
 * @property {string} logLevel `MCP_LOG_LEVEL`: `debug`, `info`, `warning` or `error`. Default `info`.
 * @property {boolean} metrics `MCP_METRICS`: whether lines carry CloudWatch's embedded metrics, `emf` or `off`.
 *   Default `emf`.
 * @property {boolean} traces `MCP_TRACES`: whether spans are exported, `otlp` or `off`. Default `off`.
 * @property {import("./sign-in-settings.js").SignInSettings} [signIn] `MCP_ISSUER` and what goes with it. Default: no
 *   sign-in.
 */

/**
 * Reads the contract's variables.
 *
 * @param {Readonly<Record<string, string | undefined>>} environ The process's environment.
 * @param {readonly string[]} [secrets] Further variables that must be set; their values are never shown.
 * @returns {Settings}
 * @throws {SettingsError} With one line for each variable that is missing or wrong.
 */
export function readSettings(environ, secrets = []) {
  /** @type {string[]} */
  const problems = [];

  const read = reader(environ, problems);
  /** @type {(name: string, fallback: number, highest: number) => number} */
  const number = (name, fallback, highest) => read(name, String(fallback), fallback, wholeNumber(highest));

  const url = read("MCP_CANONICAL_URL", undefined, { host: "invalid", path: "/mcp" }, canonicalUrl);
  const origin = `https://${url.host}`;
  const settings = {
    server: read("MCP_SERVER_NAME", undefined, "", serverName),
    environment: read("MCP_ENVIRONMENT", undefined, "", oneOf("dev", "staging", "prod")),
    host: read("MCP_HOST", "0.0.0.0", "", address),
    port: number("MCP_PORT", 8000, LAST_PORT),
    path: url.path,
    canonicalUrl: `${origin}${url.path}`,
    allowedHosts: read("MCP_ALLOWED_HOSTS", url.host, new Set([""]), listOf(isHost, "host or host:port")).add(url.host),
    allowedOrigins: read(
      "MCP_ALLOWED_ORIGINS",
      origin,
      new Set([""]),
      listOf(isOrigin, "scheme://host or scheme://host:port"),
    ),
    maxBodyBytes: number("MCP_MAX_BODY_BYTES", 1024 ** 2, 64 * 1024 ** 2),
    drainSeconds: number("MCP_DRAIN_SECONDS", 110, 119),
    keepaliveSeconds: number("MCP_KEEPALIVE_SECONDS", 305, 4005),
    logLevel: read("MCP_LOG_LEVEL", "info", "info", oneOf("debug", "info", "warning", "error")),
    metrics: read("MCP_METRICS", "emf", "emf", oneOf("emf", "off")) === "emf",
    traces: read(TRACES, "off", "off", oneOf("otlp", "off")) === "otlp",
    signIn: readSignIn(environ, read, problems),
  };
  for (const name of secrets) {
    if (!environ[name]) problems.push(`${name}: (not set) is required; it is a secret that the platform injects`);
  }
  if (problems.length > 0) throw new SettingsError(problems);
  return settings;
}

/** @param {string} value */
function serverName(value) {
  if (!NAME.test(value)) throw new Rule("is not accepted; use 1 to 20 of a-z, 0-9 and -");
  return value;
}

/** @param {string} value */
function address(value) {
  // A zone (fe80::1%eth0) names an interface of one machine, not an address.
  if (isIP(value) === 0 || value.includes("%")) throw new Rule("is not an IP address");
  return value;
}

/** @param {...string} values */
function oneOf(...values) {
  return (/** @type {string} */ value) => {
    if (!values.includes(value)) throw new Rule(`is not one of ${values.join(", ")}`);
    return value;
  };
}

/** @param {number} highest */
function wholeNumber(highest) {
  return (/** @type {string} */ value) => {
    const fits = /^[0-9]+$/.test(value) && Number(value) >= 1 && Number(value) <= highest;
    if (!fits) throw new Rule(`is not a whole number from 1 to ${highest}`);
    return Number(value);
  };
}

/**
 * @param {(item: string) => boolean} holds
 * @param {string} shape
 */
function listOf(holds, shape) {
  return (/** @type {string} */ value) => {
    const items = value.split(",").map((item) => item.trim().toLowerCase());
    const wrong = items.find((item) => !holds(item));
    if (wrong !== undefined) throw new Rule(`has an item that is not ${shape}: ${shown(wrong)}`);
    return new Set(items);
  };
}

/** @param {string} item */
function isHost(item) {
  const found = HOST.exec(item);
  return found !== null && (found[1] === undefined || (Number(found[1]) >= 1 && Number(found[1]) <= LAST_PORT));
}

/** @param {string} item */
function isOrigin(item) {
  const found = /^[a-z][a-z0-9+.-]*:\/\/(.*)$/.exec(item);
  return found !== null && isHost(found[1] ?? "");
}

/**
 * Returns host (lower case) and path of the canonical URL.
 *
 * @param {string} value
 */
function canonicalUrl(value) {
  if (/[?#]/.test(value)) throw new Rule("has a query or fragment; use https://host/path");
  const found = /^https:\/\/([^/]*)(.*)$/is.exec(value);
  const host = found?.[1]?.toLowerCase() ?? "";
  const path = found?.[2] ?? "";
  if (!isHost(host)) throw new Rule("is not https://host/path");
  if (!PATH.test(path) || path.split("/").some((part) => part === "." || part === "..")) {
    throw new Rule("has no plain path; use https://host/path without trailing slash");
  }
  if (path === HEALTH_PATH) throw new Rule(`has the path of the health check, ${HEALTH_PATH}; use another`);
  return { host, path };
}
