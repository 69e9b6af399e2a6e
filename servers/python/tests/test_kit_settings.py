"""The environment of the contract: defaults, bounds, and one line for each variable that is missing or wrong."""

import kit
import pytest

from mcp_ops_server import Settings, SettingsError


def problems(environment: dict[str, str], *secrets: str) -> tuple[str, ...]:
    with pytest.raises(SettingsError) as caught:
        Settings.from_environment(environment, secrets)
    assert str(caught.value).splitlines() == list(caught.value.problems)
    return caught.value.problems


def test_the_smallest_environment_gives_the_defaults_of_the_contract() -> None:
    assert kit.settings() == Settings(
        server="ref",
        environment="dev",
        host="0.0.0.0",  # noqa: S104 - the contract's default
        port=8000,
        path="/mcp",
        canonical_url="https://ref.example.com/mcp",
        allowed_hosts=frozenset({"ref.example.com"}),
        allowed_origins=frozenset({"https://ref.example.com"}),
        max_body_bytes=1048576,
        drain_seconds=110,
        keepalive_seconds=305,
        log_level="info",
        metrics=True,
        traces=False,
    )


def test_every_variable_is_read() -> None:
    given = kit.settings(
        MCP_HOST="::1",
        MCP_PORT="65535",
        MCP_CANONICAL_URL="https://Ref.Example.com:8443/a/b-1",
        MCP_ALLOWED_HOSTS="10.0.0.1:8000, [::1]:80,B.example.com",
        MCP_ALLOWED_ORIGINS="https://A.example.com,http://localhost:6274",
        MCP_MAX_BODY_BYTES="67108864",
        MCP_DRAIN_SECONDS="1",
        MCP_KEEPALIVE_SECONDS="4005",
        MCP_LOG_LEVEL="error",
        MCP_METRICS="off",
        MCP_TRACES="otlp",
    )
    assert (given.host, given.port, given.path) == ("::1", 65535, "/a/b-1")
    assert given.canonical_url == "https://ref.example.com:8443/a/b-1"
    assert given.allowed_hosts == {"ref.example.com:8443", "10.0.0.1:8000", "[::1]:80", "b.example.com"}
    assert given.allowed_origins == {"https://a.example.com", "http://localhost:6274"}
    assert (given.max_body_bytes, given.drain_seconds, given.keepalive_seconds) == (67108864, 1, 4005)
    assert (given.log_level, given.metrics, given.traces) == ("error", False, True)


def test_every_missing_variable_has_its_line() -> None:
    assert problems({}, "WEATHER_KEY") == (
        "MCP_CANONICAL_URL: (not set) is required",
        "MCP_SERVER_NAME: (not set) is required",
        "MCP_ENVIRONMENT: (not set) is required",
        "WEATHER_KEY: (not set) is required; it is a secret that the platform injects",
    )


NUMBERS = {
    "MCP_PORT": 65535,
    "MCP_MAX_BODY_BYTES": 67108864,
    "MCP_DRAIN_SECONDS": 119,
    "MCP_KEEPALIVE_SECONDS": 4005,
}


@pytest.mark.parametrize(("name", "highest"), NUMBERS.items())
@pytest.mark.parametrize("value", ["0", "-1", "1.5", "", " 1", "1_0", "1e1", "٣", "highest+1", "9" * 5000])
def test_a_number_out_of_its_bounds_is_refused(name: str, highest: int, value: str) -> None:
    value = str(highest + 1) if value == "highest+1" else value
    (line,) = problems(kit.ENVIRONMENT | {name: value})
    assert line.startswith(f"{name}: ")
    assert line.endswith(f"is not a whole number from 1 to {highest}")
    assert len(line) < 200


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("MCP_SERVER_NAME", "", "'' is not accepted; use 1 to 20 of a-z, 0-9 and -"),
        ("MCP_SERVER_NAME", "Weather", "Weather is not accepted; use 1 to 20 of a-z, 0-9 and -"),
        ("MCP_SERVER_NAME", "a" * 21, f"{'a' * 21} is not accepted; use 1 to 20 of a-z, 0-9 and -"),
        ("MCP_SERVER_NAME", "a\nb", "'a\\nb' is not accepted; use 1 to 20 of a-z, 0-9 and -"),
        ("MCP_ENVIRONMENT", "production", "production is not one of dev, staging, prod"),
        ("MCP_HOST", "localhost", "localhost is not an IP address"),
        ("MCP_HOST", "", "'' is not an IP address"),
        ("MCP_LOG_LEVEL", "INFO", "INFO is not one of debug, info, warning, error"),
        ("MCP_METRICS", "on", "on is not one of emf, off"),
        ("MCP_TRACES", "xray", "xray is not one of otlp, off"),
        ("MCP_LOG_LEVEL", "trace", "trace is not one of debug, info, warning, error"),
    ],
)
def test_a_wrong_value_is_named_with_its_rule(name: str, value: str, line: str) -> None:
    assert problems(kit.ENVIRONMENT | {name: value}) == (f"{name}: {line}",)


@pytest.mark.parametrize(
    ("url", "rule"),
    [
        ("http://ref.example.com/mcp", "is not https://host/path"),
        ("ref.example.com/mcp", "is not https://host/path"),
        ("https:///mcp", "is not https://host/path"),
        ("https://ref.example.com:0/mcp", "is not https://host/path"),
        ("https://ref.example.com:65536/mcp", "is not https://host/path"),
        ("https://*.example.com/mcp", "is not https://host/path"),
        ("https://[::1/mcp", "Invalid IPv6 URL"),
        ("https://ref.example.com", "has no plain path"),
        ("https://ref.example.com/", "has no plain path"),
        ("https://ref.example.com/mcp/", "has no plain path"),
        ("https://ref.example.com/a//b", "has no plain path"),
        ("https://ref.example.com/a/../b", "has no plain path"),
        ("https://ref.example.com/%6dcp", "has no plain path"),
        ("https://ref.example.com/{id}", "has no plain path"),
        ("https://ref.example.com/mcp?a=1", "has a query or fragment"),
        ("https://ref.example.com/mcp#", "has a query or fragment"),
        ("https://ref.example.com/health", "has the path of the health check, /health"),
    ],
)
def test_a_wrong_canonical_url_is_refused(url: str, rule: str) -> None:
    (line,) = problems(kit.ENVIRONMENT | {"MCP_CANONICAL_URL": url})
    assert line.startswith(f"MCP_CANONICAL_URL: {url} {rule}")


def test_credentials_in_a_url_are_never_shown() -> None:
    (line,) = problems(kit.ENVIRONMENT | {"MCP_CANONICAL_URL": f"https://me:{kit.SECRET}@ref.example.com/mcp"})
    assert line == "MCP_CANONICAL_URL: https://(credentials)@ref.example.com/mcp is not https://host/path"


@pytest.mark.parametrize("value", ["*", "ref.example.com:*", "https://ref.example.com", "a,,b", "", "a b", "h:99999"])
def test_a_wrong_host_is_refused_with_its_item(value: str) -> None:
    (line,) = problems(kit.ENVIRONMENT | {"MCP_ALLOWED_HOSTS": value})
    assert "has an item that is not host or host:port: " in line


@pytest.mark.parametrize("value", ["*", "null", "ref.example.com", "https://a.example.com/", "https://a:0", ""])
def test_a_wrong_origin_is_refused_with_its_item(value: str) -> None:
    (line,) = problems(kit.ENVIRONMENT | {"MCP_ALLOWED_ORIGINS": value})
    assert "has an item that is not scheme://host or scheme://host:port: " in line


def test_a_secret_that_is_set_is_neither_kept_nor_shown() -> None:
    given = Settings.from_environment(kit.ENVIRONMENT | {"WEATHER_KEY": kit.SECRET}, ["WEATHER_KEY"])
    assert kit.SECRET not in repr(given)


def test_an_empty_secret_is_missing() -> None:
    (line,) = problems(kit.ENVIRONMENT | {"WEATHER_KEY": ""}, "WEATHER_KEY")
    assert line.startswith("WEATHER_KEY: (not set)")


SIGN_IN = {"MCP_ISSUER": "https://issuer.example.com/", "MCP_JWKS_URL": "https://issuer.example.com/keys?policy=a"}
NO_URL = "is not https://host or https://host/path"
NOT_HTTPS = "is not https; http is for loopback addresses"
NO_OBJECT = 'is not a JSON object of lists, {"tool": ["scope"]}'
NO_SCOPES = "has no list of scopes for a; leave the tool out where a token is enough"


def test_the_variables_of_sign_in_are_read() -> None:
    scopes = '{"b": ["https://a/write", "read", "read"], "a": ["read"]}'
    given = kit.settings(**SIGN_IN, MCP_TOOL_SCOPES=scopes).sign_in
    assert given is not None
    assert (given.issuer, given.jwks_url) == tuple(SIGN_IN.values())
    assert given.tool_scopes == {"a": ("read",), "b": ("https://a/write", "read")}
    assert given.scopes == ["https://a/write", "read"]


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3:8080", "[::1]:8080", "localhost:9"])
def test_an_issuer_on_loopback_may_use_http(host: str) -> None:
    assert kit.settings(MCP_ISSUER=f"http://{host}", MCP_JWKS_URL=f"http://{host}/keys").sign_in is not None


@pytest.mark.parametrize(
    ("name", "value", "line"),
    [
        ("MCP_ISSUER", "", f"'' {NO_URL}"),
        ("MCP_ISSUER", "issuer.example.com", f"issuer.example.com {NO_URL}"),
        ("MCP_ISSUER", "https://u:p@a/", f"https://(credentials)@a/ {NO_URL}"),
        ("MCP_ISSUER", "https://a/#b", f"https://a/#b {NO_URL}"),
        ("MCP_ISSUER", "https://[a/", f"https://[a/ {NO_URL}"),
        ("MCP_ISSUER", "https://a:x/", f"https://a:x/ {NO_URL}"),
        ("MCP_ISSUER", "https://a/?b", "https://a/?b has a query; an issuer has none"),
        ("MCP_ISSUER", "http://a/", f"http://a/ {NOT_HTTPS}"),
        ("MCP_ISSUER", "http://127.0.0.1.a.com/", f"http://127.0.0.1.a.com/ {NOT_HTTPS}"),
        ("MCP_JWKS_URL", "http://10.0.0.1/keys", f"http://10.0.0.1/keys {NOT_HTTPS}"),
        ("MCP_JWKS_URL", "file:///keys", f"file:///keys {NO_URL}"),
        ("MCP_TOOL_SCOPES", "[]", f"[] {NO_OBJECT}"),
        ("MCP_TOOL_SCOPES", "", f"'' {NO_OBJECT}"),
        ("MCP_TOOL_SCOPES", "{", "{ " + NO_OBJECT),
        ("MCP_TOOL_SCOPES", '{"a":"b"}', '{"a":"b"} ' + NO_SCOPES),
        ("MCP_TOOL_SCOPES", '{"a":[]}', '{"a":[]} ' + NO_SCOPES),
        ("MCP_TOOL_SCOPES", '{"a":["b","\\""]}', '{"a":["b","\\""]} ' + NO_SCOPES),
        ("MCP_TOOL_SCOPES", '{"a":["b",7]}', '{"a":["b",7]} ' + NO_SCOPES),
        ("MCP_AUDIENCE", "", "'' is not an audience; use 1 to 2048 characters without white space"),
        ("MCP_AUDIENCE", "a b", "'a b' is not an audience; use 1 to 2048 characters without white space"),
        ("MCP_AUDIENCE_SCOPE", "", "'' is not a scope; it has no white space, quotes or backslashes"),
        ("MCP_AUDIENCE_SCOPE", "a b", "'a b' is not a scope; it has no white space, quotes or backslashes"),
    ],
)
def test_a_wrong_value_of_sign_in_is_named_with_its_rule(name: str, value: str, line: str) -> None:
    assert problems(kit.ENVIRONMENT | SIGN_IN | {name: value}) == (f"{name}: {line}",)


def test_the_variables_of_sign_in_need_each_other() -> None:
    assert problems(kit.ENVIRONMENT | {"MCP_ISSUER": "https://a"}) == (
        "MCP_JWKS_URL: (not set) is required with MCP_ISSUER",
    )
    needing = {"MCP_JWKS_URL": "https://a", "MCP_TOOL_SCOPES": "{}", "MCP_AUDIENCE": "a", "MCP_AUDIENCE_SCOPE": "b"}
    assert problems(kit.ENVIRONMENT | needing) == tuple(
        f"{name}: {given} needs MCP_ISSUER" for name, given in needing.items()
    )
    both = SIGN_IN | {"MCP_AUDIENCE": "a", "MCP_AUDIENCE_SCOPE": "b"}
    assert problems(kit.ENVIRONMENT | both) == (
        "MCP_AUDIENCE_SCOPE: b stands for the audience, so MCP_AUDIENCE cannot be set too",
    )


def test_the_audience_of_sign_in_is_read() -> None:
    for variable, field in (("MCP_AUDIENCE", "audience"), ("MCP_AUDIENCE_SCOPE", "audience_scope")):
        given = kit.settings(**SIGN_IN, **{variable: "https://a/b"}).sign_in
        assert getattr(given, field) == "https://a/b"
        assert given is not None
        assert given.scopes == (["https://a/b"] if field == "audience_scope" else [])
