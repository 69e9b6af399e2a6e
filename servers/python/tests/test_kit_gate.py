"""Health check, hosts, origins, methods and the body cap, before any protocol."""

import asyncio
from collections.abc import AsyncIterator, Mapping

import awkward
import httpx2
import kit
import pytest

from mcp_ops_server import create_app


def exchange(method: str, path: str, changes: Mapping[str, str | None], **environment: str) -> httpx2.Response:
    """Sends one request with a right message, some headers changed or (None) left out."""
    wanted = {k: v for k, v in {**kit.headers(kit.MODERN, "tools/list"), **changes}.items() if v is not None}

    async def scenario() -> httpx2.Response:
        async with kit.awkward_client(**environment) as client:
            body = kit.message(kit.MODERN, "tools/list") if method == "POST" else None
            return await client.request(method, path, headers=wanted, json=body)

    return asyncio.run(scenario())


@pytest.mark.parametrize("changes", [{}, {"host": "10.0.0.7:8000"}, {"origin": "https://evil.example.com"}])
def test_health_answers_outside_every_check(changes: dict[str, str]) -> None:
    answer = exchange("GET", "/health", changes)
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert answer.headers["content-type"] == "application/json"


def test_health_is_read_only() -> None:
    assert exchange("POST", "/health", {}).status_code == 405


@pytest.mark.parametrize("host", [kit.HOST, "REF.example.COM"])
def test_an_allowed_host_is_answered(host: str) -> None:
    assert exchange("POST", "/mcp", {"host": host}).status_code == 200


@pytest.mark.parametrize("host", ["evil.example.com", "ref.example.com:8443", "ref.example.com.", "", "127.0.0.1"])
@pytest.mark.parametrize("path", ["/mcp", "/own", "/nowhere"])
def test_another_host_is_misdirected(host: str, path: str) -> None:
    answer = exchange("POST", path, {"host": host})
    assert answer.status_code == 421
    assert not host or host not in answer.text


@pytest.mark.parametrize("origin", [None, "https://ref.example.com", "HTTPS://Ref.example.com"])
def test_an_allowed_or_absent_origin_is_answered(origin: str | None) -> None:
    assert exchange("POST", "/mcp", {"origin": origin}).status_code == 200


@pytest.mark.parametrize("origin", ["https://evil.example.com", "null", "", "http://ref.example.com"])
def test_another_origin_is_forbidden(origin: str) -> None:
    assert exchange("POST", "/mcp", {"origin": origin}).status_code == 403


def test_the_lists_of_the_environment_hold() -> None:
    lists = {"MCP_ALLOWED_HOSTS": "b.example.com", "MCP_ALLOWED_ORIGINS": "https://app.example.com"}
    assert exchange("POST", "/mcp", {"host": "b.example.com"}, **lists).status_code == 200
    assert exchange("POST", "/mcp", {"origin": "https://app.example.com"}, **lists).status_code == 200
    assert exchange("POST", "/mcp", {"origin": "https://ref.example.com"}, **lists).status_code == 403


@pytest.mark.parametrize("version", ["2026-07-28", "2025-11-25", None])
@pytest.mark.parametrize("method", ["GET", "DELETE", "PUT", "OPTIONS", "HEAD"])
def test_the_endpoint_takes_post_only(method: str, version: str | None) -> None:
    answer = exchange(method, "/mcp", {"mcp-protocol-version": version})
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


@pytest.mark.parametrize("path", ["/mcp/", "/", "/MCP", "/mcp/x"])
def test_another_path_is_not_found_and_not_redirected(path: str) -> None:
    assert exchange("POST", path, {}).status_code == 404


def test_the_path_of_the_canonical_url_is_the_endpoint() -> None:
    url = f"https://{kit.HOST}/team/weather"
    assert exchange("POST", "/team/weather", {}, MCP_CANONICAL_URL=url).status_code == 200
    assert exchange("POST", "/mcp", {}, MCP_CANONICAL_URL=url).status_code == 404


@pytest.mark.parametrize("path", ["/mcp", "/own"])
@pytest.mark.parametrize("chunked", [False, True])
@pytest.mark.parametrize(("size", "refused"), [(1000, False), (1001, True)])
def test_a_body_over_the_cap_is_refused_with_or_without_its_length(
    *, path: str, chunked: bool, size: int, refused: bool
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for start in range(0, size, 300):
            yield b" " * min(300, size - start)

    async def scenario() -> httpx2.Response:
        async with kit.awkward_client(MCP_MAX_BODY_BYTES="1000") as client:
            headers = kit.headers(kit.MODERN, "tools/list")
            return await client.post(path, headers=headers, content=pieces() if chunked else b" " * size)

    answer = asyncio.run(scenario())
    assert (answer.status_code == 413) is refused, answer.text
    assert refused or answer.status_code == (200 if path == "/own" else 400)


def test_a_subscription_ends_when_the_server_drains() -> None:
    async def scenario() -> tuple[bool, httpx2.Response]:
        draining = asyncio.Event()
        async with kit.client_of(create_app(awkward.build(), kit.settings(), draining=draining)) as client:
            wanted = {"notifications": {"toolsListChanged": True}}
            asked = asyncio.ensure_future(kit.ask(client, kit.MODERN, "subscriptions/listen", wanted))
            await asyncio.sleep(0.1)
            early = asked.done()
            draining.set()
            return early, await asyncio.wait_for(asked, 5)

    early, answer = asyncio.run(scenario())
    assert not early
    assert answer.headers["content-type"] == "text/event-stream"
    assert answer.text.count("event: message") == 1


def test_a_refused_subscription_is_answered_once() -> None:
    answer = exchange("POST", "/mcp", {"mcp-method": "subscriptions/listen"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (400, -32020)


def test_a_crash_in_an_own_route_shows_nothing() -> None:
    answer = exchange("POST", "/broken", {})
    assert (answer.status_code, answer.text) == (500, "Internal Server Error")
