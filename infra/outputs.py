"""What the stack tells people and tools."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi

from mcp_ops import CognitoIssuer, Gateway, ImageRepository, McpServer
from settings import Settings


def export_outputs(
    settings: Settings, gateway: Gateway, repositories: Mapping[str, ImageRepository], servers: Mapping[str, McpServer]
) -> None:
    """Exports addresses, ready client configuration, and how a rehearsal starts the servers."""
    pulumi.export("gatewayDnsName", gateway.load_balancer_dns_name)
    pulumi.export("repositories", {name: repository.repository_url for name, repository in repositories.items()})
    pulumi.export("servers", {name: _server(server) for name, server in servers.items()})
    pulumi.export("rehearsal", {"servers": _rehearsals(settings, servers)})


def export_user_pool(pool: CognitoIssuer | None) -> None:
    """Exports where machine clients get tokens, and with what, if there is a pool; the state encrypts the secrets."""
    if pool is None:
        return
    pulumi.export("issuer", pool.issuer)
    pulumi.export("tokenEndpoint", pool.token_endpoint)
    pulumi.export("clientIds", pool.client_ids)
    pulumi.export("clientSecrets", pool.client_secrets)


def _server(server: McpServer) -> dict[str, Any]:
    return {"url": server.url, "clientConfiguration": server.client_configuration.apply(json.loads)}


def _rehearsals(settings: Settings, servers: Mapping[str, McpServer]) -> dict[str, Any]:
    """Returns, for each server with a rehearsal command, what `mcp-ops rehearse` needs to start and probe it."""
    wanted = {name: server.rehearsal for name, server in settings.servers.items()}
    return {
        name: {
            "command": list(rehearsal.command),
            "workingDirectory": rehearsal.working_directory,
            "taskDefinition": servers[name].task_definition_arn,
            "url": servers[name].url,
            "needs": list(rehearsal.needs),
            "probes": [probe.model_dump(exclude_none=True) for probe in rehearsal.probes],
        }
        for name, rehearsal in wanted.items()
        if rehearsal
    }
