"""What a server gets to see.

Its container definition, read back from simulated ECS, with secrets as the platform would inject them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mcp_ops.rehearsal.drills import declarations
from mcp_ops.rehearsal.drills.declarations import OUTPUT, Declaration, Probe
from mcp_ops.rehearsal.drills.drill import Failed, Stage
from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator.errors import Refusal
from mcp_ops.rehearsal.simulator.places import Place

TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"
DEFAULT_PORT = "8000"
"""Port of a server whose environment names none (docs/server-contract.md)."""
HIGHEST_PORT = 65535


class NotStarted(Failed):
    """A server needs what this machine lacks; that is no defect of the environment."""


@dataclass(frozen=True)
class Server:
    """One server of the stack that can be started here."""

    name: str
    command: tuple[str, ...]
    directory: str
    """Folder to start in, relative to the project; the project itself by default."""
    url: str
    port: int
    environment: Mapping[str, str]
    """Exactly what the registered task definition gives the container, secrets resolved."""
    probes: tuple[Probe, ...] = ()

    @property
    def path(self) -> str:
        """The path of the endpoint."""
        return urlsplit(self.url).path or "/"

    @property
    def host(self) -> str:
        """The public host name."""
        return urlsplit(self.url).netloc


def server_of(stage: Stage, name: str, entry: Any) -> Server:
    """Returns a declared server with what its registered task definition gives it.

    Raises:
        NotStarted: it needs what this machine lacks.
        Failed: the declaration is malformed, its task definition is not registered, or a secret has no value.
    """
    declared = declarations.declaration(name, entry)
    lacking = declarations.lacking(declared, stage.project.directory)
    if lacking:
        raise NotStarted(f"{name}: not started: needs {', '.join(lacking)}")
    environment = _environment(stage, declared)
    port = environment.get("MCP_PORT", DEFAULT_PORT)
    if not port.isdecimal() or not 0 < int(port) <= HIGHEST_PORT:
        raise Failed(f"{name}: MCP_PORT: {port!r} in its task definition is no port from 1 to {HIGHEST_PORT}")
    return Server(name, declared.command, declared.directory, declared.url, int(port), environment, declared.probes)


def _environment(stage: Stage, declared: Declaration) -> dict[str, str]:
    definition = _definition(stage, declared)
    place = Place(definition.account, definition.region)
    request = {"taskDefinition": definition.outputs["arn"]}
    described = stage.cloud.call("ecs", "DescribeTaskDefinition", request, place).data["taskDefinition"]
    container = described["containerDefinitions"][0]
    environment = {item["name"]: item["value"] for item in container.get("environment", ())}
    for secret in container.get("secrets", ()):
        try:
            environment[secret["name"]] = _secret_value(stage, secret["valueFrom"], place)
        except (Refusal, Failed) as failure:
            raise Failed(f"{declared.name}: secret {secret['name']}: {failure}") from failure
    return environment


def _definition(stage: Stage, declared: Declaration) -> Registration:
    for item in stage.run.of_type(TASK_DEFINITION):
        if item.outputs.get("arn") and declared.task_definition in (item.outputs["arn"], item.id):
            return item
    raise Failed(
        f"{declared.name}: the output {OUTPUT}.servers.{declared.name}.taskDefinition "
        f"names no registered task definition: {declared.task_definition}"
    )


def _secret_value(stage: Stage, source: str, place: Place) -> str:
    """Returns what the platform would inject for `valueFrom`.

    `<arn>[:<json key>:<stage>:<version>]` of a secret, or a parameter's ARN or name.
    """
    if not source.startswith("arn:") or source.split(":")[2] == "ssm":
        name = source.split(":parameter", 1)[-1]
        reply = stage.cloud.call("ssm", "GetParameter", {"Name": name, "WithDecryption": True}, place)
        return str(reply.data["Parameter"]["Value"])
    parts = source.split(":")
    key, version_stage, version_id = (*parts[7:], "", "", "")[:3]
    versions = {"VersionStage": version_stage, "VersionId": version_id}
    request = {"SecretId": ":".join(parts[:7]), **{name: value for name, value in versions.items() if value}}
    text = stage.cloud.call("secretsmanager", "GetSecretValue", request, place).data.get("SecretString")
    if text is None:
        raise Failed(f"{source} holds binary data; a container gets text")
    return _member(text, key) if key else str(text)


def _member(text: str, key: str) -> str:
    try:
        value = json.loads(text)[key]
    except (ValueError, KeyError, TypeError) as error:
        raise Failed(f"it has no JSON key {key}") from error
    return value if isinstance(value, str) else json.dumps(value)
