/** Sign-in: the metadata that tells a client where to get a token, and the token that every other request needs. */

import { KeysUnavailableError, SigningKeys } from "./signing-keys.js";
import { InvalidTokenError, TokenVerifier } from "./tokens.js";

const METADATA_PATH = "/.well-known/oauth-protected-resource";
const RETRY_AFTER_SECONDS = "5";

/**
 * @typedef {import("./checks.js").Answer} Answer
 * @typedef {object} SignIn
 * @property {ReadonlySet<string>} metadataPaths
 * @property {Answer} metadata The protected-resource metadata (RFC 9728).
 * @property {(req: import("node:http").IncomingMessage) => Promise<Answer | undefined>} admit Returns what a request is
 *   refused with; or undefined, and the request carries its caller (`req.auth`).
 */

/**
 * Returns the sign-in of a server; fetching of the signing keys begins.
 *
 * @param {import("./sign-in-settings.js").SignInSettings} settings
 * @param {string} canonicalUrl
 * @param {import("./logging.js").Log} log
 * @returns {SignIn}
 */
export function createSignIn(settings, canonicalUrl, log) {
  const { issuer, jwksUrl, scopes } = settings;
  const { origin, pathname } = new URL(canonicalUrl);
  const metadataUrl = `${origin}${METADATA_PATH}${pathname}`;
  const keys = new SigningKeys(jwksUrl, log);
  keys.start();
  const tokens = new TokenVerifier(settings, canonicalUrl, metadataUrl, keys);

  /**
   * Says how to get in (RFC 6750, section 3); without `error` where no token was sent.
   *
   * @type {(error: string, description: string) => Answer}
   */
  const challenge = (error, description) => {
    const fields = {
      ...(error && { error, error_description: description }),
      ...(scopes.length > 0 && { scope: scopes.join(" ") }),
      resource_metadata: metadataUrl,
    };
    const header = Object.entries(fields).map(([name, value]) => `${name}="${value}"`).join(", ");
    const body = { error: error || "invalid_token", error_description: description };
    return json(401, body, { "www-authenticate": `Bearer ${header}` }, error ? description : "no token");
  };

  return {
    metadataPaths: new Set([METADATA_PATH, `${METADATA_PATH}${pathname}`]),
    metadata: json(200, {
      resource: canonicalUrl,
      authorization_servers: [issuer],
      bearer_methods_supported: ["header"],
      ...(scopes.length > 0 && { scopes_supported: scopes }),
    }),
    admit: async (req) => {
      const given = req.headersDistinct.authorization ?? [];
      const [, kind = "", token = ""] = /^(\S*)\s*(.*)$/s.exec(given[0] ?? "") ?? [];
      if (kind.toLowerCase() !== "bearer") return challenge("", "a bearer token is required");
      if (given.length > 1) return challenge("invalid_token", "more than one token was sent");
      try {
        Object.assign(req, { auth: await tokens.verify(token.trim()) });
        return undefined;
      } catch (error) {
        if (error instanceof InvalidTokenError) return challenge("invalid_token", error.message);
        if (!(error instanceof KeysUnavailableError)) throw error;
        const body = {
          error: "temporarily_unavailable",
          error_description: "the signing keys are not available yet",
        };
        return json(503, body, { "retry-after": RETRY_AFTER_SECONDS }, "no signing keys");
      }
    },
  };
}

/**
 * @param {number} status
 * @param {Readonly<Record<string, unknown>>} body
 * @param {Readonly<Record<string, string>>} [headers]
 * @param {string} [reason]
 * @returns {Answer}
 */
function json(status, body, headers = {}, reason) {
  return { status, type: "application/json", body: JSON.stringify(body), headers, reason };
}
