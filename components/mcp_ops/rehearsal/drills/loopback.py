"""A JSON document on a loopback address: what an issuer of tokens publishes or answers."""

import contextlib
import http
import http.server
import json
import threading
from collections.abc import Iterator, Mapping
from typing import Any


@contextlib.contextmanager
def answering(method: str, document: Mapping[str, Any]) -> Iterator[str]:
    """Answers every request of one method with a document until the end of the block; yields `http://HOST:PORT`."""
    body = json.dumps(document).encode()

    def answer(self: http.server.BaseHTTPRequestHandler) -> None:
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.send_response(http.HTTPStatus.OK)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    handler = type("Handler", (http.server.BaseHTTPRequestHandler,), {f"do_{method}": answer, "log_message": _silent})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    # Shutting down waits for the next poll: by default half a second.
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _silent(*_: object) -> None:
    """Says nothing."""
