"""Settings as they stand in stack files, for tests that change one thing."""

import copy
import json
from pathlib import Path
from typing import Any

import yaml

from mcp_ops import InputError
from settings import Settings
from settings_load import parse

PROJECT = Path(__file__).parents[2]
STACKS = ("dev", "staging", "prod")
FILE = "Pulumi.dev.yaml"
DIGEST = "@sha256:" + "0" * 64
REGISTRY = "111111111111.dkr.ecr.eu-central-1.amazonaws.com"
SECRET = "arn:aws:secretsmanager:eu-central-1:111111111111:secret:weather/token-AbCdEf"
GONE = object()
"""Takes a key away."""
ALONE = ("servers.maps", GONE)
"""Leaves one server, for what no server is needed for: a quarter of the resources is the other one's."""

MINIMAL: dict[str, Any] = {
    "environment": "dev",
    "account": "111111111111",
    "regions": {"primary": "eu-central-1"},
    "domain": {"name": "dev.example.com", "hostedZoneId": "Z0123456789EXAMPLE"},
    "owner": "team",
    "costCentre": "tools",
    "repository": {"owner": "example", "name": "mcp-ops"},
    "network": {"availabilityZones": ["eu-central-1a", "eu-central-1b"]},
    "servers": {"weather": {"image": f"{REGISTRY}/dev/weather:1.0.0"}, "maps": {"image": "ghcr.io/example/maps:2"}},
    "signIn": {"mode": "jwt", "preset": "keycloak", "issuer": "https://login.example.com/realms/mcp"},
    "deployment": {"requireDigest": False, "gate": {"secret": SECRET}},
}
"""The least that is valid with images by tag."""


def stack_file(stack: str) -> dict[str, Any]:
    """Returns the configuration of one of the project's own stacks, with full keys."""
    document: dict[str, Any] = yaml.safe_load((PROJECT / f"Pulumi.{stack}.yaml").read_text())
    return dict(document["config"])


def as_pulumi(config: dict[str, Any]) -> dict[str, str]:
    """Returns a configuration as Pulumi hands it to a program: text, or JSON for groups."""
    return {key: value if isinstance(value, str) else json.dumps(value) for key, value in config.items()}


def namespaced(document: dict[str, Any]) -> dict[str, str]:
    """Returns a document of settings as Pulumi hands it to a program."""
    return as_pulumi({f"mcp-ops:{key}": value for key, value in document.items()})


def changed(*changes: tuple[str, Any]) -> dict[str, Any]:
    """Returns the minimal document with values set at dotted paths, or taken away."""
    document = copy.deepcopy(MINIMAL)
    for path, value in changes:
        *parents, last = path.split(".")
        node = document
        for key in parents:
            node = node.setdefault(key, {})
        if value is GONE:
            del node[last]
        else:
            node[last] = copy.deepcopy(value)
    return document


def settings(*changes: tuple[str, Any]) -> Settings:
    """Returns valid settings."""
    return parse(changed(*changes), FILE)


def errors(*changes: tuple[str, Any]) -> list[str]:
    """Returns the error lines of a document; none when it is valid."""
    try:
        parse(changed(*changes), FILE)
    except InputError as refused:
        return str(refused).splitlines()
    return []
