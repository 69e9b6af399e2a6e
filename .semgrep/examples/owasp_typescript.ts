// What the rules in ../rules/owasp_typescript.yaml find, and what they let pass.
import { createHash, randomBytes } from "node:crypto";
import { Agent } from "node:https";
import { decodeJwt, jwtVerify } from "jose";

declare const response: any, cors: any, table: any, request: any, bearer: string, key: any, audience: string;

// ruleid: ts-no-unverified-tls
new Agent({ rejectUnauthorized: false });
// ok: ts-no-unverified-tls
new Agent({ keepAlive: true });

// ruleid: ts-no-weak-hash
createHash("md5").update("text");
// ok: ts-no-weak-hash
createHash("sha256").update("text");

// ruleid: ts-no-token-without-verification
decodeJwt(bearer);
// ruleid: ts-no-token-without-verification
jwtVerify(bearer, key);
// ok: ts-no-token-without-verification
jwtVerify(bearer, key, { audience, algorithms: ["RS256"] });

// ruleid: ts-no-weak-random
const token = Math.random().toString(36);
// ok: ts-no-weak-random
const delay = Math.random() * 100;
// ok: ts-no-weak-random
const nonce = randomBytes(16).toString("hex");

const given = JSON.parse(request.text);
// ruleid: ts-no-prototype-from-input
table[given.group][given.name] = 1;
// ok: ts-no-prototype-from-input
table["fixed"]["name"] = given.value;

// ruleid: ts-no-origin-wildcard
response.setHeader("Access-Control-Allow-Origin", "*");
// ok: ts-no-origin-wildcard
response.setHeader("Access-Control-Allow-Origin", "https://app.example.com");
