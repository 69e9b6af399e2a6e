/** An issuer of tokens for tests: signing keys, tokens right and wrong, and the document with the public keys. */

import { createHmac, createSign, generateKeyPairSync } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:http";

import { CANONICAL_HOST, PATH } from "./support.js";

export const ISSUER = "https://issuer.example.com/tenant/";
export const AUDIENCE = `https://${CANONICAL_HOST}${PATH}`;
export const [SUBJECT, CLIENT] = ["user-4711", "client-42"];

/** @type {Map<string, import("node:crypto").KeyPairKeyObjectResult>} */
const pairs = new Map();

/** @param {string} name `short` has 1024 bits. */
export function keyPair(name) {
  const known = pairs.get(name) ?? generateKeyPairSync("rsa", { modulusLength: name === "short" ? 1024 : 2048 });
  pairs.set(name, known);
  return known;
}

/**
 * Returns the public half as the issuer publishes it.
 *
 * @param {string} name
 * @param {Record<string, unknown>} [changes]
 */
export const jwk = (name, changes = {}) =>
  ({ ...keyPair(name).publicKey.export({ format: "jwk" }), kid: name, use: "sig", alg: "RS256", ...changes });

/**
 * Claims of a right token with changes; undefined leaves a claim out, times are seconds from now.
 *
 * @param {Record<string, unknown>} [changes]
 * @returns {Record<string, unknown>}
 */
export function claims(changes = {}) {
  /** @type {Record<string, unknown>} */
  const right = { iss: ISSUER, aud: AUDIENCE, sub: SUBJECT, client_id: CLIENT, exp: 300, nbf: 0, ...changes };
  const now = Math.floor(Date.now() / 1000);
  for (const name of ["exp", "nbf", "iat"]) if (typeof right[name] === "number") right[name] += now;
  return right;
}

/**
 * Returns a token signed with that key.
 *
 * @param {Record<string, unknown>} [changes]
 * @param {string} [key]
 * @param {Record<string, unknown>} [header]
 */
export function token(changes = {}, key = "first", header = {}) {
  const signed = `${encoded({ alg: "RS256", kid: key, ...header })}.${encoded(claims(changes))}`;
  return `${signed}.${createSign("RSA-SHA256").update(signed).sign(keyPair(key).privateKey, "base64url")}`;
}

/** Returns a token whose HS256 secret is the public key, which anybody has. */
export function signedWithThePublicKey() {
  const secret = keyPair("first").publicKey.export({ type: "spki", format: "pem" });
  const signed = `${encoded({ alg: "HS256", kid: "first" })}.${encoded(claims())}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

/** Returns a token with the algorithm `none`. */
export const unsigned = () => `${encoded({ alg: "none", kid: "first" })}.${encoded(claims())}.`;

/**
 * Returns a right token whose claims were changed after signing.
 *
 * @param {Record<string, unknown>} changes
 */
export function tampered(changes) {
  const [head, , signature] = token().split(".");
  return `${head}.${encoded(claims(changes))}.${signature}`;
}

/** @param {unknown} part */
const encoded = (part) => Buffer.from(JSON.stringify(part)).toString("base64url");

/**
 * Publishes keys on loopback until the test ends; `status` and `keys` may change.
 *
 * @param {import("node:test").TestContext} t
 */
export async function issue(t) {
  const issuer = {
    status: 200,
    /** @type {unknown} */ keys: [jwk("first")],
    asked: 0,
    url: "",
    stop: () => {
      server.close();
      server.closeAllConnections();
    },
    /** @param {Record<string, string[]>} [scopes] */
    environ: (scopes) => ({
      MCP_ISSUER: ISSUER,
      MCP_JWKS_URL: issuer.url,
      ...(scopes && { MCP_TOOL_SCOPES: JSON.stringify(scopes) }),
    }),
  };
  const server = createServer((_, res) => {
    issuer.asked += 1;
    res.writeHead(issuer.status).end(JSON.stringify({ keys: issuer.keys }));
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = /** @type {import("node:net").AddressInfo} */ (server.address());
  issuer.url = `http://127.0.0.1:${port}/keys`;
  t.after(issuer.stop);
  return issuer;
}
