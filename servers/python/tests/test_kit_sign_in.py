"""Sign-in: which tokens are accepted, which tools they open, and what a client is told."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import awkward
import httpx2
import issuer
import kit
import pytest
from issuer import Issuer, token
from mcp.server import MCPServer
from mcp.server.auth.middleware.auth_context import get_access_token

from mcp_ops_server import create_app, signing_keys, tokens

METADATA = "/.well-known/oauth-protected-resource"
METADATA_URL = f"https://{kit.HOST}{METADATA}/mcp"
SCOPED = {"wait": ["tools/wait", "tools/all"], "refuse": ["tools/all"]}
ALL_SCOPES = "tools/all tools/wait"


@pytest.fixture(scope="module")
def shared() -> Iterator[Issuer]:
    with issuer.issuing() as running:
        yield running


@pytest.fixture
def own() -> Iterator[Issuer]:
    """An issuer that the test may change."""
    with issuer.issuing() as running:
        yield running


async def send(client: httpx2.AsyncClient, bearer: str | None, era: str = kit.MODERN, method: str = "tools/list",
               **params: Any) -> httpx2.Response:  # fmt: skip
    headers = kit.headers(era, method, params) | ({"authorization": f"Bearer {bearer}"} if bearer else {})
    return await client.post("/mcp", headers=headers, json=kit.message(era, method, params))


def answer_to(issuer_: Issuer, bearer: str | None, era: str = kit.MODERN, method: str = "tools/list",
              **params: Any) -> httpx2.Response:  # fmt: skip
    """The answer of the awkward server, where some tools have scopes."""

    async def scenario() -> httpx2.Response:
        async with kit.awkward_client(**issuer_.environment(**SCOPED)) as client:
            return await send(client, bearer, era, method, **params)

    return asyncio.run(scenario())


def challenge(answer: httpx2.Response) -> dict[str, str]:
    """The parameters of the Bearer challenge."""
    kind, _, rest = answer.headers["www-authenticate"].partition(" ")
    assert kind == "Bearer"
    return {name: value.strip('"') for name, value in (each.split("=", 1) for each in rest.split(", "))}


@pytest.mark.parametrize("era", kit.ERAS)
@pytest.mark.parametrize(
    "changes",
    [{}, {"aud": ["https://other.example.com", issuer.AUDIENCE]}, {"nbf": None}, {"exp": -10},
     {"nbf": 20}, {"client_id": None, "azp": "a"}, {"iat": 3600}],
)  # fmt: skip
def test_a_right_token_is_accepted(shared: Issuer, era: str, changes: dict[str, Any]) -> None:
    answer = answer_to(shared, token(**changes), era)
    assert answer.status_code == 200, answer.text


WRONG: dict[str, tuple[Callable[[], str], str]] = {
    "expired": (lambda: token(exp=-60), "the token is expired"),
    "not yet valid": (lambda: token(nbf=600), "the token is not yet valid"),
    "wrong audience": (lambda: token(aud="https://ref.example.com/mcp/"), "the audience is another one"),
    "wrong issuer": (lambda: token(iss="https://issuer.example.com/tenant"), "the issuer is another one"),
    "HS256 with the public key": (issuer.signed_with_the_public_key, "the algorithm is not RS256"),
    "ES256": (issuer.signed_on_a_curve, "the algorithm is not RS256"),
    "none": (issuer.unsigned, "the algorithm is not RS256"),
    "tampered": (lambda: issuer.tampered(sub="admin"), "the signature is wrong"),
    "other key under a known id": (
        lambda: issuer.jwt.encode(issuer.claims(), issuer.private_key("evil"), "RS256", headers={"kid": "first"}),
        "the signature is wrong",
    ),
    "unknown key": (lambda: token("evil"), "the signing key is unknown"),
    "no key id": (lambda: issuer.jwt.encode(issuer.claims(), issuer.private_key("first"), "RS256"), "malformed"),
    "critical header": (
        lambda: issuer.jwt.encode(
            issuer.claims(), issuer.private_key("first"), "RS256", headers={"kid": "first", "crit": ["x"], "x": 1}
        ),
        "malformed",
    ),
    "no subject": (lambda: token(sub=None), "a required claim is missing"),
    "no expiry": (lambda: token(exp=None), "a required claim is missing"),
    "no audience": (lambda: token(aud=None), "a required claim is missing"),
    "no issuer": (lambda: token(iss=None), "a required claim is missing"),
    "wrong type": (lambda: token(sub=7), "malformed"),
    "no token at all": (lambda: "a.b", "malformed"),
    "rubbish": (lambda: "\xe4 \xf6", "malformed"),
}


@pytest.mark.parametrize("era", kit.ERAS)
@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_token_is_refused(shared: Issuer, name: str, era: str) -> None:
    make, reason = WRONG[name]

    async def scenario() -> httpx2.Response:
        async with kit.awkward_client(**shared.environment(**SCOPED)) as client:
            headers = kit.headers(era, "tools/list") | {"authorization": f"Bearer {make()}".encode("latin-1")}
            return await client.post("/mcp", headers=headers, json=kit.message(era, "tools/list"))  # type: ignore[arg-type]

    answer = asyncio.run(scenario())
    assert answer.status_code == 401
    told = challenge(answer)
    assert told["error"] == answer.json()["error"] == "invalid_token"
    assert reason in told["error_description"]
    assert (told["resource_metadata"], told["scope"]) == (METADATA_URL, ALL_SCOPES)


APPLICATION = {"MCP_AUDIENCE": "0a1b2c3d-0000-4000-8000-000000000001"}
CALL = f"{issuer.AUDIENCE}/call"
SCOPE = {"MCP_AUDIENCE_SCOPE": CALL}


@pytest.mark.parametrize("era", kit.ERAS)
@pytest.mark.parametrize(
    ("environment", "changes", "status"),
    [
        (APPLICATION, {"aud": APPLICATION["MCP_AUDIENCE"]}, 200),
        (APPLICATION, {"aud": ["x", APPLICATION["MCP_AUDIENCE"]]}, 200),
        (APPLICATION, {}, 401),  # the canonical URL
        (APPLICATION, {"aud": None}, 401),
        (SCOPE, {"aud": None, "scope": CALL}, 200),
        (SCOPE, {"aud": "client-42", "scope": f"a {CALL}"}, 200),
        (SCOPE, {"aud": None, "scp": [CALL]}, 200),
        (SCOPE, {}, 401),
        (SCOPE, {"aud": None, "scope": issuer.AUDIENCE}, 401),
        (SCOPE, {"aud": None, "scope": f"{CALL}/x"}, 401),
    ],
)
def test_the_audience_may_be_another_claim_or_a_scope(
    shared: Issuer, era: str, environment: dict[str, str], changes: dict[str, Any], status: int
) -> None:
    async def scenario() -> tuple[httpx2.Response, dict[str, Any]]:
        async with kit.awkward_client(**shared.environment(), **environment) as client:
            answer = await send(client, token(**changes), era)
            return answer, (await client.get(METADATA, headers={"host": kit.HOST})).json()

    answer, metadata = asyncio.run(scenario())
    assert answer.status_code == status
    if status == 401:
        reasons = {"the audience is another one", "a required claim is missing"}
        assert challenge(answer)["error_description"] in reasons
    assert metadata["resource"] == issuer.AUDIENCE
    assert metadata.get("scopes_supported") == ([CALL] if environment is SCOPE else None)


@pytest.mark.parametrize("era", kit.ERAS)
@pytest.mark.parametrize("header", [None, "", "Basic dXNlcjpwYXNz", "Bearer"])
def test_without_a_token_the_challenge_names_no_error(shared: Issuer, header: str | None, era: str) -> None:
    async def scenario() -> httpx2.Response:
        async with kit.awkward_client(**shared.environment()) as client:
            sent = kit.headers(era, "initialize") | ({} if header is None else {"authorization": header})
            return await client.post("/mcp", headers=sent, json=kit.message(era, "initialize"))

    answer = asyncio.run(scenario())
    assert answer.status_code == 401
    assert challenge(answer).get("error") in ({None} if header != "Bearer" else {"invalid_token"})
    assert challenge(answer)["resource_metadata"] == METADATA_URL
    assert "scope" not in challenge(answer)


def test_two_tokens_and_tokens_elsewhere_are_refused(shared: Issuer) -> None:
    async def scenario() -> list[int]:
        async with kit.awkward_client(**shared.environment()) as client:
            body = kit.message(kit.MODERN, "tools/list")
            pairs = [*kit.headers(kit.MODERN, "tools/list").items(), *[("authorization", f"Bearer {token()}")] * 2]
            twice = await client.post("/mcp", headers=pairs, json=body)
            plain = kit.headers(kit.MODERN, "tools/list")
            query = await client.post(f"/mcp?access_token={token()}", headers=plain, json=body)
            own_route = await client.post("/own", headers=plain)
            return [each.status_code for each in (twice, query, own_route)]

    assert asyncio.run(scenario()) == [401, 401, 401]


def test_the_metadata_stands_at_both_paths_without_a_token(shared: Issuer) -> None:
    async def scenario() -> None:
        async with kit.awkward_client(**shared.environment(**SCOPED)) as client:
            for path in (METADATA, f"{METADATA}/mcp"):
                answer = await client.get(path, headers={"host": kit.HOST})
                assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
                assert answer.json() == {
                    "resource": issuer.AUDIENCE,
                    "authorization_servers": [issuer.ISSUER],
                    "bearer_methods_supported": ["header"],
                    "scopes_supported": ALL_SCOPES.split(),
                }
                assert (await client.post(path, headers={"host": kit.HOST})).status_code == 405
                assert (await client.get(path, headers={"host": "evil.example.com"})).status_code == 421
            assert (await client.get("/health", headers={"host": "10.0.0.7"})).status_code == 200
            assert (await client.get("/mcp", headers={"host": kit.HOST})).status_code == 405
            assert (await client.get(f"{METADATA}/other", headers={"host": kit.HOST})).status_code == 401

    asyncio.run(scenario())


def test_without_an_issuer_nothing_asks_for_a_token() -> None:
    async def scenario() -> tuple[int, int]:
        async with kit.awkward_client() as client:
            metadata = await client.get(METADATA, headers={"host": kit.HOST})
            return metadata.status_code, (await kit.ask(client, kit.MODERN, "tools/list")).status_code

    assert asyncio.run(scenario()) == (404, 200)


@pytest.mark.parametrize("era", kit.ERAS)
@pytest.mark.parametrize(
    ("granted", "hidden"),
    [({}, {"wait", "refuse"}), ({"scope": "tools/all"}, {"wait"}), ({"scp": ["tools/all", "tools/wait", 7]}, set()),
     ({"scp": "tools/wait tools/all"}, set()), ({"scope": "tools/wait TOOLS/ALL"}, {"wait", "refuse"})],
)  # fmt: skip
def test_a_tool_without_its_scopes_is_neither_listed_nor_callable(
    shared: Issuer, era: str, granted: dict[str, Any], hidden: set[str]
) -> None:
    async def scenario() -> None:
        async with kit.awkward_client(**shared.environment(**SCOPED)) as client:
            bearer = token(**granted)
            listed = (await send(client, bearer, era)).json()["result"]["tools"]
            assert {"wait", "refuse", "block"} - {tool["name"] for tool in listed} == hidden
            for tool, arguments in (("wait", {"seconds": 0}), ("refuse", {"text": "x"}), ("block", {"seconds": 0})):
                answer = await send(client, bearer, era, "tools/call", name=tool, arguments=arguments)
                if tool not in hidden:
                    assert answer.status_code == 200, answer.text
                    continue
                assert (answer.status_code, answer.json()["error"]) == (403, "insufficient_scope")
                told = challenge(answer)
                assert told["scope"] == " ".join(SCOPED[tool])
                assert (told["error"], told["resource_metadata"]) == ("insufficient_scope", METADATA_URL)

    asyncio.run(scenario())


@pytest.mark.parametrize("era", kit.ERAS)
def test_a_denial_holds_where_answers_are_streamed(shared: Issuer, era: str) -> None:
    async def scenario() -> None:
        app = create_app(awkward.build(), kit.settings(**shared.environment(**SCOPED)), json_response=False)
        async with kit.client_of(app) as client:
            denied = await send(client, token(), era, "tools/call", name="wait", arguments={"seconds": 0})
            assert (denied.status_code, denied.json()["error"]) == (403, "insufficient_scope")
            done = await send(client, token(), era, "tools/call", name="progress", arguments={})
            assert (done.status_code, "done" in done.text) == (200, True)

    asyncio.run(scenario())


def test_an_author_reads_the_caller_from_the_sdk(shared: Issuer) -> None:
    mcp = MCPServer("who")

    @mcp.tool()
    async def who() -> str:
        access = get_access_token()
        assert access is not None
        return f"{access.subject} {access.client_id} {access.resource}"

    async def scenario() -> list[str]:
        async with kit.client_of(create_app(mcp, kit.settings(**shared.environment()))) as client:
            answers = [await send(client, token(), era, "tools/call", name="who", arguments={}) for era in kit.ERAS]
            return [each.json()["result"]["structuredContent"]["result"] for each in answers]

    assert asyncio.run(scenario()) == [f"{issuer.SUBJECT} {issuer.CLIENT} {issuer.AUDIENCE}"] * 2


def test_a_list_that_depends_on_the_caller_is_never_public(shared: Issuer) -> None:
    from mcp.server.caching import CacheHint

    mcp = MCPServer("cached", cache_hints={"tools/list": CacheHint(ttl_ms=1000, scope="public")})
    mcp.tool(name="wait")(lambda: "x")

    async def scenario() -> str:
        environment = shared.environment(wait=["a"])
        async with kit.client_of(create_app(mcp, kit.settings(**environment))) as client:
            return str((await send(client, token())).json()["result"]["cacheScope"])

    assert asyncio.run(scenario()) == "private"


def test_a_rotated_key_is_picked_up_by_the_first_token_and_unknown_ones_do_not_flood_the_issuer(own: Issuer) -> None:
    async def scenario() -> None:
        async with kit.awkward_client(**own.environment()) as client:
            assert (await send(client, token("first"))).status_code == 200
            own.keys = [issuer.jwk("second")]
            answers = await asyncio.gather(*(send(client, token("second", jti=str(n))) for n in range(3)))
            assert [each.status_code for each in answers] == [200] * 3
            assert own.asked == 2
            assert (await send(client, token("first"))).status_code == 401  # verified before, with a key that is gone
            own.keys.append(issuer.jwk("third"))
            assert (await send(client, token("third"))).status_code == 401
            assert own.asked == 2

    asyncio.run(scenario())


def test_an_issuer_that_fails_later_changes_nothing(own: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_keys, "REFRESH_SECONDS", 0.01)
    monkeypatch.setattr(signing_keys, "RETRY_SECONDS", (0.01,))

    async def scenario() -> None:
        async with kit.awkward_client(**own.environment()) as client:
            assert (await send(client, token(jti="1"))).status_code == 200
            for status, keys in ((500, []), (200, []), (200, "[" * 9000), (200, "x" * 200_000), (302, [])):
                own.status, own.keys = status, keys  # type: ignore[assignment]
                asked = own.asked
                while own.asked < asked + 2:  # noqa: ASYNC110 - the issuer is a thread
                    await asyncio.sleep(0.005)
                assert (await send(client, token(jti=f"{status} {len(keys)}"))).status_code == 200
            own.stop()
            await asyncio.sleep(0.05)
            assert (await send(client, token(jti="down"))).status_code == 200

    asyncio.run(asyncio.wait_for(scenario(), 20))


def test_without_keys_tokens_wait_and_health_does_not(own: Issuer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(signing_keys, "RETRY_SECONDS", (0.05,))
    own.status = 503

    async def scenario() -> None:
        async with kit.awkward_client(**own.environment()) as client:
            refused = await send(client, token())
            assert (refused.status_code, refused.headers["retry-after"]) == (503, "5")
            assert refused.json()["error"] == "temporarily_unavailable"
            assert (await send(client, None)).status_code == 401
            assert (await send(client, issuer.unsigned())).status_code == 401
            assert (await client.get("/health")).status_code == 200
            assert (await client.get(METADATA, headers={"host": kit.HOST})).status_code == 200
            own.status = 200
            until = time.monotonic() + 5
            while (await send(client, token())).status_code != 200:
                assert time.monotonic() < until
                await asyncio.sleep(0.02)

    asyncio.run(scenario())


def test_verified_tokens_are_remembered_until_they_expire_and_not_without_limit(
    shared: Issuer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "_CACHED_TOKENS", 2)
    keys = signing_keys.SigningKeys(shared.url)
    verifier = tokens.TokenVerifier(kit.settings(**shared.environment()).sign_in, issuer.AUDIENCE, keys)  # type: ignore[arg-type]
    first, second, third = (token(jti=str(n)) for n in range(3))

    async def scenario() -> None:
        async with keys.refreshing():
            access = await verifier.verify(first)
            await verifier.verify(second)
            assert await verifier.verify(first) is access
            await verifier.verify(third)  # drops the one that was not used for longest
            assert len(verifier._valid) == 2
            assert await verifier.verify(first) is access
            monkeypatch.setattr(time, "time", lambda: access.expires_at + tokens.LEEWAY_SECONDS)
            assert await verifier.verify(first) is not access

    asyncio.run(scenario())


@pytest.mark.parametrize(
    "changes",
    [{"kid": None}, {"kid": 7}, {"use": "enc"}, {"alg": "RS512"}, {"kty": "EC"}, {"n": None}, {"n": "!"}, {"e": 3}],
)
def test_keys_for_other_purposes_are_not_used(changes: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="no usable key"):
        signing_keys.usable_keys({"keys": [issuer.jwk("first", **changes)]})
    both = {"keys": ["x", issuer.jwk("first", **changes), issuer.jwk("second", use="sig")]}
    assert list(signing_keys.usable_keys(both)) == ["second"]


@pytest.mark.parametrize("document", [None, [], {}, {"keys": {}}, {"keys": []}])
def test_a_document_without_keys_is_none(document: Any) -> None:
    with pytest.raises(ValueError, match="no usable key"):
        signing_keys.usable_keys(document)


def test_short_keys_are_not_used() -> None:
    with pytest.raises(ValueError, match="no usable key"):
        signing_keys.usable_keys({"keys": [issuer.jwk("short")]})
