"""The JSON Schema of the stack files, and the stack files themselves."""

import json
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from settings import Settings, json_schema
from settings_load import parse
from tests.infra.documents import PROJECT, STACKS, changed, namespaced, stack_file

OWN_KEYS = (".mcp-ops:backups.copies", ".mcp-ops:delivery.github.", ".mcp-ops:secretStore.replicate")
"""Where stacks differ in their keys; parity.yaml gives the reasons."""
SCHEMA = PROJECT / "infra" / "settings.schema.json"


def test_the_committed_schema_is_current() -> None:
    assert json.loads(SCHEMA.read_text()) == json_schema(), (
        "write it again: mcp-ops settings schema > infra/settings.schema.json"
    )


def test_every_key_is_documented() -> None:
    schema = json_schema()
    groups = {"config": schema["properties"]["config"], **schema["$defs"]}

    undocumented = [
        f"{name}.{key}"
        for name, group in groups.items()
        for key, value in group.get("properties", {}).items()
        if not (value.get("description") or groups[value.get("$ref", "").rsplit("/", 1)[-1]].get("description"))
    ]
    assert undocumented == []


def test_every_number_and_text_is_bounded() -> None:
    """A number has two bounds or a list of values; text a pattern, a list or a length."""
    unbounded = [f"{name}.{key}" for name, key, value in _scalars(json_schema()["$defs"]) if not _is_bounded(value)]

    assert unbounded == []


def _scalars(groups: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (name, key, option)
        for name, group in groups.items()
        for key, value in group.get("properties", {}).items()
        for option in value.get("anyOf", [value])
        if option.get("type") in {"integer", "string"}
    ]


def _is_bounded(value: dict[str, Any]) -> bool:
    has = value.keys().__contains__
    between = (has("minimum") and has("maximum")) or has("minLength") or has("maxLength")
    return has("enum") or has("const") or has("pattern") or between


@pytest.mark.parametrize("stack", STACKS)
def test_the_stacks_are_valid(stack: str) -> None:
    config = stack_file(stack)
    validator = Draft202012Validator(json_schema())

    settings = parse({key.removeprefix("mcp-ops:"): value for key, value in config.items() if "mcp-ops:" in key}, stack)
    assert settings.environment == stack
    assert [error.message for error in validator.iter_errors({"config": config})] == []


@pytest.mark.parametrize("stack", STACKS)
def test_the_stacks_name_their_schema_and_disable_default_providers(stack: str) -> None:
    first = (PROJECT / f"Pulumi.{stack}.yaml").read_text().splitlines()[0]

    assert first == "# yaml-language-server: $schema=infra/settings.schema.json"
    assert stack_file(stack)["pulumi:disable-default-providers"] == ["aws", "github"]


def test_the_stacks_have_the_same_keys_but_for_what_one_of_them_owns() -> None:
    keys = [{key for key in _keys(stack_file(stack)) if not key.startswith(OWN_KEYS)} for stack in STACKS]

    assert keys[0] == keys[1] == keys[2]


def _keys(value: Any, path: str = "") -> list[str]:
    if not isinstance(value, dict):
        return [path]
    return [name for key, item in value.items() for name in _keys(item, f"{path}.{key}")]


def test_environments_share_no_account_domain_zone_or_addresses() -> None:
    for key in ("account", "domain.name", "domain.hostedZoneId", "network.cidrBlock"):
        first, *rest = key.split(".")
        values = [stack_file(stack)[f"mcp-ops:{first}"] for stack in STACKS]
        for part in rest:
            values = [value[part] for value in values]
        assert len(set(values)) == len(STACKS), key


@pytest.mark.parametrize(
    "change",
    [
        ("acount", "1"),
        ("servers.weather.cpus", 1),
        ("servers.weather.cpu", 300),
        ("network.nat", "two"),
        ("account", "1"),
    ],
)
def test_editors_see_what_the_program_refuses(change: tuple[str, object]) -> None:
    config = {key: _parsed(value) for key, value in namespaced(changed(change)).items()}

    assert list(Draft202012Validator(json_schema()).iter_errors({"config": config}))


def _parsed(value: str) -> Any:
    return json.loads(value) if value.startswith("{") else value


def test_yaml_keys_are_camel_case() -> None:
    assert {str(field.alias) for field in Settings.model_fields.values()} >= {"costCentre", "signIn"}
