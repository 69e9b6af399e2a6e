"""What each kind of secret does on its own: alphabets, requests to hooks, key pairs, logins."""

import base64
import http.client
import io
import json
import urllib.error
import urllib.request
from collections.abc import Iterator
from email.message import Message
from typing import Any
from unittest import mock

import boto3
import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, padding
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, RSAPublicNumbers

from mcp_ops.secrets.functions.rotate_secret import hook, rsa
from mcp_ops.secrets.functions.rotate_secret.database_engines import ENGINES
from mcp_ops.secrets.functions.rotate_secret.generated import Generated
from mcp_ops.secrets.functions.rotate_secret.vault import Refused
from tests.secrets.fakes import ARN, World, der_key
from tests.secrets.test_rotate_function import rotated, running

HOOK_KEY = ec.generate_private_key(ec.SECP256R1())
URL = "https://hooks.example.com/keys"
QUESTION = {"action": "verify", "secret": ARN, "version": "t1", "value": "k3y"}


@pytest.mark.parametrize("alphabet", sorted(Generated.ALPHABETS))
def test_generated_values_have_the_length_and_use_the_whole_alphabet(alphabet: str) -> None:
    world = World("generated", length=4096, alphabet=alphabet)
    with running(world) as call:
        call("initialSecret")
    value = world.secrets.value("AWSCURRENT") or ""
    assert len(value) == 4096
    assert set(value) == set(Generated.ALPHABETS[alphabet])


@pytest.mark.parametrize("stored", ["short", "0" * 31 + "'"])
def test_a_stored_value_of_another_form_is_refused(stored: str) -> None:
    world = World("generated")
    with running(world) as call:
        call("initialSecret")
        world.secrets.announce("t1")
        world.secrets.versions["t1"]["value"] = stored
        with pytest.raises(Refused, match="has not the length and the alphabet"):
            call("testSecret", "t1")


def test_a_copy_of_the_value_in_use_passes_whatever_the_settings_say_now() -> None:
    world = World("generated")
    with running(world) as call:
        call("initialSecret")
    world.settings["length"] = 64
    with running(world) as call:
        world.secrets.announce("t1")
        world.secrets.versions["t1"]["value"] = world.secrets.value("AWSCURRENT")
        assert call("testSecret", "t1") == "done"
        assert len(world.secrets.versions[rotated(world, call)]["value"]) == 64


class Answer(io.BytesIO):
    """A response with a body."""


@pytest.fixture
def asked() -> Iterator[list[urllib.request.Request]]:
    """Requests that the hook gets; it answers `{"value": "n3w"}`."""
    requests: list[urllib.request.Request] = []

    def opened(_: object, request: urllib.request.Request, timeout: float) -> Answer:
        assert timeout == 20
        requests.append(request)
        return Answer(b'{"value": "n3w"}')

    with _hook(opened):
        yield requests


def _hook(opened: Any) -> Any:
    kms = mock.Mock()
    kms.sign.side_effect = lambda **given: {"Signature": _signature(given)}
    stack = mock.patch.multiple(urllib.request.OpenerDirector, open=opened)
    clients = mock.patch.object(boto3, "client", lambda service, **_: {"kms": kms}[service])
    environment = mock.patch.dict("os.environ", {"HOOK_KEY_ARN": "arn:aws:kms:eu-west-1:111122223333:key/hooks"})

    class Both:
        def __enter__(self) -> None:
            for item in (stack, clients, environment):
                item.start()

        def __exit__(self, *_: object) -> None:
            for item in (environment, clients, stack):
                item.stop()

    return Both()


def _signature(given: dict[str, Any]) -> bytes:
    from cryptography.hazmat.primitives.asymmetric.utils import Prehashed

    assert (given["MessageType"], given["SigningAlgorithm"]) == ("DIGEST", "ECDSA_SHA_256")
    return HOOK_KEY.sign(given["Message"], ec.ECDSA(Prehashed(hashes.SHA256())))


def test_a_hook_can_verify_who_asks_and_when(asked: list[urllib.request.Request]) -> None:
    assert hook.called(URL, QUESTION) == {"value": "n3w"}
    (request,) = asked
    headers = {name.lower(): value for name, value in request.header_items()}
    assert (request.full_url, request.get_method()) == (URL, "POST")
    assert isinstance(request.data, bytes)
    assert json.loads(request.data) == QUESTION
    signed = headers["mcp-ops-timestamp"].encode() + b"." + request.data
    signature = base64.b64decode(headers["mcp-ops-signature"])
    HOOK_KEY.public_key().verify(signature, signed, ec.ECDSA(hashes.SHA256()))
    assert headers["mcp-ops-key"].endswith("key/hooks")


def test_a_hook_without_https_is_never_asked(asked: list[urllib.request.Request]) -> None:
    with pytest.raises(Refused, match="not reached by https"):
        hook.called("http://hooks.example.com/keys", QUESTION)
    assert asked == []


@pytest.mark.parametrize(
    ("failure", "told"),
    [
        (urllib.error.HTTPError(URL, 403, "k3y is bad", Message(), None), "with status 403"),
        (urllib.error.URLError("k3y"), "no answer to verify: URLError"),
        (TimeoutError("k3y"), "no answer to verify: TimeoutError"),
        (http.client.IncompleteRead(b"k3y"), "no answer to verify: IncompleteRead"),
    ],
)
def test_what_a_hook_fails_with_is_told_without_what_it_said(failure: Exception, told: str) -> None:
    def opened(*_: object, **__: object) -> None:
        raise failure

    with _hook(opened), pytest.raises(Refused, match=told) as refused:
        hook.called(URL, QUESTION)
    assert "k3y" not in str(refused.value)
    assert refused.value.__cause__ is None


@pytest.mark.parametrize("body", [b"k3y", b"[]", b'"k3y"'])
def test_an_answer_that_is_no_json_object_is_refused(body: bytes) -> None:
    with _hook(lambda *_, **__: Answer(body)), pytest.raises(Refused) as refused:
        hook.called(URL, QUESTION)
    assert "k3y" not in str(refused.value)


def test_a_redirect_is_not_followed() -> None:
    handler = hook._NoRedirects()
    request = urllib.request.Request(URL)
    assert handler.redirect_request(request, io.BytesIO(), 302, "Found", Message(), "https://elsewhere.example") is None


@pytest.mark.parametrize("answer", [{}, {"value": ""}, {"value": 7}])
def test_a_hook_that_makes_no_key_is_refused(answer: dict[str, Any]) -> None:
    world = World("api-key")
    with running(world) as call:
        world._answer = lambda *_: answer  # type: ignore[method-assign]
        with pytest.raises(Refused, match="has no value"):
            call("initialSecret")


def _library_key(der: bytes) -> RSAPrivateKey:
    key = serialization.load_der_private_key(der, None)
    assert isinstance(key, RSAPrivateKey)
    return key


@pytest.mark.parametrize("der", [der_key(2048) for _ in range(3)])
def test_signatures_are_those_of_rs256(der: bytes) -> None:
    key = rsa.read_private(der)
    signature = rsa.sign(b"text", key)
    _library_key(der).public_key().verify(signature, b"text", padding.PKCS1v15(), hashes.SHA256())
    assert rsa.verifies(b"text", signature, key.modulus, key.exponent)
    assert not rsa.verifies(b"other", signature, key.modulus, key.exponent)


def test_what_is_no_rsa_key_is_refused() -> None:
    with pytest.raises(ValueError, match="stands where"):
        rsa.read_private(b"\x02\x01\x00")


def test_the_published_keys_are_jwks_of_the_public_halves() -> None:
    world = World("signing-key")
    with running(world) as call:
        call("initialSecret")
        rotated(world, call)
    value = json.loads(world.secrets.value("AWSCURRENT") or "")
    keys = {key["kid"]: key for key in json.loads(world.jwks)["keys"]}
    assert len(keys) == 2
    jwk = keys[value["kid"]]
    assert (jwk["kty"], jwk["alg"], jwk["use"]) == ("RSA", "RS256", "sig")
    private = serialization.load_pem_private_key(value["privateKey"].encode(), None)
    assert isinstance(private, RSAPrivateKey)
    exponent, modulus = (int.from_bytes(base64.urlsafe_b64decode(jwk[part] + "=="), "big") for part in ("e", "n"))
    assert private.public_key().public_numbers() == RSAPublicNumbers(exponent, modulus)


@pytest.mark.parametrize("published", ['{"keys": []}', "other"])
def test_a_key_that_cannot_be_verified_by_what_is_published_is_refused(published: str) -> None:
    world = World("signing-key")
    with running(world) as call:
        call("initialSecret")
        world.secrets.announce("t1")
        call("createSecret", "t1")
        call("setSecret", "t1")
        if published == "other":
            first, second = json.loads(world.jwks)["keys"]
            published = json.dumps({"keys": [{**second, "kid": first["kid"]}]})
        world.jwks = published
        with pytest.raises(Refused, match="cannot be verified"):
            call("testSecret", "t1")


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_two_users_take_turns_and_inherit(engine: str) -> None:
    world = World("database", engine=engine)
    with running(world) as call:
        call("initialSecret")
        users = [json.loads(world.secrets.value("AWSCURRENT") or "")["username"]]
        for _ in range(3):
            rotated(world, call)
            users.append(json.loads(world.secrets.value("AWSCURRENT") or "")["username"])
    assert users == ["app", "app_clone", "app", "app_clone"]
    assert any("GRANT" in statement and "app_clone" in statement for statement in world.statements)
    value = json.loads(world.secrets.value("AWSCURRENT") or "")
    assert {key: value[key] for key in ("engine", "host", "port", "dbname")} == {
        "engine": engine,
        "host": "orders.example.com",
        "port": 5432,
        "dbname": "orders",
    }


def test_postgres_never_sees_a_password() -> None:
    world = World("database")
    with running(world) as call:
        call("initialSecret")
        rotated(world, call)
    passwords = [json.loads(item["value"])["password"] for item in world.secrets.versions.values()]
    assert not [one for one in passwords if one in " ".join(world.statements)]


def test_a_login_that_does_not_work_never_becomes_current() -> None:
    world = World("database")
    with running(world) as call:
        call("initialSecret")
        before = world.secrets.at("AWSCURRENT")
        world.secrets.announce("t1")
        call("createSecret", "t1")
        with pytest.raises(Exception, match="BadRequest"):
            call("testSecret", "t1")
        with pytest.raises(Exception, match="BadRequest"):
            call("finishSecret", "t1")
    assert world.secrets.at("AWSCURRENT") == before
