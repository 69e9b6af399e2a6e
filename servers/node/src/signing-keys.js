/** The issuer's signing keys: known ones at hand, fetched in the background and never by the request that needs one. */

import { importJWK } from "jose";

/**
 * Seconds.
 *
 * @typedef {object} Timing
 * @property {number} refresh Between refreshes that succeed: a withdrawn key is trusted this much longer.
 * @property {readonly number[]} retry Before the next attempt after one, two, ... failures; the last one repeats.
 * @property {number} unknown Between refreshes asked for by tokens that name an unknown key: anybody can send one.
 * @property {number} wait How long a request with an unknown key waits for a refresh that is under way.
 */

/** @type {Timing} */
const TIMING = { refresh: 300, retry: [1, 2, 5, 10, 30], unknown: 30, wait: 2 };
const FETCH_SECONDS = 5;
const MAX_BYTES = 150_000; // what the load balancer's jwt-validation action reads
const MIN_BITS = 2048; // RFC 7518, section 3.3

/** No signing key has ever been fetched. */
export class KeysUnavailableError extends Error {}

/** Public keys by key id. While the issuer cannot be reached, those known stay in use. */
export class SigningKeys {
  /** Grows whenever the keys change: what was verified with the former ones has to be verified again. */
  generation = 0;

  /** @type {ReadonlyMap<string, CryptoKey>} */
  #keys = new Map();
  #published = "";
  #nextAsked = 0;
  #failures = 0;
  /** @type {Promise<void> | undefined} */
  #pending;
  /** @type {NodeJS.Timeout | undefined} */
  #timer;
  #url;
  #log;
  #timing;

  /**
   * @param {string} url
   * @param {import("./logging.js").Log} log
   * @param {Timing} [timing]
   */
  constructor(url, log, timing = TIMING) {
    this.#url = url;
    this.#log = log;
    this.#timing = timing;
  }

  /** Begins to fetch the keys, now and from time to time; does not keep the process alive. */
  start() {
    clearTimeout(this.#timer);
    this.#pending = this.#refresh().then((done) => {
      this.#failures = done ? 0 : this.#failures + 1;
      const { refresh, retry } = this.#timing;
      const seconds = done ? refresh : retry[Math.min(this.#failures, retry.length) - 1] ?? refresh;
      this.#timer = setTimeout(() => this.start(), seconds * 1000).unref();
      this.#pending = undefined;
    });
  }

  /** Ends the refreshes. */
  async stop() {
    await this.#pending;
    clearTimeout(this.#timer);
  }

  /**
   * Returns a key; for an unknown one waits for a refresh that is under way, not longer than `wait`.
   *
   * @param {string} keyId
   * @throws {KeysUnavailableError} No key is known at all.
   */
  async find(keyId) {
    if (!this.#keys.has(keyId)) {
      this.#askForRefresh();
      if (this.#pending) await Promise.race([this.#pending, elapsed(this.#timing.wait)]);
    }
    if (this.#keys.size === 0) throw new KeysUnavailableError();
    return this.#keys.get(keyId);
  }

  /** Begins a refresh unless one is under way or was asked for a moment ago. */
  #askForRefresh() {
    const now = performance.now();
    if (this.#pending || this.#keys.size === 0 || now < this.#nextAsked) return;
    this.#nextAsked = now + this.#timing.unknown * 1000;
    this.start();
  }

  /** Fetches the keys; tells whether there are any. */
  async #refresh() {
    try {
      const keys = await usableKeys(JSON.parse(await text(this.#url)));
      const published = [...keys].map(([keyId, { jwk }]) => [keyId, jwk.n, jwk.e].join()).sort().join();
      if (published !== this.#published) {
        this.#published = published;
        this.#keys = new Map([...keys].map(([keyId, { key }]) => [keyId, key]));
        this.generation += 1;
        this.#log.info("signing keys changed", { known_keys: keys.size });
      }
      return true;
    } catch (error) {
      // Whatever it was, the known keys stay and the next attempt comes.
      const reason = error instanceof Error ? error.name : typeof error;
      this.#log.warning("signing keys not refreshed", { reason, known_keys: this.#keys.size });
      return false;
    }
  }
}

/**
 * Returns the RSA keys of a JWK set that have an id, are for RS256 signatures and have at least 2048 bits.
 *
 * @param {unknown} document
 * @throws {RangeError} There is none.
 */
export async function usableKeys(document) {
  const listed = /** @type {{ keys?: unknown } | null} */ (document)?.keys;
  /** @type {Map<string, { key: CryptoKey, jwk: import("jose").JWK }>} */
  const keys = new Map();
  for (const jwk of Array.isArray(listed) ? listed : []) {
    const key = await usableKey(jwk);
    if (key) keys.set(jwk.kid, { key, jwk });
  }
  if (keys.size === 0) throw new RangeError("no usable key");
  return keys;
}

/** @param {any} jwk */
async function usableKey(jwk) {
  const texts = [jwk?.kid, jwk?.n, jwk?.e];
  if (jwk?.kty !== "RSA" || texts.some((value) => typeof value !== "string")) return undefined;
  if ((jwk.use ?? "sig") !== "sig" || (jwk.alg ?? "RS256") !== "RS256") return undefined;
  try {
    const key = await importJWK({ kty: "RSA", n: jwk.n, e: jwk.e }, "RS256");
    const { modulusLength = 0 } = /** @type {{ modulusLength?: number }} */ (/** @type {CryptoKey} */ (key).algorithm);
    return modulusLength >= MIN_BITS ? /** @type {CryptoKey} */ (key) : undefined;
  } catch {
    return undefined;
  }
}

/**
 * @param {string} url
 * @throws The issuer cannot be reached, answers with another status than 200, or with too much.
 */
async function text(url) {
  const signal = AbortSignal.timeout(FETCH_SECONDS * 1000);
  const answer = await fetch(url, { redirect: "error", signal, headers: { accept: "application/json" } });
  if (answer.status !== 200 || answer.body === null) {
    await answer.body?.cancel();
    throw new RangeError("not 200");
  }
  const decoder = new TextDecoder();
  let [received, found] = [0, ""];
  for await (const piece of answer.body) {
    received += piece.byteLength;
    if (received > MAX_BYTES) throw new RangeError("too long");
    found += decoder.decode(piece, { stream: true });
  }
  return found;
}

/** @param {number} seconds */
function elapsed(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000).unref());
}
