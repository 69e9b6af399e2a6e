"""The first thing a request meets: health check, hosts, origins, methods. No token, no protocol."""

import asyncio
import json
import logging
from typing import Final

from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_ops_server.settings import HEALTH_PATH, Settings

log = logging.getLogger(__name__)

_HEALTHY: Final = Response(b'{"status":"ok"}', media_type="application/json")
_LISTEN: Final = "subscriptions/listen"
_BAD_REQUEST: Final = 400


class Gate:
    """ASGI middleware around the whole application, outermost."""

    def __init__(self, app: ASGIApp, settings: Settings, draining: asyncio.Event) -> None:
        self._app = app
        self._settings = settings
        self._draining = draining

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the health check, refuses what the contract refuses, passes on the rest."""
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
            return
        if scope["path"] == HEALTH_PATH:
            answer = _HEALTHY if scope["method"] in {"GET", "HEAD"} else _not_allowed("GET, HEAD")
            await answer(scope, receive, send)
            return
        if (refused := self._refusal(scope)) is not None:
            log.warning("request refused", extra={"status": refused.status_code})
            await refused(scope, receive, send)
            return
        if _LISTEN in _values(scope, b"mcp-method"):
            await self._listen(scope, receive, send)
            return
        await self._app(scope, receive, _without_echo(send))

    def _refusal(self, scope: Scope) -> Response | None:
        """Returns what the request is refused with, or None."""
        hosts = _values(scope, b"host")
        if not hosts or not self._settings.allowed_hosts.issuperset(hosts):
            return PlainTextResponse("This Host is not served here.", 421)
        if not self._settings.allowed_origins.issuperset(_values(scope, b"origin")):
            return PlainTextResponse("This Origin is not allowed.", 403)
        if scope["path"] == self._settings.path and scope["method"] != "POST":
            return _not_allowed("POST")
        return None

    async def _lifespan(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes start and stop on; a failure is logged here, without the traceback text that Starlette would send."""

        async def send_without_text(message: Message) -> None:
            await send({"type": message["type"]})

        try:
            await self._app(scope, receive, send_without_text)
        except Exception:  # code of the server's author may raise anything; it is logged and goes on
            log.exception("lifespan failed")
            raise

    async def _listen(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serves a subscription, which has no end of its own, until the client leaves or the server drains."""
        started = ended = False

        async def receive_or_drain() -> Message:
            tasks = [asyncio.ensure_future(each) for each in (receive(), self._draining.wait())]
            try:
                await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
                return tasks[0].result() if tasks[0].done() else {"type": "http.disconnect"}  # type: ignore[return-value]
            finally:
                for task in tasks:
                    task.cancel()

        async def watched(message: Message) -> None:
            nonlocal started, ended
            started = True
            ended = message["type"] == "http.response.body" and not message.get("more_body", False)
            await send(message)

        await self._app(scope, receive_or_drain, watched)
        if started and not ended:
            await send({"type": "http.response.body", "body": b"", "more_body": False})


def _values(scope: Scope, name: bytes) -> list[str]:
    """Returns every value of a header, lower case."""
    return [value.decode("latin-1").strip().lower() for key, value in scope["headers"] if key == name]


def _not_allowed(methods: str) -> Response:
    return PlainTextResponse("This method is not allowed here.", 405, headers={"allow": methods})


def _without_echo(send: Send) -> Send:
    """Returns a `send` that replaces the SDK's report on a malformed message: in the older era it quotes the input."""
    start: Message | None = None

    async def replaced(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start" and message["status"] == _BAD_REQUEST:
            start = message
        elif start is None:
            await send(message)
        else:
            body = _without_input(message["body"])
            headers = [(key, value) for key, value in start["headers"] if key != b"content-length"]
            headers.append((b"content-length", b"%d" % len(body)))
            await send({**start, "headers": headers})
            start = None
            await send({**message, "body": body})

    return replaced


def _without_input(body: bytes) -> bytes:
    """Returns an error answer with the text of a validation error replaced by the rule."""
    if b'"Validation error' not in body:
        return body
    document = json.loads(body)
    document["error"]["message"] = "Body must be a single JSON-RPC request or notification object"
    return json.dumps(document, separators=(",", ":")).encode()
