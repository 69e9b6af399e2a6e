/** Who may call: issuer, signing keys and the scopes of tools, as the server contract gives them. */

import { Rule, shown } from "./reading.js";

/** The variable that gives tools their scopes. */
export const TOOL_SCOPES = "MCP_TOOL_SCOPES";

const ISSUER = "MCP_ISSUER";
const JWKS_URL = "MCP_JWKS_URL";
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/; // scope-token of RFC 6749, section 3.3
const URL_TEXT = /^[!-~]{1,2048}$/;
const WEB_URL = /^https?:\/\/[^/?#@]+(?:\/[^?#]*)?(?:\?[^#]+)?$/;
const LOOPBACK = /^(?:127(?:\.\d+){3}|\[::1\]|localhost)$/;

/**
 * The variables of sign-in, checked. The audience is the canonical URL and has no variable of its own.
 *
 * @typedef {object} SignInSettings
 * @property {string} issuer `MCP_ISSUER`: issuer of the tokens; compared with `iss` character by character.
 * @property {string} jwksUrl `MCP_JWKS_URL`: where the issuer publishes its signing keys.
 * @property {ReadonlyMap<string, readonly string[]>} toolScopes `MCP_TOOL_SCOPES`: tool to the scopes that a token
 *   needs for it. A tool that is left out needs a token only.
 * @property {readonly string[]} scopes Every scope of every tool, in order.
 */

/**
 * Returns the settings, or undefined when no variable of sign-in is set.
 *
 * @param {Readonly<Record<string, string | undefined>>} environ
 * @param {ReturnType<import("./reading.js").reader>} read
 * @param {string[]} problems
 * @returns {SignInSettings | undefined}
 */
export function readSignIn(environ, read, problems) {
  if (environ[ISSUER] === undefined) {
    for (const name of [JWKS_URL, TOOL_SCOPES]) {
      const value = environ[name];
      if (value !== undefined) problems.push(`${name}: ${shown(value)} needs ${ISSUER}`);
    }
    return undefined;
  }
  const issuer = read(ISSUER, undefined, "", issuerUrl);
  const jwksUrl = read(JWKS_URL, undefined, "", webUrl, `is required with ${ISSUER}`);
  const toolScopes = read(TOOL_SCOPES, "{}", new Map(), scopesOfTools);
  return { issuer, jwksUrl, toolScopes, scopes: [...new Set([...toolScopes.values()].flat())].sort() };
}

/** @param {string} value */
function issuerUrl(value) {
  webUrl(value);
  if (value.includes("?")) throw new Rule("has a query; an issuer has none");
  return value;
}

/**
 * Returns an https URL, or an http one of a loopback address.
 *
 * @param {string} value
 */
function webUrl(value) {
  if (!URL_TEXT.test(value) || !WEB_URL.test(value) || !URL.canParse(value)) {
    throw new Rule("is not https://host or https://host/path");
  }
  const { protocol, hostname } = new URL(value);
  if (protocol !== "https:" && !LOOPBACK.test(hostname)) throw new Rule("is not https; http is for loopback addresses");
  return value;
}

/**
 * @param {string} value
 * @returns {Map<string, string[]>}
 */
function scopesOfTools(value) {
  const document = parsed(value);
  if (typeof document !== "object" || document === null || Array.isArray(document)) {
    throw new Rule('is not a JSON object of lists, {"tool": ["scope"]}');
  }
  const tools = new Map();
  for (const [tool, scopes] of Object.entries(document)) {
    if (!Array.isArray(scopes) || scopes.length === 0 || !scopes.every(isScope)) {
      throw new Rule(`has no list of scopes for ${shown(tool)}; leave the tool out where a token is enough`);
    }
    tools.set(tool, [...new Set(scopes)]);
  }
  return tools;
}

/** @param {string} value */
function parsed(value) {
  try {
    return JSON.parse(value);
  } catch {
    return undefined;
  }
}

/** @param {unknown} value */
function isScope(value) {
  return typeof value === "string" && SCOPE.test(value);
}
