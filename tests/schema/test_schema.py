"""The package for other languages: every component is accepted, and both worlds know it under the same name."""

import inspect
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
from tests.backups.programs import policy, restore_test, store
from tests.delivery import programs as delivery
from tests.hosting.programs import cognito_issuer, gateway, network, server, web_acl
from tests.monitoring import programs as monitoring
from tests.secrets import programs as secrets
from tests.support.recording import ACCOUNT_ID, REGION, record

COMPONENTS = Path(__file__).parents[2] / "components"
SECRET = f"arn:aws:secretsmanager:{REGION}:{ACCOUNT_ID}:secret:token-AbCdEf"
ARGS: dict[str, Any] = {
    "AuditTrail": trail(),
    "BackupPolicy": policy(),
    "Cluster": {},
    "CognitoIssuer": cognito_issuer(),
    "Dashboard": monitoring.dashboard(),
    "DeliveryMetrics": monitoring.delivery(),
    "DeploymentRole": delivery.roles(),
    "EncryptionKeys": {"purposes": ["logs"], "account_id": ACCOUNT_ID, "region": REGION},
    "ExternalServices": monitoring.external(),
    "Gateway": gateway(),
    "ImageRepository": {},
    "McpServer": server(),
    "Network": network(),
    "Notifications": monitoring.notifications(),
    "OperatorRoles": roles(),
    "PermissionsBoundary": boundary(),
    "PlatformMonitoring": monitoring.platform(),
    "Probe": monitoring.probe(),
    "ReleaseGate": {"environment": "dev", "account_id": ACCOUNT_ID, "region": REGION, "servers": {"weather": {}}},
    "RestoreTest": restore_test(),
    "RotationRestart": secrets.restart(),
    "SecretAccess": {"secret_arns": {"token": SECRET}, "readers": {"token": []}},
    "SecretStore": secrets.store({"token": secrets.GENERATED}),
    "ServerMonitoring": monitoring.server(),
    "StateStore": store(),
    "WebAcl": web_acl(),
}
WITHOUT_OUTPUTS = {"SecretAccess"}
"""Components that change others' resources and make none that anybody would refer to."""


@pytest.fixture(scope="module")
def package() -> dict[str, Any]:
    return runpy.run_path(str(COMPONENTS / "__main__.py"))


@pytest.fixture(scope="module")
def hosted(package: dict[str, Any]) -> list[type[pulumi.ComponentResource]]:
    found: list[type[pulumi.ComponentResource]] = package["components"]()
    return found


@pytest.fixture(scope="module")
def schema(hosted: list[type[pulumi.ComponentResource]]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(ComponentProvider(hosted, "mcp-ops").schema)
    return found


def test_every_component_is_hosted_that_needs_no_other_package(
    hosted: list[type[pulumi.ComponentResource]], package: dict[str, Any]
) -> None:
    assert {component.__name__ for component in hosted} == set(ARGS)
    for name in package["NOT_HOSTED"]:
        module = inspect.getmodule(getattr(mcp_ops, name))
        assert "import pulumi_github" in inspect.getsource(module)  # type: ignore[arg-type]


@pytest.mark.parametrize("name", sorted(ARGS))
def test_the_registered_token_is_the_schemas(name: str, schema: dict[str, Any]) -> None:
    run = record(lambda: getattr(mcp_ops, name)("weather", ARGS[name]))
    component = next(item for item in run if not item.custom)
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
    assert bool(properties) != (name in WITHOUT_OUTPUTS)
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
