"""The issuer's signing keys: known ones at hand, fetched in the background and never by the request that needs one."""

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

import httpx2
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from jwt import PyJWK
from jwt.exceptions import PyJWTError

log = logging.getLogger(__name__)

REFRESH_SECONDS: Final = 300.0
"""Time between refreshes that succeed: a key that the issuer withdraws is trusted this much longer."""
RETRY_SECONDS: Final = (1.0, 2.0, 5.0, 10.0, 30.0)
"""Time before the next attempt after one, two, ... failures; the last one repeats."""
UNKNOWN_KEY_SECONDS: Final = 30.0
"""Time between refreshes asked for by tokens that name an unknown key: anybody can send such a token."""
WAIT_SECONDS: Final = 2.0
"""How long a request with an unknown key waits for a refresh that is under way."""
_FETCH_SECONDS: Final = 5.0
_MAX_BYTES: Final = 150_000  # what the load balancer's jwt-validation action reads
_MIN_BITS: Final = 2048  # RFC 7518, section 3.3


class KeysUnavailableError(Exception):
    """No signing key has ever been fetched."""


class SigningKeys:
    """Public keys by key id. While the issuer cannot be reached, those known stay in use."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._keys: Mapping[str, RSAPublicKey] = {}
        self._due = asyncio.Event()
        self._refreshed = asyncio.Event()
        self._pending = True
        self._next_asked = 0.0
        self.generation = 0
        """Grows whenever the keys change: what was verified with the former ones has to be verified again."""

    async def find(self, key_id: str) -> RSAPublicKey | None:
        """Returns a key; for an unknown one waits at most `WAIT_SECONDS` for a refresh that is under way.

        Raises:
            KeysUnavailableError: No key is known at all.
        """
        key = self._keys.get(key_id)
        if key is None and self._awaits_refresh():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._refreshed.wait(), WAIT_SECONDS)
            key = self._keys.get(key_id)
        if not self._keys:
            raise KeysUnavailableError
        return key

    @contextlib.asynccontextmanager
    async def refreshing(self) -> AsyncIterator[None]:
        """Keeps the keys fresh while the block runs."""
        task = asyncio.create_task(self._refresh_until_cancelled())
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task

    def _awaits_refresh(self) -> bool:
        """Tells whether a refresh is under way; asks for one unless that was done a moment ago."""
        now = time.monotonic()
        if not self._pending and self._keys and now >= self._next_asked:
            self._next_asked = now + UNKNOWN_KEY_SECONDS
            self._pending = True
            self._due.set()
        return self._pending

    async def _refresh_until_cancelled(self) -> None:
        failures = 0
        async with httpx2.AsyncClient(timeout=_FETCH_SECONDS, follow_redirects=False) as client:
            while True:
                self._due.clear()
                failures = 0 if await self._refresh(client) else failures + 1
                self._pending = False
                self._refreshed.set()
                self._refreshed = asyncio.Event()
                delay = RETRY_SECONDS[min(failures, len(RETRY_SECONDS)) - 1] if failures else REFRESH_SECONDS
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(self._due.wait(), delay)
                self._pending = True

    async def _refresh(self, client: httpx2.AsyncClient) -> bool:
        """Fetches the keys; tells whether there are any."""
        try:
            async with asyncio.timeout(_FETCH_SECONDS):
                keys = usable_keys(await _document(client, self._url))
        except Exception as error:  # noqa: BLE001 - whatever it was, the known keys stay and the next attempt comes
            fields = {"reason": type(error).__name__, "known_keys": len(self._keys)}
            log.warning("signing keys not refreshed", extra=fields)
            return False
        if {each: key.public_numbers() for each, key in keys.items()} != {
            each: key.public_numbers() for each, key in self._keys.items()
        }:
            self._keys = keys
            self.generation += 1
            log.info("signing keys changed", extra={"known_keys": len(keys)})
        return True


async def _document(client: httpx2.AsyncClient, url: str) -> Any:
    """Returns the JSON document at the URL.

    Raises:
        httpx2.HTTPError: The issuer cannot be reached or answers with another status than 200.
        ValueError: The answer is too long or no JSON.
    """
    async with client.stream("GET", url, headers={"accept": "application/json"}) as answer:
        if answer.status_code != httpx2.codes.OK:
            raise httpx2.HTTPStatusError("not 200", request=answer.request, response=answer)
        body = b""
        async for piece in answer.aiter_bytes():
            body += piece
            if len(body) > _MAX_BYTES:
                raise ValueError("too long")
    return json.loads(body)


def usable_keys(document: Any) -> dict[str, RSAPublicKey]:
    """Returns the RSA keys of a JWK set that have an id, are for RS256 signatures and have at least 2048 bits.

    Raises:
        ValueError: There is none.
    """
    listed = document.get("keys") if isinstance(document, dict) else None
    keys = {}
    for each in listed if isinstance(listed, list) else []:
        if (key := _usable_key(each)) is not None:
            keys[each["kid"]] = key
    if not keys:
        raise ValueError("no usable key")
    return keys


def _usable_key(jwk: Any) -> RSAPublicKey | None:
    if not isinstance(jwk, dict) or not isinstance(jwk.get("kid"), str) or jwk.get("kty") != "RSA":
        return None
    if jwk.get("use", "sig") != "sig" or jwk.get("alg", "RS256") != "RS256":
        return None
    try:
        key = PyJWK({name: jwk[name] for name in ("kty", "n", "e")}, algorithm="RS256").key
    except (PyJWTError, KeyError, ValueError, TypeError):
        return None
    return key if isinstance(key, RSAPublicKey) and key.key_size >= _MIN_BITS else None
