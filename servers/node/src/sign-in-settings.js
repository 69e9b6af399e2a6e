/** Who may call: issuer, signing keys and the scopes of tools, as the server contract gives them. */

import { Rule, shown } from "./reading.js";

/** The variable that gives tools their scopes. */
export const TOOL_SCOPES = "MCP_TOOL_SCOPES";

const ISSUER = "MCP_ISSUER";
const JWKS_URL = "MCP_JWKS_URL";
const AUDIENCE = "MCP_AUDIENCE";
const AUDIENCE_SCOPE = "MCP_AUDIENCE_SCOPE";
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]+$/; // scope-token of RFC 6749, section 3.3
const URL_TEXT = /^[!-~]{1,2048}$/;
const WEB_URL = /^https?:\/\/[^/?#@]+(?:\/[^?#]*)?(?:\?[^#]+)?$/;
const LOOPBACK = /^(?:127(?:\.\d+){3}|\[::1\]|localhost)$/;

/**
 * The variables of sign-in, checked.
 *
 * @typedef {object} SignInSettings
 * @property {string} issuer `MCP_ISSUER`: issuer of the tokens; compared with `iss` character by character.
 * @property {string} jwksUrl `MCP_JWKS_URL`: where the issuer publishes its signing keys.
 * @property {ReadonlyMap<string, readonly string[]>} toolScopes `MCP_TOOL_SCOPES`: tool to the scopes that a token
 *   needs for it. A tool that is left out needs a token only.
 * @property {readonly string[]} scopes Every scope that a client may ask for, in order: those of the tools and the one
 *   that stands for the audience.
 * @property {string} [audience] `MCP_AUDIENCE`: what `aud` of a token is or contains. Default: the canonical URL.
 * @property {string} [audienceScope] `MCP_AUDIENCE_SCOPE`: scope that stands for the audience; `aud` is not looked at.
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
    for (const name of [JWKS_URL, TOOL_SCOPES, AUDIENCE, AUDIENCE_SCOPE]) {
      const value = environ[name];
      if (value !== undefined) problems.push(`${name}: ${shown(value)} needs ${ISSUER}`);
    }
    return undefined;
  }
  const issuer = read(ISSUER, undefined, "", issuerUrl);
  const jwksUrl = read(JWKS_URL, undefined, "", webUrl, `is required with ${ISSUER}`);
  const toolScopes = read(TOOL_SCOPES, "{}", new Map(), scopesOfTools);
  const audience = environ[AUDIENCE] === undefined ? undefined : read(AUDIENCE, undefined, "", audienceClaim);
  const audienceScope = environ[AUDIENCE_SCOPE] === undefined ? undefined : read(AUDIENCE_SCOPE, undefined, "", scope);
  if (audience !== undefined && audienceScope !== undefined) {
    const rule = `stands for the audience, so ${AUDIENCE} cannot be set too`;
    problems.push(`${AUDIENCE_SCOPE}: ${shown(environ[AUDIENCE_SCOPE] ?? "")} ${rule}`);
  }
  const asked = [...(audienceScope === undefined ? [] : [audienceScope]), ...[...toolScopes.values()].flat()];
  return {
    issuer,
    jwksUrl,
    toolScopes,
    scopes: [...new Set(asked)].sort(),
    ...(audience !== undefined && { audience }),
    ...(audienceScope !== undefined && { audienceScope }),
  };
}

/** @param {string} value */
function audienceClaim(value) {
  if (!URL_TEXT.test(value)) throw new Rule("is not an audience; use 1 to 2048 characters without white space");
  return value;
}

/** @param {string} value */
function scope(value) {
  if (!isScope(value)) throw new Rule("is not a scope; it has no white space, quotes or backslashes");
  return value;
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
