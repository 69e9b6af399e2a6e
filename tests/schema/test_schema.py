"""The package for other languages: every component is accepted, and both worlds know it under the same name."""

import json
import re
import runpy
from pathlib import Path
from typing import Any

import pulumi
import pytest
from pulumi.provider.experimental.component import ComponentProvider

import mcp_ops
from tests.access.programs import boundary, roles, trail
from tests.hosting.programs import cognito_issuer, gateway, network, server, web_acl
from tests.support.recording import ACCOUNT_ID, REGION, record

COMPONENTS = Path(__file__).parents[2] / "components"
ARGS: dict[str, Any] = {
    "AuditTrail": trail(),
    "Cluster": {},
    "CognitoIssuer": cognito_issuer(),
    "EncryptionKeys": {"purposes": ["logs"], "account_id": ACCOUNT_ID, "region": REGION},
    "Gateway": gateway(),
    "ImageRepository": {},
    "McpServer": server(),
    "Network": network(),
    "WebAcl": web_acl(),
    "OperatorRoles": roles(),
    "PermissionsBoundary": boundary(),
}


@pytest.fixture(scope="module")
def hosted() -> list[type[pulumi.ComponentResource]]:
    found: list[type[pulumi.ComponentResource]] = runpy.run_path(str(COMPONENTS / "__main__.py"))["COMPONENTS"]
    return found


@pytest.fixture(scope="module")
def schema(hosted: list[type[pulumi.ComponentResource]]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ComponentProvider(hosted, "mcp-ops").schema)
    return found


def test_every_public_component_is_hosted(hosted: list[type[pulumi.ComponentResource]]) -> None:
    public = {name for name in mcp_ops.__all__ if isinstance(getattr(mcp_ops, name), type)}
    components = {name for name in public if issubclass(getattr(mcp_ops, name), pulumi.ComponentResource)}
    assert {component.__name__ for component in hosted} == components


@pytest.mark.parametrize("name", sorted(ARGS))
def test_the_registered_token_is_the_schemas(name: str, schema: dict[str, Any]) -> None:
    run = record(lambda: getattr(mcp_ops, name)("weather", ARGS[name]))
    (component,) = [item for item in run if not item.custom]
    assert component.type in schema["resources"]
    assert component.type == f"mcp-ops:index:{name}"


def test_the_schema_holds_every_component(schema: dict[str, Any]) -> None:
    assert set(schema["resources"]) == {f"mcp-ops:index:{name}" for name in ARGS}


@pytest.mark.parametrize("name", sorted(ARGS))
def test_every_property_is_described(name: str, schema: dict[str, Any]) -> None:
    resource = schema["resources"][f"mcp-ops:index:{name}"]
    assert resource["description"]
    described = {**resource["inputProperties"], **resource["properties"]}
    assert not [key for key, value in described.items() if not value.get("description")]


@pytest.mark.parametrize("name", sorted(ARGS))
def test_outputs_are_plain_values(name: str, schema: dict[str, Any]) -> None:
    properties = schema["resources"][f"mcp-ops:index:{name}"]["properties"]
    assert properties
    assert not [key for key, value in properties.items() if "$ref" in value]


def test_no_output_pins_another_package(schema: dict[str, Any]) -> None:
    assert not schema["dependencies"]


def test_required_inputs_are_required(schema: dict[str, Any]) -> None:
    required = set(schema["resources"]["mcp-ops:index:McpServer"]["requiredInputs"])
    assert {"image", "host", "environment", "accountId", "region", "clusterArn", "listenerArn"} <= required


def test_the_plugin_file_names_the_package() -> None:
    lines = (COMPONENTS / "PulumiPlugin.yaml").read_text().splitlines()
    assert "name: mcp-ops" in lines
    assert any(line.startswith("runtime:") for line in lines)


def test_the_package_runs_on_the_versions_of_the_program() -> None:
    def pins(path: Path) -> set[str]:
        return set(re.findall(r"^[a-z][\w-]*==\S+", path.read_text(), re.MULTILINE))

    package = pins(COMPONENTS / "requirements.txt")
    assert any(pin.startswith("pulumi-aws==") for pin in package)
    assert package <= pins(COMPONENTS.parent / "requirements" / "runtime.txt")
