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

test("shows a value on one line, cut, and without credentials", () => {
  const { problems } = refused("MCP_CANONICAL_URL", `https://user:private@a\n${"b".repeat(200)}`);
  assert.equal(problems.length, 1);
  assert.ok(!/private|\n/.test(problems[0] ?? ""));
  assert.ok((problems[0] ?? "").length < 160);
});

/**
 * @param {string} name
 * @param {string} value
 * @returns {SettingsError}
 */
function refused(name, value) {
  try {
    readSettings({ ...REQUIRED, [name]: value });
  } catch (error) {
    assert.ok(error instanceof SettingsError);
    assert.equal(error.problems.length, 1, error.message);
    assert.ok(error.message.startsWith(`${name}: `), error.message);
    return error;
  }
  return assert.fail(`${name}=${value} was accepted`);
}
