"""Speaks MCP 2026-07-28 to a server: one request, one answer, no session."""

import json
from collections.abc import Mapping
from typing import Any

from .requests import Answer, request

VERSION = "2026-07-28"
OK = 200


class Refused(Exception):
    """The server answered, but not as it should."""


class Session:
    """Calls one server, with a token if there is one; adds up the time that its answers took."""

    def __init__(self, url: str) -> None:
        self.token = ""
        self._url = url
        self._sent = 0
        self.seconds = 0.0
        self.certificate_days: float | None = None

    def call(self, method: str, params: Mapping[str, Any], name: str = "") -> Mapping[str, Any]:
        """Returns the result of a method.

        Raises:
            Refused: another status than 200, an error, or no JSON-RPC.
            Unreachable: no answer.
        """
        answer = self.send(method, params, name)
        if answer.status != OK:
            raise Refused(f"{method} was answered with {answer.status}")
        message = _message(answer)
        if "error" in message:
            raise Refused(f"{method} was answered with error {message['error'].get('code')}")
        result = message.get("result")
        if not isinstance(result, dict):
            raise Refused(f"{method} was answered without a result")
        return result

    def send(self, method: str, params: Mapping[str, Any], name: str = "") -> Answer:
        """Sends a method and returns the HTTP answer."""
        self._sent += 1
        about = {
            "io.modelcontextprotocol/protocolVersion": VERSION,
            "io.modelcontextprotocol/clientCapabilities": {},
            "io.modelcontextprotocol/clientInfo": {"name": "mcp-ops-probe", "version": "1"},
        }
        body = {"jsonrpc": "2.0", "id": self._sent, "method": method, "params": {**params, "_meta": about}}
        headers = {
            "Content-Type": "application/json",
            "Accept": "application/json, text/event-stream",
            "MCP-Protocol-Version": VERSION,
            "Mcp-Method": method,
            **({"Mcp-Name": name} if name else {}),
            **({"Authorization": f"Bearer {self.token}"} if self.token else {}),
        }
        answer = request("POST", self._url, headers, json.dumps(body).encode())
        self.seconds += answer.seconds
        self.certificate_days = answer.certificate_days
        return answer


def _message(answer: Answer) -> Mapping[str, Any]:
    """Returns the JSON-RPC message of an answer: the body, or the last event of a stream."""
    text = answer.body.decode("utf-8", "replace")
    if answer.headers.get("content-type", "").startswith("text/event-stream"):
        text = next((line[5:] for line in reversed(text.splitlines()) if line.startswith("data:")), "")
    try:
        message = json.loads(text)
    except ValueError as error:
        raise Refused("the answer is no JSON") from error
    if not isinstance(message, dict):
        raise Refused("the answer is no JSON-RPC message")
    return message
