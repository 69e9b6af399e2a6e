"""What a server gets to see.

Its container definition, read back from simulated ECS, with secrets as the platform would inject them.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.drills.drill import Failed, Stage
from mcp_ops.rehearsal.record import Registration
from mcp_ops.rehearsal.simulator.places import Place

OUTPUT = "rehearsal"
"""The stack output that says what a rehearsal can start.

`{"servers": {name: {command, taskDefinition, url, probes}}}`.
"""

TASK_DEFINITION = "aws:ecs/taskDefinition:TaskDefinition"


@dataclass(frozen=True)
class Probe:
    """One tool call whose answer is known."""

    tool: str
    arguments: Mapping[str, Any]
    expect: Mapping[str, Any] | None = None
    """Members that the structured result must have; None: any answer that is no error."""


@dataclass(frozen=True)
class Server:
    """One server of the stack that can be started here."""

    name: str
    command: tuple[str, ...]
    directory: str
    """Folder to start in, relative to the project; the project itself by default."""
    url: str
    environment: Mapping[str, str]
    """Exactly what the registered task definition gives the container, secrets resolved."""
    probes: tuple[Probe, ...] = ()

    @property
    def port(self) -> int:
        """The port that the environment names."""
        return int(self.environment.get("MCP_PORT", "8000"))

    @property
    def path(self) -> str:
        """The path of the endpoint."""
        return urlsplit(self.url).path or "/"

    @property
    def host(self) -> str:
        """The public host name."""
        return urlsplit(self.url).netloc


def declared(stage: Stage) -> Mapping[str, Any]:
    """Returns the servers that the stack's outputs declare for a rehearsal, by name."""
    output = wire.reveal(stage.run.outputs.get(OUTPUT)) or {}
    servers = output.get("servers") if isinstance(output, Mapping) else None
    return servers if isinstance(servers, Mapping) else {}


def servers_of(stage: Stage) -> list[Server]:
    """Returns the declared servers with what their registered task definitions give them.

    Raises:
        Failed: a task definition is not registered, or a secret that it names has no value.
    """
    return [_server(stage, name, entry) for name, entry in sorted(declared(stage).items())]


def _server(stage: Stage, name: str, entry: Mapping[str, Any]) -> Server:
    definition = _definition(stage, name, entry.get("taskDefinition"))
    described = stage.cloud.call(
        "ecs",
        "DescribeTaskDefinition",
        {"taskDefinition": definition.outputs["arn"]},
        Place(definition.account, definition.region),
    ).data["taskDefinition"]
    container = described["containerDefinitions"][0]
    environment = {item["name"]: item["value"] for item in container.get("environment", ())}
    for secret in container.get("secrets", ()):
        environment[secret["name"]] = _secret_value(stage, name, secret, Place(definition.account, definition.region))
    probes = tuple(
        Probe(item["tool"], item.get("arguments") or {}, item.get("expect")) for item in entry.get("probes") or ()
    )
    return Server(
        name, tuple(entry["command"]), entry.get("workingDirectory") or ".", entry["url"], environment, probes
    )


def _definition(stage: Stage, name: str, arn: Any) -> Registration:
    for item in stage.run.of_type(TASK_DEFINITION):
        if arn in (item.outputs.get("arn"), item.id):
            return item
    raise Failed(
        f"{name}: the output {OUTPUT}.servers.{name}.taskDefinition names no registered task definition: {arn}"
    )


def _secret_value(stage: Stage, server: str, secret: Mapping[str, str], place: Place) -> str:
    """Returns what the platform would inject for `valueFrom`.

    `<arn>[:<json key>:<stage>:<version>]`, or a parameter's ARN.
    """
    source = secret["valueFrom"]
    if ":parameter/" in source or source.startswith("/"):
        name = source.split(":parameter", 1)[-1]
        reply = stage.cloud.call("ssm", "GetParameter", {"Name": name, "WithDecryption": True}, place)
        return str(reply.data["Parameter"]["Value"])
    parts = source.split(":")
    arn, rest = ":".join(parts[:7]), [*parts[7:], "", "", ""]
    version = {key: value for key, value in (("VersionStage", rest[1]), ("VersionId", rest[2])) if value}
    text = str(
        stage.cloud.call("secretsmanager", "GetSecretValue", {"SecretId": arn, **version}, place).data["SecretString"]
    )
    if not rest[0]:
        return text
    try:
        return str(json.loads(text)[rest[0]])
    except (ValueError, KeyError, TypeError) as error:
        raise Failed(f"{server}: {secret['name']}: the secret has no JSON key {rest[0]}") from error
