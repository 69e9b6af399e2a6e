/** A server that never comes to serve. */

import { serve } from "@mcp-ops/server";

Object.assign(process.env, {
  MCP_SERVER_NAME: "starting",
  MCP_ENVIRONMENT: "dev",
  MCP_CANONICAL_URL: "https://mcp.example.com/mcp",
});

await serve(() => new Promise(() => {
  setInterval(() => {}, 1000);
  process.stdout.write("starting\n");
}));
