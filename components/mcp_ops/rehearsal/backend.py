"""Puts the simulated provider behind the monitor.

The adapter between what Pulumi sends and what the simulator takes.
"""

import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

from mcp_ops.rehearsal import wire
from mcp_ops.rehearsal.project import Project
from mcp_ops.rehearsal.record import Registration, Run
from mcp_ops.rehearsal.simulator import sdk
from mcp_ops.rehearsal.simulator.errors import Refusal, UnknownType
from mcp_ops.rehearsal.simulator.github.state import subscribe
from mcp_ops.rehearsal.simulator.invokes import invoked
from mcp_ops.rehearsal.simulator.lookup import looked_up
from mcp_ops.rehearsal.simulator.provider import Aws, Request, Settings, settings_from


class SimulatedBackend:
    """Carries out one program's resources in a simulated cloud."""

    def __init__(self, aws: Aws, project: Project, *, allow_unknown: bool = False) -> None:
        self._aws = aws
        self._allow_unknown = allow_unknown
        self._seed = f"{project.name}/{project.stack}"
        self._default = {
            key.removeprefix("aws:"): value for key, value in project.config.items() if key.startswith("aws:")
        }
        self._unknown: dict[str, str] = {}
        subscribe(aws.cloud, project.config)
        self.assumptions: list[str] = []

    def preview(self, item: Registration, provider: Registration | None) -> None:
        """Checks what is known of a resource; see `monitor.Backend`."""
        try:
            item.outputs = _documents(item)
            self._aws.preview(self._request(item, provider))
        except UnknownType:
            self._unknown[item.urn] = item.type
            if not self._allow_unknown:
                raise

    def create(self, item: Registration, provider: Registration | None) -> None:
        """Creates a resource; see `monitor.Backend`."""
        request = self._request(item, provider)
        item.account, item.region = request.settings.place.account, request.settings.place.region
        try:
            created = self._aws.create(request)
        except UnknownType:
            self._let_through(item)
            return
        item.id = created.id
        item.outputs = _with_secrets(item.inputs, {**created.outputs, **_documents(item)})
        item.operations = list(created.operations)
        item.fidelity = "executed" if all(call.executed for call in created.operations) else "checked"

    def read(self, item: Registration, provider: Registration | None) -> None:
        """Looks up an existing resource; see `monitor.Backend`."""
        settings = self._settings(provider)
        item.account, item.region = settings.place.account, settings.place.region
        item.outputs = looked_up(self._aws.cloud, item, settings.place)
        self.assumptions.append(f"{item.type} {item.id} exists")

    def invoke(self, token: str, arguments: Mapping[str, Any], provider: Registration | None) -> dict[str, Any]:
        """Answers a provider function; see `monitor.Backend`."""
        return invoked(self._aws.cloud, token, arguments, self._settings(provider).place, self.assumptions)

    def finish(self, run: Run) -> None:
        """Adds to a run what only the backend knows."""
        run.unknown_types = dict(Counter(self._unknown.values()))
        run.assumptions = list(dict.fromkeys([*self.assumptions, *self._aws.cloud.assumptions]))

    def _let_through(self, item: Registration) -> None:
        self._unknown[item.urn] = item.type
        if not self._allow_unknown:
            raise UnknownType("has no specification")
        item.fidelity, item.id = "unknown", f"{item.name}-unknown"
        item.outputs = looked_up(self._aws.cloud, item, self._settings(None).place)

    def _request(self, item: Registration, provider: Registration | None) -> Request:
        return Request(item.type, item.name, wire.reveal(item.inputs), self._settings(provider), self._seed)

    def _settings(self, provider: Registration | None) -> Settings:
        try:
            return settings_from(self._default if provider is None else wire.reveal(provider.inputs))
        except Refusal as refusal:
            source = "the default provider" if provider is None else f"provider {provider.name}"
            raise Refusal(f"{source}: {refusal}") from refusal


def _with_secrets(inputs: Mapping[str, Any], outputs: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the outputs with every one that echoes an input with a secret in it marked secret again."""
    secret = {key for key, value in inputs.items() if wire.has_secret(value)}
    if "tags" in secret:
        secret.add("tagsAll")
    return {key: wire.Secret(value) if key in secret else value for key, value in outputs.items()}


def _documents(item: Registration) -> dict[str, Any]:
    """Returns inputs given as objects where the SDK promises text (policies) as the provider answers them: in JSON."""
    texts = {key: hint for key, hint in sdk.outputs_of(item.type).items() if hint is str}
    given = {key: wire.reveal(value) for key, value in item.inputs.items() if key in texts}
    found = {key: value for key, value in given.items() if isinstance(value, Mapping | list)}
    return {key: wire.UNKNOWN if wire.has_unknown(value) else json.dumps(value) for key, value in found.items()}
