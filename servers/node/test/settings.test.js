/** What the environment may say. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { readSettings, SettingsError } from "@mcp-ops/server";

const REQUIRED = {
  MCP_SERVER_NAME: "weather",
  MCP_ENVIRONMENT: "prod",
  MCP_CANONICAL_URL: "https://MCP.example.com:8443/team/mcp",
};

test("has the contract's defaults", () => {
  assert.deepEqual(readSettings(REQUIRED), {
    server: "weather",
    environment: "prod",
    host: "0.0.0.0",
    port: 8000,
    path: "/team/mcp",
    canonicalUrl: "https://mcp.example.com:8443/team/mcp",
    allowedHosts: new Set(["mcp.example.com:8443"]),
    allowedOrigins: new Set(["https://mcp.example.com:8443"]),
    maxBodyBytes: 1_048_576,
    drainSeconds: 110,
    keepaliveSeconds: 305,
    logLevel: "info",
    metrics: true,
    traces: false,
    signIn: undefined,
  });
});

test("keeps the canonical host among given hosts, but origins are as given", () => {
  const given = { MCP_ALLOWED_HOSTS: "A.example.com, [::1]:80", MCP_ALLOWED_ORIGINS: "https://b" };
  const settings = readSettings({ ...REQUIRED, ...given });
  assert.deepEqual(settings.allowedHosts, new Set(["a.example.com", "[::1]:80", "mcp.example.com:8443"]));
  assert.deepEqual(settings.allowedOrigins, new Set(["https://b"]));
});

test("takes the ends of each range", () => {
  for (const [name, highest] of [
    ["MCP_PORT", 65535],
    ["MCP_MAX_BODY_BYTES", 67108864],
    ["MCP_DRAIN_SECONDS", 119],
    ["MCP_KEEPALIVE_SECONDS", 4005],
  ]) {
    for (const value of ["1", String(highest)]) readSettings({ ...REQUIRED, [name]: value });
    for (const value of ["0", String(Number(highest) + 1)]) refused(String(name), value);
  }
});

for (const [name, values] of Object.entries({
  MCP_SERVER_NAME: ["", "Weather", "a".repeat(21), "a b", "a\n"],
  MCP_METRICS: ["", "on", "EMF"],
  MCP_TRACES: ["", "on", "xray"],
  MCP_ENVIRONMENT: ["", "production", "DEV"],
  MCP_HOST: ["", "localhost", "1.2.3", "fe80::1%eth0"],
  MCP_PORT: ["", "80.5", "1e3", "-1", "+80", " 80", "0x50", "８０"],
  MCP_ALLOWED_HOSTS: ["", "*", "a,,b", "https://a", "a:0", "a:65536", "a/b"],
  MCP_ALLOWED_ORIGINS: ["", "*", "null", "a.example.com", "https://a/"],
  MCP_LOG_LEVEL: ["", "warn", "INFO"],
  MCP_CANONICAL_URL: [
    "", "http://a/mcp", "https://a", "https://a/", "https://a/mcp/", "https://a//mcp", "https://a/./mcp",
    "https:///mcp", "https://a/../mcp", "https://a/mcp?x", "https://a/mcp#", "https://u:p@a/mcp", "https://a:0/mcp",
    "https://a/health", "https://a/m%20p",
  ],
})) {
  test(`refuses a wrong ${name}`, () => values.forEach((value) => refused(name, value)));
}

const SIGN_IN = { MCP_ISSUER: "https://issuer.example.com/", MCP_JWKS_URL: "https://issuer.example.com/keys?policy=a" };

test("reads the variables of sign-in", () => {
  const MCP_TOOL_SCOPES = '{"b": ["https://a/write", "read", "read"], "a": ["read"]}';
  const { signIn } = readSettings({ ...REQUIRED, ...SIGN_IN, MCP_TOOL_SCOPES });
  assert.deepEqual(signIn, {
    issuer: SIGN_IN.MCP_ISSUER,
    jwksUrl: SIGN_IN.MCP_JWKS_URL,
    toolScopes: new Map([["b", ["https://a/write", "read"]], ["a", ["read"]]]),
    scopes: ["https://a/write", "read"],
  });
  for (const host of ["127.0.0.1", "127.1.2.3:8080", "[::1]:8080", "localhost:9"]) {
    readSettings({ ...REQUIRED, MCP_ISSUER: `http://${host}`, MCP_JWKS_URL: `http://${host}/keys` });
  }
});

for (const [name, values] of Object.entries({
  MCP_ISSUER: ["", "issuer.example.com", "https://u:p@a/", "https://a/#b", "https://[a/", "https://a:x/", "https://a/?b",
    "http://a/", "http://127.0.0.1.a.com/"],
  MCP_JWKS_URL: ["http://10.0.0.1/keys", "file:///keys"],
  MCP_TOOL_SCOPES: ["[]", "", "{", '{"a":"b"}', '{"a":[]}', '{"a":["b","\\""]}', '{"a":["b",7]}'],
})) {
  test(`refuses a wrong ${name}`, () => values.forEach((value) => refused(name, value, SIGN_IN)));
}

test("the variables of sign-in need each other", () => {
  const MCP_ISSUER = "https://a";
  assert.deepEqual(problems({ MCP_ISSUER }), ["MCP_JWKS_URL: (not set) is required with MCP_ISSUER"]);
  const needing = { MCP_JWKS_URL: MCP_ISSUER, MCP_TOOL_SCOPES: "{}", MCP_AUDIENCE: "a", MCP_AUDIENCE_SCOPE: "b" };
  const lines = Object.entries(needing).map(([name, given]) => `${name}: ${given} needs MCP_ISSUER`);
  assert.deepEqual(problems(needing), lines);
  assert.deepEqual(problems({ MCP_ISSUER, ...needing }), [
    "MCP_AUDIENCE_SCOPE: b stands for the audience, so MCP_AUDIENCE cannot be set too",
  ]);
  for (const [name, rule] of [
    ["MCP_AUDIENCE", "is not an audience; use 1 to 2048 characters without white space"],
    ["MCP_AUDIENCE_SCOPE", "is not a scope; it has no white space, quotes or backslashes"],
  ]) {
    for (const [value, shown] of [["", '""'], ["a b", '"a b"']]) {
      assert.deepEqual(problems({ MCP_ISSUER, MCP_JWKS_URL: MCP_ISSUER, [name ?? ""]: value ?? "" }), [`${name}: ${shown} ${rule}`]);
    }
  }
});

test("shows a value on one line, cut, and without credentials", () => {
  const { problems } = refused("MCP_CANONICAL_URL", `https://user:private@a\n${"b".repeat(200)}`);
  assert.equal(problems.length, 1);
  assert.ok(!/private|\n/.test(problems[0] ?? ""));
  assert.ok((problems[0] ?? "").length < 160);
});

/**
 * @param {string} name
 * @param {string} value
 * @param {Readonly<Record<string, string>>} [others]
 */
function refused(name, value, others = {}) {
  const found = problems({ ...others, [name]: value });
  assert.equal(found.length, 1, found.join());
  assert.ok(found[0]?.startsWith(`${name}: `), found[0]);
  return { problems: found };
}

/**
 * @param {Readonly<Record<string, string>>} changes
 * @returns {readonly string[]}
 */
function problems(changes) {
  try {
    readSettings({ ...REQUIRED, ...changes });
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    assert.equal(error.message, error.problems.join("\n"));
    return error.problems;
  }
  return assert.fail(`${JSON.stringify(changes)} was accepted`);
}
