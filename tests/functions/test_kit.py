"""What functions share: HTTP that fails in words and tells no secret, MCP's older handshake, tokens, clients of AWS."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws

from mcp_function_kit import connection as module
from mcp_function_kit import credentials, usage
from mcp_function_kit.clients import aws
from mcp_function_kit.connection import Connection, Unreachable, request
from mcp_function_kit.credentials import token_of
from mcp_function_kit.protocol import LEGACY, Session
from tests.monitoring.functions.fakes import Asked, Reply, certificate, rpc, serving


def ok(_: Asked) -> Reply:
    return 200, {"X-Seen": "yes"}, b"{}"


def test_one_connection_serves_many_requests_and_opens_again_after_its_end() -> None:
    with serving(ok) as (url, asked):
        connection = Connection(f"{url}/mcp?x=1")
        for _ in range(2):
            answer = connection.request("GET", connection.path, {})
        kept = connection._open
        connection.request("GET", "/other", {})
        assert connection._open is kept
        connection.close()
        assert connection.request("GET", connection.path, {}).status == 200
        connection.close()
    assert (answer.status, answer.headers["x-seen"], answer.body, answer.tls) == (200, "yes", b"{}", {})
    assert [item.path for item in asked] == ["/mcp?x=1", "/mcp?x=1", "/other", "/mcp?x=1"]


def test_a_longer_answer_is_cut_and_the_next_one_is_not_its_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_BYTES", 10)
    with serving(lambda asked: (200, {}, b"x" * 100 if asked.path == "/long" else b"short")) as (url, _):
        connection = Connection(url)
        assert connection.request("GET", "/long", {}).body == b"x" * 10
        assert connection.request("GET", "/", {}).body == b"short"
        connection.close()


def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    with serving(lambda _: (302, {"Location": "/elsewhere"}, b"")) as (url, asked):
        assert request("GET", url, {}).status == 302
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://weather.example.com/mcp", "the address is not https://"),
        ("http://127.example.com/mcp", "the address is not https://"),
        ("ftp://127.0.0.1/mcp", "the address is not https://"),
        ("https:///mcp", "the address is not https://"),
        ("https://127.0.0.1:99999/mcp", "the request cannot be sent: ValueError"),
        ("http://localhost:9/mcp", "ConnectionRefusedError"),
        ("http://127.0.0.2:9/mcp", "ConnectionRefusedError"),
        ("https://127.0.0.1:9/mcp?x=1", "ConnectionRefusedError"),
    ],
)
def test_no_address_to_call_is_no_answer(url: str, reason: str) -> None:
    with pytest.raises(Unreachable, match=reason):
        request("GET", url, {})


def test_a_header_that_cannot_be_sent_is_not_told() -> None:
    with serving(ok) as (url, asked), pytest.raises(Unreachable) as raised:
        request("GET", url, {"Authorization": "Bearer t0k3n\n"})
    assert str(raised.value) == "the request cannot be sent: ValueError"
    assert raised.value.__cause__ is None
    assert not asked


def test_tls_is_told_with_the_days_that_are_left(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = certificate(tmp_path, days=30)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with serving(ok, file) as (url, _):
        tls = request("GET", url, {}).tls
    assert tls["version"] in {"TLSv1.2", "TLSv1.3"}
    assert tls["days"] == pytest.approx(30, abs=0.1)


def test_the_older_era_shakes_hands_and_names_the_client() -> None:
    with serving(rpc({"protocolVersion": LEGACY})) as (url, asked):
        session = Session(Connection(url), version=LEGACY, client="tester")
        assert session.initialize() == {"protocolVersion": LEGACY}
        session.call("tools/list", {})
        session.connection.close()
    first, second = (json.loads(item.body)["params"] for item in asked)
    assert first["clientInfo"] == {"name": "tester", "version": "1"}
    assert second == {}
    assert "mcp-protocol-version" not in asked[0].headers
    assert asked[1].headers["mcp-protocol-version"] == LEGACY
    assert session.seconds > 0


def test_a_list_without_end_is_not_read_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage, "PAGES", 3)
    with serving(rpc({"tools": [{"name": "again"}], "nextCursor": "x"})) as (url, asked):
        session = Session(Connection(url))
        assert len(usage.tools_of(session)) == len(asked) == 3
        session.connection.close()


@pytest.fixture
def client_secret(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    credentials._tokens.clear()
    with mock_aws():

        def kept(**more: str) -> str:
            value = json.dumps({"client_id": "id", "client_secret": "p:ss", **more})
            return str(boto3.client("secretsmanager").create_secret(Name="client", SecretString=value)["ARN"])

        yield kept


def test_a_token_is_asked_for_once_for_each_resource(client_secret: Any) -> None:
    given = iter(["one", "two"])

    def issuer(_: Asked) -> Reply:
        return 200, {}, json.dumps({"access_token": next(given), "expires_in": 3600}).encode()

    with serving(issuer) as (url, asked):
        arn = client_secret(token_endpoint=f"{url}/token")
        assert [token_of(arn, "https://a/mcp"), token_of(arn, "https://a/mcp"), token_of(arn)] == ["one", "one", "two"]
    assert [item.body for item in asked] == [
        b"grant_type=client_credentials&resource=https%3A%2F%2Fa%2Fmcp",
        b"grant_type=client_credentials",
    ]


@pytest.mark.parametrize("expires", [30, 0, None])
def test_a_token_that_ends_soon_is_not_kept(client_secret: Any, expires: int | None) -> None:
    body = json.dumps({"access_token": "t", "expires_in": expires}).encode()
    with serving(lambda _: (200, {}, body)) as (url, asked):
        arn = client_secret(token_endpoint=url, resource="mine")
        assert token_of(arn, "other") == token_of(arn, "other") == "t"
    assert len(asked) == 2
    assert b"resource=mine" in asked[0].body


@pytest.mark.parametrize("body", [b"t0k3n", b"[]", b"{}", b'"t0k3n"', b'{"access_token": "t0k3n", "expires_in": "x"}'])
def test_an_issuer_without_a_token_is_named_and_not_quoted(client_secret: Any, body: bytes) -> None:
    with serving(lambda _: (200, {}, body)) as (url, _):
        arn = client_secret(token_endpoint=url)
        with pytest.raises(Unreachable) as raised:
            token_of(arn)
    assert str(raised.value) == "the issuer of tokens answered without a token"
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(("service", "seconds"), [("kms", 10), ("s3", 60), ("dynamodb", 60), ("rds-data", 60)])
def test_clients_of_aws_give_up(monkeypatch: pytest.MonkeyPatch, service: str, seconds: int) -> None:
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    config = aws(service).meta.config
    assert (config.connect_timeout, config.read_timeout) == (3, seconds)
    assert config.retries["total_max_attempts"] == 3
