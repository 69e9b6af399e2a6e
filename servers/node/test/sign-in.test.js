/** Sign-in: which tokens are accepted, which tools they open, what a client is told, and the access log. */

import assert from "node:assert/strict";
import { test } from "node:test";

import {
  AUDIENCE, claims, CLIENT, issue, ISSUER, jwk, signedWithThePublicKey, SUBJECT, tampered, token, unsigned,
} from "./issuer.js";
import { CANONICAL_HOST, legacy, modern, PATH, request, run, start, contract } from "./support.js";
import { SigningKeys, usableKeys } from "../src/signing-keys.js";
import { TokenVerifier } from "../src/tokens.js";

const limit = { timeout: 40_000 };
const SENT = "private-4711";
const METADATA = "/.well-known/oauth-protected-resource";
const METADATA_URL = `https://${CANONICAL_HOST}${METADATA}${PATH}`;
const SCOPED = { slow: ["tools/slow", "tools/all"], refuse: ["tools/all"] };
const ALL_SCOPES = "tools/all tools/slow";
const FIELDS = [
  "time", "level", "logger", "message", "server", "environment", "event", "subject", "client_id", "tool", "outcome",
  "duration_ms", "request_id", "protocol_version", "input_bytes", "output_bytes", "_aws", "Environment", "Server",
];
const METRICS = ["ToolCalls", "ToolErrors", "ToolRejections", "ToolLatency", "ToolInputBytes", "ToolOutputBytes"];

/** @typedef {(port: number, bearer: string | undefined, method?: string, params?: Record<string, unknown>) => Promise<any>} Ask */
/** @type {(bearer: string | undefined) => Record<string, string>} */
const bearing = (bearer) => (bearer === undefined ? {} : { authorization: `Bearer ${bearer}` });
/** @type {Ask} */
const asModern = (port, bearer, method = "tools/list", params = {}) => modern(port, method, params, bearing(bearer));
/** @type {Ask} */
const asLegacy = (port, bearer, method = "tools/list", params = {}) =>
  legacy(port, method, params, "2025-11-25", bearing(bearer));
const ERAS = [asModern, asLegacy];

/** @param {import("node:http").IncomingHttpHeaders} headers */
function challenge(headers) {
  const [, rest = ""] = /^Bearer (.*)$/.exec(String(headers["www-authenticate"])) ?? [];
  return Object.fromEntries(rest.split(", ").map((each) => {
    const [name = "", value = ""] = each.split(/=(.*)/);
    return [name, value.replaceAll('"', "")];
  }));
}

test("accepts right tokens and refuses wrong ones, in both eras", limit, async (t) => {
  const issuer = await issue(t);
  const { port } = await start(t, { script: "fixture.js", environ: issuer.environ(SCOPED) });
  const right = [
    {}, { aud: ["https://other.example.com", AUDIENCE] }, { nbf: undefined }, { exp: -10 }, { nbf: 20 },
    { client_id: undefined, azp: "a" }, { iat: 3600 },
  ];
  for (const changes of right) {
    for (const ask of ERAS) assert.equal((await ask(port, token(changes))).status, 200, JSON.stringify(changes));
  }
  for (const [bearer, reason] of /** @type {const} */ ([
    [token({ exp: -60 }), "the token is expired"],
    [token({ nbf: 600 }), "the token is not yet valid"],
    [token({ aud: `${AUDIENCE}/` }), "the audience is another one"],
    [token({ iss: ISSUER.slice(0, -1) }), "the issuer is another one"],
    [signedWithThePublicKey(), "the algorithm is not RS256"],
    [token({}, "first", { alg: "ES256" }), "the algorithm is not RS256"],
    [unsigned(), "the algorithm is not RS256"],
    [tampered({ sub: "admin" }), "the signature is wrong"],
    [token({}, "evil", { kid: "first" }), "the signature is wrong"],
    [token({}, "evil"), "the signing key is unknown"],
    [token({}, "first", { kid: undefined }), "the token is malformed"],
    [token({}, "first", { crit: ["x"], x: 1 }), "the token is malformed"],
    [token({ sub: undefined }), "a required claim is missing"],
    [token({ exp: undefined }), "a required claim is missing"],
    [token({ aud: undefined }), "a required claim is missing"],
    [token({ iss: undefined }), "a required claim is missing"],
    [token({ sub: 7 }), "the token is malformed"],
    ["a.b", "the token is malformed"],
    ["\xe4 \xf6", "the token is malformed"],
  ])) {
    for (const ask of ERAS) {
      const answer = await ask(port, bearer);
      assert.deepEqual([answer.status, answer.error], [401, "invalid_token"], reason);
      assert.deepEqual(challenge(answer.headers), {
        error: "invalid_token", error_description: reason, scope: ALL_SCOPES, resource_metadata: METADATA_URL,
      });
    }
  }
});

test("the audience may be another claim, or a scope", limit, async (t) => {
  const issuer = await issue(t);
  const [application, scope] = ["0a1b2c3d-0000-4000-8000-000000000001", `${AUDIENCE}/call`];
  for (const [environ, right, wrong] of /** @type {[Record<string, string>, object[], object[]][]} */ ([
    [{ MCP_AUDIENCE: application }, [{ aud: application }, { aud: ["x", application] }], [{}, { aud: undefined }]],
    [
      { MCP_AUDIENCE_SCOPE: scope },
      [{ aud: undefined, scope }, { scope: `a ${scope}` }, { aud: undefined, scp: [scope] }],
      [{}, { scope: AUDIENCE }, { aud: undefined, scope: `${scope}/x` }],
    ],
  ])) {
    const { port } = await start(t, { script: "fixture.js", environ: { ...issuer.environ(), ...environ } });
    for (const ask of ERAS) {
      for (const changes of right) assert.equal((await ask(port, token({ ...changes }))).status, 200);
      for (const changes of wrong) {
        const answer = await ask(port, token({ ...changes }));
        assert.equal(answer.status, 401);
        assert.match(challenge(answer.headers).error_description, /audience is another one|claim is missing/);
      }
    }
    const metadata = JSON.parse((await request(port, { method: "GET", path: METADATA })).text);
    assert.equal(metadata.resource, AUDIENCE);
    assert.deepEqual(metadata.scopes_supported, "MCP_AUDIENCE" in environ ? undefined : [scope]);
  }
});

test("without a token the challenge names no error; metadata and health need none", limit, async (t) => {
  const issuer = await issue(t);
  const { port } = await start(t, { script: "fixture.js", environ: issuer.environ(SCOPED) });
  for (const authorization of [undefined, "", "Basic dXNlcjpwYXNz"]) {
    const headers = authorization === undefined ? {} : { authorization };
    const answer = await request(port, { headers }, "{}");
    assert.equal(answer.status, 401);
    assert.deepEqual(challenge(answer.headers), { scope: ALL_SCOPES, resource_metadata: METADATA_URL });
  }
  assert.equal((await request(port, { path: `${PATH}?access_token=${token()}` }, "{}")).status, 401);
  for (const path of [METADATA, `${METADATA}${PATH}`]) {
    const answer = await request(port, { method: "GET", path });
    assert.deepEqual([answer.status, answer.headers["content-type"], JSON.parse(answer.text)], [200, "application/json", {
      resource: AUDIENCE,
      authorization_servers: [ISSUER],
      bearer_methods_supported: ["header"],
      scopes_supported: ALL_SCOPES.split(" "),
    }]);
    assert.equal((await request(port, { path })).status, 405);
    assert.equal((await request(port, { method: "GET", path, headers: { host: "evil.example" } })).status, 421);
  }
  assert.equal((await request(port, { method: "GET", path: "/health" })).status, 200);
  for (const method of ["GET", "DELETE"]) assert.equal((await request(port, { method })).status, 405);
});

test("without an issuer there is no metadata", limit, async (t) => {
  const { port } = await start(t);
  assert.equal((await request(port, { method: "GET", path: METADATA })).status, 404);
});

test("a tool without its scopes is neither listed nor callable", limit, async (t) => {
  const issuer = await issue(t);
  const { port } = await start(t, { script: "fixture.js", environ: issuer.environ(SCOPED) });
  for (const [granted, hidden] of /** @type {[Record<string, unknown>, string[]][]} */ ([
    [{}, ["slow", "refuse"]],
    [{ scope: "tools/all" }, ["slow"]],
    [{ scp: ["tools/all", "tools/slow", 7] }, []],
    [{ scp: "tools/slow tools/all" }, []],
    [{ scope: "tools/slow TOOLS/ALL" }, ["slow", "refuse"]],
  ])) {
    for (const ask of ERAS) {
      const bearer = token(granted);
      const listed = (await ask(port, bearer)).result.tools.map((/** @type {{ name: string }} */ { name }) => name);
      assert.deepEqual(["slow", "refuse", "log"].filter((name) => !listed.includes(name)), hidden);
      for (const name of /** @type {const} */ (["slow", "refuse"])) {
        const answer = await ask(port, bearer, "tools/call", { name, arguments: { seconds: 0 } });
        assert.equal(answer.status, hidden.includes(name) ? 403 : 200);
        if (answer.status === 200) continue;
        const { error, scope, resource_metadata: url } = challenge(answer.headers);
        assert.deepEqual([error, scope, url], ["insufficient_scope", SCOPED[name].join(" "), METADATA_URL]);
      }
    }
  }
});

test("a client of the older handshake signs in", limit, async (t) => {
  const issuer = await issue(t);
  const { port } = await start(t, { environ: issuer.environ() });
  const client = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1" } };
  assert.equal((await legacy(port, "initialize", client)).status, 401);
  assert.equal((await legacy(port, "initialize", client, undefined, bearing(token()))).status, 200);
  assert.equal((await asLegacy(port, token(), "notifications/initialized")).status, 202);
  const call = { name: "text_statistics", arguments: { text: "a" } };
  assert.equal((await asLegacy(port, token(), "tools/call", call)).result.structuredContent.words, 1);
});

test("each call leaves one access line without its arguments, whatever the level", limit, async (t) => {
  const issuer = await issue(t);
  const environ = { ...issuer.environ({ refuse: ["tools/refuse"] }), MCP_LOG_LEVEL: "error" };
  const { port, stopped } = await start(t, { script: "fixture.js", environ });
  const calls = /** @type {const} */ ([
    ["slow", { seconds: 0 }, "ok"], ["crash", { text: SENT }, "error"], ["refuse", { text: SENT }, "denied"],
    ["strict", { city: SENT }, "rejected"], ["mistake", {}, "rejected"], [SENT, { text: SENT }, "rejected"],
  ]);
  for (const ask of ERAS) {
    for (const [name, args] of calls) await ask(port, token(), "tools/call", { name, arguments: args });
    await ask(port, token());
  }
  assert.equal((await asModern(port, undefined, "tools/call", { name: "slow", arguments: {} })).status, 401);
  const lines = await stopped();
  assert.ok(!JSON.stringify(lines).includes(SENT));
  const found = lines.filter(({ event }) => event === "tool_call");
  assert.deepEqual(
    found.map(({ tool, outcome, protocol_version: version }) => [tool, outcome, version]),
    ["2026-07-28", "2025-11-25"].flatMap((version) =>
      calls.map(([name, , outcome]) => [name === SENT ? "*" : name, outcome, version])),
  );
  for (const line of found) {
    assert.deepEqual(Object.keys(line), [...FIELDS, ...(line.tool === "*" ? [] : ["Tool"]), ...METRICS]);
    assert.deepEqual([line.level, line.logger, line.message], ["info", "mcp_ops.access", "tool called"]);
    assert.deepEqual([line.subject, line.client_id, line.request_id], [SUBJECT, CLIENT, 1]);
    assert.ok(line.duration_ms >= 0 && line.duration_ms < 10_000);
  }
});

test("the request id is the platform's or the caller's", limit, async (t) => {
  const { port, stopped } = await start(t);
  const root = "1-67891233-abcdef012345678912345678";
  const call = { name: "text_statistics", arguments: { text: "a" } };
  for (const trace of [`Root=${root}`, `Self=1-67891234-12456789abcdef012345678;Root=${root}`, `Root=${SENT}`]) {
    await modern(port, "tools/call", call, { "x-amzn-trace-id": trace });
  }
  const found = (await stopped()).filter(({ event }) => event === "tool_call");
  assert.deepEqual(found.map((line) => [line.request_id, line.subject, line.client_id]),
    [[root, null, null], [root, null, null], [1, null, null]]);
});

test("a rotated key is picked up by the first token, and unknown ones do not flood the issuer", limit, async (t) => {
  const issuer = await issue(t);
  const { port } = await start(t, { environ: issuer.environ() });
  assert.equal((await asModern(port, token({}, "first"))).status, 200);
  issuer.keys = [jwk("second")];
  const asked = await Promise.all(["1", "2", "3"].map((jti) => asModern(port, token({ jti }, "second"))));
  assert.deepEqual(asked.map(({ status }) => status), [200, 200, 200]);
  assert.equal(issuer.asked, 2);
  assert.equal((await asModern(port, token({}, "first"))).status, 401);
  issuer.keys = [jwk("second"), jwk("third")];
  assert.equal((await asModern(port, token({}, "third"))).status, 401);
  assert.equal(issuer.asked, 2);
  issuer.stop();
  assert.equal((await asModern(port, token({ jti: "later" }, "second"))).status, 200);
});

test("without keys tokens wait and health does not", limit, async (t) => {
  const issuer = await issue(t);
  issuer.status = 503;
  const { port } = await start(t, { environ: issuer.environ() });
  const refused = await asModern(port, token());
  assert.deepEqual([refused.status, refused.headers["retry-after"]], [503, "5"]);
  assert.equal(refused.error, "temporarily_unavailable");
  assert.equal((await asModern(port, undefined)).status, 401);
  assert.equal((await asModern(port, unsigned())).status, 401);
  assert.equal((await request(port, { method: "GET", path: "/health" })).status, 200);
  assert.equal((await request(port, { method: "GET", path: METADATA })).status, 200);
  issuer.status = 200;
  while ((await asModern(port, token())).status !== 200) await new Promise((resolve) => setTimeout(resolve, 50));
});

/** @type {import("../src/logging.js").Log} */
const silent = { debug: () => {}, info: () => {}, warning: () => {}, error: () => {} };
const fast = { refresh: 0.01, retry: [0.01], unknown: 30, wait: 2 };

test("an issuer that fails later changes nothing", limit, async (t) => {
  const issuer = await issue(t);
  const keys = new SigningKeys(issuer.url, silent, fast);
  keys.start();
  t.after(() => keys.stop());
  assert.ok(await keys.find("first"));
  for (const [status, published] of /** @type {const} */ ([
    [500, []], [200, []], [200, "[".repeat(9000)], [200, "x".repeat(200_000)], [302, []],
  ])) {
    Object.assign(issuer, { status, keys: published });
    const { asked } = issuer;
    while (issuer.asked < asked + 2) await new Promise((resolve) => setTimeout(resolve, 5));
    assert.ok(await keys.find("first"));
  }
  assert.equal(keys.generation, 1);
});

test("verified tokens are remembered until they expire or the keys change", limit, async (t) => {
  const issuer = await issue(t);
  const keys = new SigningKeys(issuer.url, silent);
  keys.start();
  t.after(() => keys.stop());
  const verifier = new TokenVerifier({ issuer: ISSUER }, AUDIENCE, METADATA_URL, keys, 2);
  const bearer = token();
  const access = await verifier.verify(bearer);
  assert.equal(await verifier.verify(bearer), access);
  assert.deepEqual([access.clientId, access.extra?.subject, access.resource?.href], [CLIENT, SUBJECT, AUDIENCE]);
  for (let each = 0; each < 2; each += 1) await verifier.verify(token({ jti: each }));
  const again = await verifier.verify(bearer);
  assert.notEqual(again, access);
  t.mock.timers.enable({ apis: ["Date"], now: Number(claims().exp) * 1000 + 31_000 });
  await assert.rejects(verifier.verify(bearer), { message: "the token is expired" });
  t.mock.timers.reset();
  keys.generation += 1;
  assert.notEqual(await verifier.verify(bearer), again);
});

test("keys for other purposes are not used", limit, async () => {
  for (const changes of [
    { kid: undefined }, { kid: 7 }, { use: "enc" }, { alg: "RS512" }, { kty: "EC" }, { n: undefined }, { e: 3 },
  ]) {
    await assert.rejects(usableKeys({ keys: [jwk("first", changes)] }), RangeError, JSON.stringify(changes));
    assert.deepEqual([...(await usableKeys({ keys: ["x", null, jwk("first", changes), jwk("second")] })).keys()], ["second"]);
  }
  for (const document of [null, [], {}, { keys: {} }, { keys: [] }, { keys: [jwk("short")] }]) {
    await assert.rejects(usableKeys(document), RangeError);
  }
});

test("scopes for a tool that does not exist end the process with 2", limit, async (t) => {
  const { ended, output } = run(t, "../reference.js", {
    ...contract(1),
    MCP_ISSUER: ISSUER,
    MCP_JWKS_URL: "https://issuer.example.com/keys",
    MCP_TOOL_SCOPES: '{"convert": ["a"], "convert_length": ["a"]}',
  });
  assert.equal(await ended, 2);
  const rule = "is not a tool of this server; it has convert_length, text_statistics, working_days";
  assert.deepEqual([output.stdout, output.stderr], ["", `MCP_TOOL_SCOPES: convert ${rule}\n`]);
});
