"""Speaks MCP to one address, in either era; neither has a session here."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .connection import Answer, Connection

MODERN, LEGACY = "2026-07-28", "2025-11-25"
OK = 200


class Refused(Exception):
    """The server answered, but not as it should."""


@dataclass
class Session:
    """A client of one server."""

    connection: Connection
    token: str = ""
    version: str = MODERN
    client: str = "mcp-ops"
    """Name that the server is told."""
    sent: int = 0
    seconds: float = 0.0
    """How long all answers took together."""

    def call(self, method: str, params: Mapping[str, Any], name: str = "") -> Mapping[str, Any]:
        """Returns the result of a method; `name` is the tool's, where it calls one.

        Raises:
            Refused: another status than 200, an error, or no JSON-RPC.
            Unreachable: no answer.
        """
        answer = self.send(method, params, name)
        if answer.status != OK:
            raise Refused(f"{method} was answered with {answer.status}")
        message = _message(answer)
        if "error" in message:
            raise Refused(f"{method} was answered with error {_code(message['error'])}")
        if message.get("id") != self.sent:
            raise Refused(f"{method} was answered for request {message.get('id')}, not {self.sent}")
        result = message.get("result")
        if not isinstance(result, dict):
            raise Refused(f"{method} was answered without a result")
        return result

    def send(self, method: str, params: Mapping[str, Any], name: str = "") -> Answer:
        """Sends a method and returns the HTTP answer. Raises `Unreachable`."""
        self.sent += 1
        headers = {"Content-Type": "application/json", "Accept": "application/json, text/event-stream"}
        if method != "initialize":
            headers["MCP-Protocol-Version"] = self.version
        if self.version == MODERN:
            about = {"protocolVersion": MODERN, "clientCapabilities": {}, "clientInfo": self._info()}
            params = {**params, "_meta": {f"io.modelcontextprotocol/{key}": value for key, value in about.items()}}
            headers |= {"Mcp-Method": method, **({"Mcp-Name": name} if name else {})}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        body = json.dumps({"jsonrpc": "2.0", "id": self.sent, "method": method, "params": params}).encode()
        answer = self.connection.request("POST", self.connection.path, headers, body)
        self.seconds += answer.seconds
        return answer

    def initialize(self) -> Mapping[str, Any]:
        """Returns the answer to the handshake of older clients. Raises as `call`."""
        return self.call("initialize", {"protocolVersion": LEGACY, "capabilities": {}, "clientInfo": self._info()})

    def _info(self) -> dict[str, str]:
        return {"name": self.client, "version": "1"}


def _message(answer: Answer) -> Mapping[str, Any]:
    """Returns the JSON-RPC message of an answer: the body, or the last event of a stream."""
    text = answer.body.decode("utf-8", "replace")
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        text = next((line[5:] for line in reversed(text.splitlines()) if line.startswith("data:")), "")
    try:
        message = json.loads(text)
    except ValueError:
        raise Refused("the answer is no JSON") from None
    if not isinstance(message, dict):
        raise Refused("the answer is no JSON-RPC message")
    return message


def _code(error: Any) -> Any:
    return error.get("code") if isinstance(error, Mapping) else None
