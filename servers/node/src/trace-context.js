/** Which distributed trace a request belongs to, so that its log lines can be found together. */

const TRACEPARENT = /^(?!ff)([0-9a-f]{2})-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-.*)?$/;
const AMAZON_ROOT = /(?:^|;)\s*Root=(1-[0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/;

/**
 * The trace of one request; log lines read it when they are written.
 *
 * @typedef {{ traceId?: string, spanId?: string }} Trace
 */

/**
 * Returns the trace of a request's headers: W3C `traceparent`, else the root that the load balancer gave it.
 *
 * @param {Headers | undefined} headers
 * @returns {Trace}
 */
export function traceOfRequest(headers) {
  const given = headers?.get("traceparent");
  const traceId = (given && traceOf(given)) || amazonRoot(headers)?.slice(2).replaceAll("-", "");
  return traceId === undefined ? {} : { traceId };
}

/**
 * Returns the trace id of a `traceparent` (W3C Trace Context), undefined where it is not valid.
 *
 * @param {unknown} traceparent
 */
export function traceOf(traceparent) {
  const [, version, traceId, more] = (typeof traceparent === "string" && TRACEPARENT.exec(traceparent)) || [];
  return version === "00" && more !== undefined ? undefined : traceId;
}

/**
 * Returns the root of the load balancer's `X-Amzn-Trace-Id`: `1-8 hex-24 hex`.
 *
 * @param {Headers | undefined} headers
 */
export function amazonRoot(headers) {
  return AMAZON_ROOT.exec(headers?.get("x-amzn-trace-id") ?? "")?.[1];
}
