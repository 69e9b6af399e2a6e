"""Sign-in: the metadata that tells a client where to get a token, and the token that every other request needs."""

import logging
from typing import Final
from urllib.parse import urlsplit

from mcp.server.auth.middleware.auth_context import AuthContextMiddleware
from mcp.server.auth.middleware.bearer_auth import AuthenticatedUser
from mcp.server.auth.provider import AccessToken
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mcp_ops_server.calls import CALL, Call
from mcp_ops_server.sign_in_settings import SignInSettings
from mcp_ops_server.signing_keys import KeysUnavailableError, SigningKeys
from mcp_ops_server.tokens import InvalidTokenError, TokenVerifier

log = logging.getLogger(__name__)

METADATA_PATH: Final = "/.well-known/oauth-protected-resource"
_RETRY_AFTER_SECONDS: Final = 5


class SignIn:
    """ASGI middleware between the gate and the endpoint."""

    def __init__(self, app: ASGIApp, settings: SignInSettings, canonical_url: str) -> None:
        self._app = AuthContextMiddleware(app)
        self._keys = SigningKeys(settings.jwks_url)
        self._tokens = TokenVerifier(settings, canonical_url, self._keys)
        self._scopes = settings.scopes
        url = urlsplit(canonical_url)
        self._metadata_paths = {METADATA_PATH, METADATA_PATH + url.path}
        self._metadata_url = f"{url.scheme}://{url.netloc}{METADATA_PATH}{url.path}"
        document = {
            "resource": canonical_url,
            "authorization_servers": [settings.issuer],
            "bearer_methods_supported": ["header"],
        }
        self._metadata = JSONResponse(document | ({"scopes_supported": self._scopes} if self._scopes else {}))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the metadata, refuses what has no valid token, and passes on the rest with its caller."""
        if scope["type"] == "lifespan":
            async with self._keys.refreshing():
                await self._app(scope, receive, send)
            return
        if scope["path"] in self._metadata_paths:
            await self._describe(scope)(scope, receive, send)
            return
        try:
            access = await self._access(scope)
        except InvalidTokenError as refused:
            await self._refuse(str(refused))(scope, receive, send)
            return
        except KeysUnavailableError:
            await _unavailable()(scope, receive, send)
            return
        if access is None:
            log.warning("request refused", extra={"status": 401, "reason": "no token"})
            await self._challenge(401, "", "a bearer token is required", self._scopes)(scope, receive, send)
            return
        scope["user"] = AuthenticatedUser(access)
        await self._app(scope, receive, self._denying(scope, receive, send))

    def _describe(self, scope: Scope) -> Response:
        """Returns the protected-resource metadata (RFC 9728)."""
        if scope["method"] in {"GET", "HEAD"}:
            return self._metadata
        return PlainTextResponse("This method is not allowed here.", 405, headers={"allow": "GET, HEAD"})

    async def _access(self, scope: Scope) -> AccessToken | None:
        """Returns the caller of a request, None where it brings no bearer token."""
        given = [value for name, value in scope["headers"] if name == b"authorization"]
        kind, _, token = given[0].decode("latin-1").partition(" ") if given else ("", "", "")
        if kind.lower() != "bearer":
            return None
        if len(given) > 1:
            raise InvalidTokenError("more than one token was sent")
        return await self._tokens.verify(token.strip())

    def _refuse(self, reason: str) -> Response:
        log.warning("request refused", extra={"status": 401, "reason": reason})
        return self._challenge(401, "invalid_token", reason, self._scopes)

    def _challenge(self, status: int, error: str, description: str, scopes: list[str]) -> Response:
        """Returns a refusal that says how to get in (RFC 6750, section 3); without `error` where no token was sent."""
        fields = {"error": error, "error_description": description} if error else {}
        fields |= {"scope": " ".join(scopes)} if scopes else {}
        fields["resource_metadata"] = self._metadata_url
        header = "Bearer " + ", ".join(f'{name}="{value}"' for name, value in fields.items())
        body = {"error": error or "invalid_token", "error_description": description}
        return JSONResponse(body, status, headers={"www-authenticate": header})

    def _denying(self, scope: Scope, receive: Receive, send: Send) -> Send:
        """Returns a `send` that answers 403 once the call was denied, in either era, streamed or not."""
        call: Call = scope[CALL]
        start: Message | None = None
        denied = False

        async def held(message: Message) -> None:
            nonlocal start, denied
            if message["type"] == "http.response.start":
                start = message
                return
            head, start = start, None
            if head is not None and call.denied is not None:
                denied = True
                challenge = self._challenge(403, "insufficient_scope", "Insufficient scope", list(call.denied))
                await challenge(scope, receive, send)
            elif not denied:
                if head is not None:
                    await send(head)
                await send(message)

        return held


def _unavailable() -> Response:
    log.error("request refused", extra={"status": 503, "reason": "no signing keys"})
    body = {"error": "temporarily_unavailable", "error_description": "the signing keys are not available yet"}
    return JSONResponse(body, 503, headers={"retry-after": str(_RETRY_AFTER_SECONDS)})
