"""A server that answers every tool call and writes the access line of the server contract. Standard library only."""

import json
import os
import signal
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

NAME, ENVIRONMENT = os.environ["MCP_SERVER_NAME"], os.environ["MCP_ENVIRONMENT"]
METRICS = ("ToolCalls", "ToolErrors", "ToolLatency")


def access_line(tool: str, outcome: str) -> str:
    directive = {
        "Namespace": "McpOps",
        "Dimensions": [["Environment", "Server"], ["Environment", "Server", "Tool"]],
        "Metrics": [{"Name": name} for name in METRICS],
    }
    return json.dumps(
        {
            "level": "info", "event": "tool_call", "tool": tool, "outcome": outcome, "duration_ms": 3,
            "server": NAME, "environment": ENVIRONMENT,
            "_aws": {"Timestamp": int(time.time() * 1000), "CloudWatchMetrics": [directive]},
            "Environment": ENVIRONMENT, "Server": NAME, "Tool": tool,
            "ToolCalls": 1, "ToolErrors": 0, "ToolLatency": 3,
        }
    )  # fmt: skip


ANSWERS = os.environ.get("ANSWERS", "")
"""`busy`: 503 to the first call; `broken`: 500 to every call; `deaf`: hangs up."""
seen: list[str] = []


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.answer({"status": "ok"})

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        seen.append(self.path)
        if ANSWERS == "deaf":
            return
        if ANSWERS == "broken" or (ANSWERS == "busy" and len(seen) == 1):
            self.answer({}, 500 if ANSWERS == "broken" else 503)
            return
        params = request["params"]
        wrong = not isinstance(params["arguments"].get("value"), int)
        sys.stdout.write(f"{access_line(params['name'], 'rejected' if wrong else 'ok')}\n")
        sys.stdout.flush()
        self.answer({"jsonrpc": "2.0", "id": request["id"], "result": {"isError": wrong}})

    def answer(self, document: dict[str, Any], status: int = 200) -> None:
        body = json.dumps(document).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Logs nothing."""


server = ThreadingHTTPServer((os.environ["MCP_HOST"], int(os.environ["MCP_PORT"])), Handler)
stop = threading.Event()
signal.signal(signal.SIGTERM, lambda *_: stop.set())
threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
stop.wait()
