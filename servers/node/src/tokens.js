/** Bearer tokens: what makes one valid here, and the ones that were found valid a moment ago. */

import { createHash } from "node:crypto";

import { decodeProtectedHeader, errors, jwtVerify } from "jose";

const ALGORITHM = "RS256";
/** Seconds that the clocks of issuer and server may differ. */
const LEEWAY = 30;
const CACHED_TOKENS = 1024;
const REQUIRED = ["exp", "iss", "sub"];
const MALFORMED = "the token is malformed";
const OTHER_AUDIENCE = "the audience is another one";
/** @type {Readonly<Record<string, string>>} */
const REASONS = {
  iss: "the issuer is another one",
  aud: OTHER_AUDIENCE,
  nbf: "the token is not yet valid",
};

/** The token is not accepted; the message is a fixed sentence without data of the token. */
export class InvalidTokenError extends Error {}

/**
 * Who calls, as the SDK hands it on to handlers (`ctx.http.authInfo`).
 *
 * @typedef {import("@modelcontextprotocol/server").AuthInfo} AuthInfo
 */

/** Verifies RS256 tokens of one issuer for one audience, which is a claim or a scope. */
export class TokenVerifier {
  #issuer;
  #resource;
  #audience;
  #audienceScope;
  #metadataUrl;
  #keys;
  #capacity;
  #generation = 0;
  /** @type {Map<string, AuthInfo>} */
  #valid = new Map();

  /**
   * @param {Pick<import("./sign-in-settings.js").SignInSettings, "issuer" | "audience" | "audienceScope">} settings
   * @param {string} canonicalUrl
   * @param {string} metadataUrl Where the protected-resource metadata stands.
   * @param {import("./signing-keys.js").SigningKeys} keys
   * @param {number} [capacity] How many verified tokens are remembered.
   */
  constructor({ issuer, audience, audienceScope }, canonicalUrl, metadataUrl, keys, capacity = CACHED_TOKENS) {
    this.#issuer = issuer;
    this.#resource = new URL(canonicalUrl);
    this.#audience = audienceScope === undefined ? audience ?? canonicalUrl : undefined;
    this.#audienceScope = audienceScope;
    this.#metadataUrl = metadataUrl;
    this.#keys = keys;
    this.#capacity = capacity;
  }

  /**
   * Returns who calls, with which scopes.
   *
   * @param {string} token
   * @returns {Promise<AuthInfo>}
   * @throws {InvalidTokenError} The token is not accepted.
   * @throws {import("./signing-keys.js").KeysUnavailableError} There is no key to verify it with.
   */
  async verify(token) {
    const digest = createHash("sha256").update(token).digest("base64");
    const known = this.#cached(digest);
    if (known) return known;
    const key = await this.#keys.find(keyId(token));
    if (!key) throw new InvalidTokenError("the signing key is unknown");
    const { generation } = this.#keys;
    const access = await this.#verified(token, key);
    // Keys that changed while this token was verified may not vouch for it later.
    if (generation !== this.#keys.generation) return access;
    this.#followKeys();
    this.#valid.set(digest, access);
    if (this.#valid.size > this.#capacity) this.#valid.delete(/** @type {string} */ (this.#valid.keys().next().value));
    return access;
  }

  /** Forgets what was verified with former keys. */
  #followKeys() {
    if (this.#generation === this.#keys.generation) return;
    this.#generation = this.#keys.generation;
    this.#valid.clear();
  }

  /**
   * Returns a token that was verified with the present keys and has not expired since.
   *
   * @param {string} digest
   */
  #cached(digest) {
    this.#followKeys();
    const access = this.#valid.get(digest);
    if (!access) return undefined;
    this.#valid.delete(digest);
    if ((access.expiresAt ?? 0) + LEEWAY <= Date.now() / 1000) return undefined;
    this.#valid.set(digest, access); // now the one that was used last
    return access;
  }

  /**
   * @param {string} token
   * @param {CryptoKey} key
   * @returns {Promise<AuthInfo>}
   */
  async #verified(token, key) {
    const claims = await jwtVerify(token, key, {
      algorithms: [ALGORITHM],
      issuer: this.#issuer,
      ...(this.#audience !== undefined && { audience: this.#audience }),
      clockTolerance: LEEWAY,
      requiredClaims: this.#audience === undefined ? REQUIRED : [...REQUIRED, "aud"],
    }).then(({ payload }) => payload, (error) => {
      throw new InvalidTokenError(reason(error));
    });
    if (typeof claims.sub !== "string") throw new InvalidTokenError(MALFORMED);
    const granted = [claims.scope, claims.scp].flatMap(scopes);
    if (this.#audienceScope !== undefined && !granted.includes(this.#audienceScope)) {
      throw new InvalidTokenError(OTHER_AUDIENCE);
    }
    return {
      token,
      clientId: [claims.client_id, claims.azp].find((value) => typeof value === "string") ?? "",
      scopes: granted,
      expiresAt: claims.exp,
      resource: this.#resource,
      resourceMetadataUrl: this.#metadataUrl,
      extra: { subject: claims.sub, claims },
    };
  }
}

/**
 * Returns the key id of a token whose header is right.
 *
 * @param {string} token
 */
function keyId(token) {
  let header;
  try {
    header = decodeProtectedHeader(token);
  } catch {
    throw new InvalidTokenError(MALFORMED);
  }
  if (header.alg !== ALGORITHM) throw new InvalidTokenError(`the algorithm is not ${ALGORITHM}`);
  if (typeof header.kid !== "string" || "crit" in header) throw new InvalidTokenError(MALFORMED);
  return header.kid;
}

/** @param {unknown} error */
function reason(error) {
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the signature is wrong";
  if (error instanceof errors.JWTExpired) return "the token is expired";
  if (!(error instanceof errors.JWTClaimValidationFailed)) return MALFORMED;
  if (error.reason === "missing") return "a required claim is missing";
  return (error.reason === "check_failed" && REASONS[error.claim]) || MALFORMED;
}

/**
 * Returns scopes: text, separated by spaces (`scope` of RFC 9068, Entra's `scp`), or a list (Okta's `scp`).
 *
 * @param {unknown} given
 * @returns {string[]}
 */
function scopes(given) {
  if (typeof given === "string") return given.split(/\s+/).filter(Boolean);
  return Array.isArray(given) ? given.filter((scope) => typeof scope === "string") : [];
}
