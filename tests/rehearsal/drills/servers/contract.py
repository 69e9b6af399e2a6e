"""A server that keeps the server contract, apart from the one fault that FAULT names.

Standard library only, so that it starts in a moment; with MCP_ISSUER it verifies tokens by PyJWT.
"""

import functools
import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

MODERN, LEGACY = "2026-07-28", "2025-11-25"
FAULT = os.environ.get("FAULT", "")
HOST, PORT = os.environ["MCP_HOST"], int(os.environ["MCP_PORT"])
HOSTS = {urlsplit(os.environ["MCP_CANONICAL_URL"]).netloc, *os.environ.get("MCP_ALLOWED_HOSTS", "").split(",")}
ISSUER = os.environ.get("MCP_ISSUER")
CAPABILITIES = {"tools": {"listChanged": False}}
TOOLS = [
    {"name": "double", "inputSchema": {"type": "object", "properties": {"value": {"type": "integer"}}}},
    {"name": "variables", "inputSchema": {"type": "object", "properties": {}}},
]


def discover(_: dict[str, Any]) -> dict[str, Any]:
    offered = [LEGACY] if FAULT == "old-only" else [MODERN, LEGACY]
    return {
        "supportedVersions": offered, "capabilities": CAPABILITIES, "ttlMs": 0,
        "serverInfo": {"name": "contract", "version": "1"}, "resultType": "complete", "cacheScope": "private",
    }  # fmt: skip


def initialize(_: dict[str, Any]) -> dict[str, Any]:
    return {"capabilities": CAPABILITIES, "protocolVersion": LEGACY, "serverInfo": {"name": "contract", "version": "1"}}


def listed(_: dict[str, Any]) -> dict[str, Any]:
    tools = [] if FAULT == "no-tools" else TOOLS
    return {"tools": tools, "resultType": "complete", "cacheScope": "private", "ttlMs": 0}


def called(params: dict[str, Any]) -> dict[str, Any]:
    name, arguments = params["name"], params.get("arguments") or {}
    if FAULT != "no-line":
        record(name, arguments)
    if FAULT == "hangs":
        time.sleep(600)
    if name == "variables":
        return answer(dict(os.environ))
    if name == "double" and isinstance(arguments.get("value"), int):
        return answer({"result": arguments["value"] * (3 if FAULT == "wrong-answer" else 2)})
    if FAULT == "accepts-anything":
        return answer({"result": 0})
    return failure(f"no integer: {arguments}" if FAULT == "echoes" else "value: is no integer")


def record(name: str, arguments: dict[str, Any]) -> None:
    """Prints the access line of a call, for the drill record."""
    known = name in {tool["name"] for tool in TOOLS}
    right = known and (name != "double" or isinstance(arguments.get("value"), int))
    line = {
        "event": "tool_call", "subject": None, "client_id": None, "tool": name if known else "*",
        "outcome": "ok" if right else "rejected", "duration_ms": 1, "protocol_version": MODERN,
        "request_id": TRACE.get("id"),
    }  # fmt: skip
    if FAULT == "prints-arguments":
        line["arguments"] = arguments
    if FAULT == "lacks-a-field":
        del line["subject"]
    if FAULT == "own-request-id":
        line["request_id"] = 1
    for _ in range(2 if FAULT == "two-lines" else 1):
        sys.stdout.write(json.dumps(line) + "\n")
    if FAULT == "prints-text":
        sys.stdout.write("a tool was called\n")
    sys.stdout.flush()


def answer(content: dict[str, Any]) -> dict[str, Any]:
    text = {"type": "text", "text": json.dumps(content)}
    return {"content": [text], "structuredContent": content, "isError": False, "resultType": "complete"}


def failure(text: str) -> dict[str, Any]:
    return {"content": [{"type": "text", "text": text}], "isError": True, "resultType": "complete"}


TRACE: dict[str, str] = {}
METHODS = {"server/discover": discover, "initialize": initialize, "tools/list": listed, "tools/call": called}


@functools.cache
def issuers_keys() -> Any:
    import jwt

    return jwt.PyJWKClient(os.environ["MCP_JWKS_URL"])


def signed_in(header: str) -> bool:
    """Tells whether a caller brings a token of the issuer for this server."""
    import jwt

    wanted = {"audience": os.environ["MCP_CANONICAL_URL"], "issuer": ISSUER}
    token = header.removeprefix("Bearer ")
    try:
        jwt.decode(token, issuers_keys().get_signing_key_from_jwt(token), algorithms=["RS256"], **wanted)
    except jwt.PyJWTError:
        return False
    return True


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def do_GET(self) -> None:
        if self.path == "/health":
            self.send(503 if FAULT == "unhealthy" else 200, {"status": "ok"})
        else:
            self.send(200 if FAULT == "answers-get" else 405, {})

    def do_DELETE(self) -> None:
        self.send(405, {})

    def do_POST(self) -> None:
        TRACE["id"] = self.headers.get("X-Amzn-Trace-Id", "").removeprefix("Root=")
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if FAULT != "any-host" and self.headers["Host"] not in HOSTS:
            self.send(421, {})
        elif "Origin" in self.headers:
            self.send(403, {})
        elif ISSUER and not signed_in(self.headers.get("Authorization", "")):
            self.send(401, {})
        elif FAULT == "hangs-up":
            self.close_connection = True
        elif "id" not in request:
            self.send(202, None)
        elif FAULT == "no-discover" and request["method"] == "server/discover":
            self.send(200, {"jsonrpc": "2.0", "id": request["id"], "error": {"code": -32601, "message": "unknown"}})
        else:
            result = METHODS[request["method"]](request.get("params") or {})
            self.send(200, {"jsonrpc": "2.0", "id": request["id"], "result": result})

    def send(self, status: int, document: dict[str, Any] | None) -> None:
        body = b"" if document is None else json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


def main() -> None:
    if FAULT == "crashes":
        sys.stdout.write("starting\nreading settings\nWEATHER_KEY is missing\n")
        sys.stdout.flush()
        sys.exit(3)
    if FAULT == "slow":
        time.sleep(0.6)
    server = ThreadingHTTPServer((HOST, PORT), Handler)
    server.daemon_threads = True
    stop = threading.Event()
    if FAULT == "ignores-sigterm":
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    elif FAULT != "dies-of-sigterm":
        signal.signal(signal.SIGTERM, lambda *_: stop.set())
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    stop.wait()
    sys.exit(4 if FAULT == "exits-with-4" else 0)


main()
