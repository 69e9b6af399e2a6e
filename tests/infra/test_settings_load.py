"""What is wrong with a value by itself, and how it is said."""

import json
import re

import pytest
from pulumi.runtime import set_all_config

from mcp_ops import InputError
from settings import Settings
from settings_load import STAND_INS, load, parse
from tests.infra.documents import FILE, GONE, MINIMAL, SECRET, changed, errors, namespaced, settings


def test_minimal_settings_have_safe_defaults() -> None:
    found = settings()
    server = found.servers["weather"]

    assert (server.cpu, server.memory, server.architecture) == (256, 512, "arm64")
    assert (server.tasks.min, server.tasks.max) == (2, 10)
    assert found.network.nat == "per-zone"
    assert not found.network.internal
    assert found.retention.protect
    assert found.retention.logs_days == 30


def test_settings_cannot_change() -> None:
    with pytest.raises(ValueError, match="frozen"):
        settings().owner = "somebody"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        # Unknown keys
        ("server", {}, "config: mcp-ops:server is not a setting; did you mean mcp-ops:servers?"),
        ("network.cidr_block", "10.0.0.0/16", "network: cidr_block is not a setting; did you mean cidrBlock?"),
        ("servers.weather.cpus", 256, "servers.weather: cpus is not a setting; did you mean cpu?"),
        ("servers.weather.tasks", {"minimum": 2}, "servers.weather.tasks: minimum is not a setting; did you mean min?"),
        ("signIn.issuers", "https://id.example.com", "signIn: issuers is not a setting; did you mean issuer?"),
        # Missing keys
        ("account", GONE, "config: mcp-ops:account is missing"),
        ("domain", GONE, "config: mcp-ops:domain is missing"),
        ("regions", {}, "regions: primary is missing"),
        ("servers.weather", {"cpu": 256}, "servers.weather: image is missing"),
        ("servers", {}, "servers: {} has 0 entries; at least 1"),
        # Wrong types
        ("account", 111111111111, "account: 111111111111 is not text; write it in quotes"),
        ("servers.weather.cpu", "256", 'servers.weather.cpu: "256" is not a whole number'),
        ("servers.weather.cpu", 256.5, "servers.weather.cpu: 256.5 is not a whole number"),
        ("servers.weather.cpu", True, "servers.weather.cpu: true is not a whole number"),
        ("servers.weather", "an image", "servers.weather: 'an image' is not a group of keys"),
        ("servers.weather", None, "servers.weather: null is not a group of keys"),
        ("servers", ["weather"], "servers: [...] is not a group of keys"),
        ("servers.weather.tasks", 3, "servers.weather.tasks: 3 is not a group of keys"),
        (
            "servers.weather.environment",
            {"LEVEL": 5},
            "servers.weather.environment.LEVEL: 5 is not text; write it in quotes",
        ),
        ("network.internal", "yes", "network.internal: yes is neither true nor false"),
        ("network.availabilityZones", "eu-central-1a", "network.availabilityZones: eu-central-1a is not a list"),
        # Values out of bounds
        ("environment", "production", "environment: production is not offered; use dev, staging or prod"),
        ("network.nat", "two", "network.nat: two is not offered; use single, per-zone or none"),
        ("servers.weather.tasks", {"min": 0}, "servers.weather.tasks.min: 0 is too small; at least 1"),
        ("servers.weather.tasks", {"max": 5001}, "servers.weather.tasks.max: 5001 is too large; at most 5000"),
        ("servers.weather.ruleBlock", 1005, "servers.weather.ruleBlock: 1005 is not a multiple of 10"),
        (
            "servers.weather.rehearsal",
            {"command": []},
            "servers.weather.rehearsal.command: [] has 0 entries; at least 1",
        ),
        (
            "servers.weather.rehearsal",
            {"command": [""]},
            "servers.weather.rehearsal.command[0]: '' is empty",
        ),
        (
            "servers.weather.rehearsal",
            {"command": ["x"], "probes": [{"tool": "t" * 129}]},
            f"servers.weather.rehearsal.probes[0].tool: {'t' * 77}... is too long; at most 128 characters",
        ),
        (
            "retention.logsDays",
            31,
            "retention.logsDays: 31 is not a retention that CloudWatch Logs offers; use 1, 3, 5, ",
        ),
        (
            "notifications.emails",
            [f"{number}@example.com" for number in range(11)],
            "notifications.emails: [...] has 11 entries; at most 10",
        ),
        # Values of a wrong form
        ("account", "11111111111", 'account: "11111111111" is not an AWS account id; write its 12 digits in quotes'),
        (
            "regions.primary",
            "eu-centrl-1",
            "regions.primary: eu-centrl-1 is not a commercial AWS region; did you mean eu-central-1?",
        ),
        ("domain.name", "Dev.Example.com", "domain.name: Dev.Example.com is not a domain name; "),
        (
            "domain.hostedZoneId",
            "zone",
            "domain.hostedZoneId: zone is not a Route 53 hosted zone id: Z, then capitals and ",
        ),
        (
            "network.cidrBlock",
            "10.0.0.0",
            "network.cidrBlock: 10.0.0.0 has no prefix length; did you mean 10.0.0.0/32?",
        ),
        (
            "network.cidrBlock",
            "10.0.0.1/16",
            "network.cidrBlock: 10.0.0.1/16 has host bits set; did you mean 10.0.0.0/16?",
        ),
        (
            "network.cidrBlock",
            "10.0.0.0/33",
            "network.cidrBlock: 10.0.0.0/33 is not an IPv4 network such as 10.0.0.0/16",
        ),
        ("network.cidrBlock", "ten", "network.cidrBlock: ten is not an IPv4 network such as 10.0.0.0/16"),
        (
            "servers.Weather",
            {"image": "x:1"},
            "servers: Weather is not a server name: lower case, digits and hyphens, ",
        ),
        (
            "servers.weather.image",
            "weather",
            "servers.weather.image: weather is not an image reference with a tag or a digest",
        ),
        ("servers.weather.path", "/mcp/", "servers.weather.path: /mcp/ is not a path such as /mcp"),
        (
            "servers.weather.environment",
            {"A-B": "x"},
            "servers.weather.environment: A-B is not a name of an environment ",
        ),
        (
            "servers.weather.allowedOrigins",
            ["app.example.com"],
            "servers.weather.allowedOrigins[0]: app.example.com is not an origin such as https://app.example.com",
        ),
        ("notifications.emails", ["ops"], "notifications.emails[0]: ops is not an e-mail address"),
        ("owner", "a;b", "owner: a;b is not a tag value: 1 to 256 letters, digits, spaces or _.:/=+-@"),
    ],
)
def test_wrong_values_are_refused_with_place_value_and_rule(path: str, value: object, line: str) -> None:
    (found,) = errors((path, value))

    assert found == f"{FILE}: {line}" or (
        line.endswith((" ", "digest", "/mcp")) and found.startswith(f"{FILE}: {line}")
    )


def test_all_offenders_stand_in_one_error() -> None:
    found = errors(
        ("environment", "prod"),
        ("regions.primary", "eu-centrl-1"),
        ("network.cidrBlock", "10.0.0.0/33"),
        ("servers.weather", {"image": 3, "cpu": 300, "tasks": {"min": 5, "max": 2}, "cpus": 1}),
        ("servers.maps.tasks", {"min": 1}),
        ("server", {}),
    )

    assert [line.removeprefix(f"{FILE}: ") for line in found] == [
        "regions.primary: eu-centrl-1 is not a commercial AWS region; did you mean eu-central-1?",
        "network.cidrBlock: 10.0.0.0/33 is not an IPv4 network such as 10.0.0.0/16",
        "servers.weather.image: 3 is not text; write it in quotes",
        "servers.weather: cpus is not a setting; did you mean cpu?",
        "config: mcp-ops:server is not a setting; did you mean mcp-ops:servers?",
        "servers.weather.cpu: 300 is not a Fargate size; use 256, 512, 1024, 2048, 4096, 8192, 16384",
        "servers.weather.tasks.min: 5 exceeds tasks.max 2",
        "servers.maps.tasks.min: 1 is too small for prod; at least 2",
        "servers.maps.image: ghcr.io/example/maps:2 names no digest; prod runs images by digest: name@sha256:...",
        "deployment.requireDigest: false is not for prod, which runs images by digest",
        "notifications.emails: null is missing; nobody would hear of alarms of severity critical",
        "access: audit is missing; prod needs a record of who did what; {} takes the defaults",
    ]


def test_a_rule_is_silent_about_what_depends_on_a_wrong_value() -> None:
    """Zones and images are judged by region and account: where these are wrong, nothing is said about them."""
    assert errors(("regions.primary", "xx"), ("account", "1")) == [
        f'{FILE}: account: "1" is not an AWS account id; write its 12 digits in quotes',
        f"{FILE}: regions.primary: xx is not a commercial AWS region; known: {_known_regions()}",
    ]


def _known_regions() -> str:
    schema = Settings.model_json_schema(by_alias=True)
    return ", ".join(schema["$defs"]["Regions"]["properties"]["primary"]["enum"])


def test_an_empty_stack_file_names_everything_that_is_required() -> None:
    with pytest.raises(InputError) as refused:
        parse({}, FILE)

    required = [str(field.alias) for field in Settings.model_fields.values() if field.is_required()]
    assert str(refused.value).splitlines() == [f"{FILE}: config: mcp-ops:{key} is missing" for key in required]


@pytest.mark.parametrize("wrong", [None, 1, "text", [], {}, {"no": {}}, {"name": None}, [{}], [[1]], True])
@pytest.mark.parametrize("key", [str(field.alias) for field in Settings.model_fields.values()])
def test_no_wrong_value_ends_in_anything_but_an_input_error(key: str, wrong: object) -> None:
    assert all(line.startswith(f"{FILE}: ") for line in errors((key, wrong)))


@pytest.mark.parametrize(
    "change",
    [
        ("servers.weather.rehearsal", {"command": ["x"], "probes": [{}, {"tool": 3, "x": 1}]}),
        ("servers.weather.rehearsal", {"probes": [3]}),
        ("servers.weather.tasks", {"min": "a", "max": None}),
        ("network.existing", {"vpcId": 3, "privateSubnetIds": [1]}),
        ("servers", {"A": 3}),
        ("budget", {"monthlyUsd": "much"}),
        ("repository", {"owner": 1}),
    ],
)
def test_wrong_values_in_depth_are_all_said(change: tuple[str, object]) -> None:
    assert errors(change)


def test_a_key_may_look_like_anything() -> None:
    assert errors(
        ("[key]", 1), ("servers.[key]", {"image": "x:1"}), ("network", {"": 1, "1": 2, "availabilityZones": 3})
    )


def test_stand_ins_cover_what_is_required() -> None:
    required = {str(field.alias) for field in Settings.model_fields.values() if field.is_required()}

    assert required <= set(STAND_INS)


# --- Reading from Pulumi -----------------------------------------------------------------------------------------


def test_load_reads_text_and_json(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi.get_stack", lambda: "dev")
    set_all_config(
        {**namespaced(MINIMAL), "aws:region": "us-east-1", "pulumi:disable-default-providers": '["aws"]'}, []
    )

    assert load() == settings()


def test_load_reads_what_the_engine_hands_over_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi.get_stack", lambda: "dev")
    monkeypatch.setenv("PULUMI_CONFIG", json.dumps(namespaced(MINIMAL)))
    set_all_config({}, [])

    assert load() == settings()


def test_load_names_the_stack_file_and_unknown_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi.get_stack", lambda: "staging")
    set_all_config(namespaced(changed(("acount", "1"), ("servers", "many"))), [])

    with pytest.raises(InputError) as refused:
        load()

    assert str(refused.value).splitlines() == [
        "Pulumi.staging.yaml: servers: many is not a group of keys",
        "Pulumi.staging.yaml: config: mcp-ops:acount is not a setting; did you mean mcp-ops:account?",
    ]


def test_encrypted_values_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pulumi.get_stack", lambda: "dev")
    set_all_config(namespaced(changed(("owner", "hush;hush"))), ["mcp-ops:owner"])

    with pytest.raises(InputError) as refused:
        load()

    assert str(refused.value).startswith(f"{FILE}: owner: (hidden) is not a tag value")


# --- Secrets -----------------------------------------------------------------------------------------------------

WAY_OUT = (
    "in plain text; keep it in the secret store (AWS Secrets Manager) and give its ARN under servers.weather.secrets"
)


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("ID", "AKIA" + "IOSFODNN7EXAMPLE", "an AWS access key id"),
        ("PEM", "-----BEGIN RSA " + "PRIVATE KEY-----\nMIIE", "a private key"),
        ("X", "ghp" + "_0123456789abcdefghij", "a GitHub token"),
        ("X", "github" + "_pat_0123456789abcdefghij", "a GitHub token"),
        ("X", "glpat" + "-0123456789abcdefghij", "a GitLab token"),
        ("X", "xoxb" + "-0123456789-abcdef", "a Slack token"),
        ("X", "sk-" + "proj-0123456789abcdef", "an API key"),
        ("X", "postgres://user:" + "pa55@db.example.com/x", "an address with a password"),
        ("X", "eyJhbGciOiJI." + "eyJzdWIiOiIxMj.c2ln", "a JSON web token"),
        ("DB_PASSWORD", "hunter2", "a secret by its name"),
        ("clientSecret", "hunter2", "a secret by its name"),
        ("API_KEY", "9f86d081884c7d659a2feaa0c55ad015", "a secret by its name and its randomness"),
        ("apiToken", "Zm9vYmFyYmF6cXV4MTIzNDU2", "a secret by its name and its randomness"),
    ],
)
def test_plain_text_secrets_are_refused_and_never_shown(name: str, value: str, kind: str) -> None:
    (line,) = errors(("servers.weather.environment", {name: value}))

    assert line == f"{FILE}: servers.weather.environment.{name}: (hidden) looks like {kind} {WAY_OUT}"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SORT_KEY", "customerId"),
        ("MAX_TOKEN", "4096"),
        ("CACHE_KEY", "user-session-cache"),
        ("SIGNING_KEY", "arn:aws:kms:eu-central-1:111111111111:key/12345678-1234-1234-1234-123456789012"),
        ("JWKS_KEY", "https://id.example.com/0123456789abcdef/keys"),
        ("PASSWORD", ""),
        ("PUBLIC", "-----BEGIN CERTIFICATE-----"),
        ("LOCALE", "sk-SK"),
        ("URL", "https://example.com:8080/a@b"),
    ],
)
def test_plain_values_are_not_mistaken_for_secrets(name: str, value: str) -> None:
    assert errors(("servers.weather.environment", {name: value})) == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("servers.weather.secrets", {"API_TOKEN": "correct-horse-battery"}),
        ("servers.weather.environment", {"DB_PASSWORD": 12345678}),
        ("servers.weather.environment", {"DB_PASSWORD": ["correct-horse-battery"]}),
        ("apiKey", "correct-horse-battery"),
        ("servers.weather.apiKey", "correct-horse-battery"),
        ("servers.weather.environment", "correct-horse-battery@"),
        ("servers.weather.rehearsal", {"command": ["x", "--token", "ghp" + "_correcthorsebattery12345678"]}),
        ("owner", "ghp" + "_correcthorsebattery12345678"),
    ],
)
def test_no_error_shows_a_secret(path: str, value: object) -> None:
    found = "\n".join(errors((path, value)))

    assert found
    assert not re.search("horse-battery$|horse-battery |correcthorse|12345678", found)


def test_a_secret_is_named_by_its_full_arn() -> None:
    assert settings(("servers.weather.secrets", {"API_TOKEN": SECRET})).servers["weather"].secrets == {
        "API_TOKEN": SECRET
    }
    assert errors(("servers.weather.secrets", {"API_TOKEN": "weather/token"})) == [
        (
            f"{FILE}: servers.weather.secrets.API_TOKEN: (hidden) is neither the name of a secret of secretStore, such "
            "as session-key or signing:privateKey, nor the full ARN of a secret in AWS Secrets Manager, with the six "
            "characters at its end"
        )
    ]
