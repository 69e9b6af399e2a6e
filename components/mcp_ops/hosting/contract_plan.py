"""The environment of a server: what the server contract promises, and what may stand beside it. Pure."""

import inspect
import re

import pulumi

from mcp_ops.hosting import fargate
from mcp_ops.inputs import Inputs

CONTRACT_VARIABLES = (
    "MCP_ALLOWED_HOSTS",
    "MCP_ALLOWED_ORIGINS",
    "MCP_AUDIENCE",
    "MCP_AUDIENCE_SCOPE",
    "MCP_CANONICAL_URL",
    "MCP_DRAIN_SECONDS",
    "MCP_ENVIRONMENT",
    "MCP_HOST",
    "MCP_ISSUER",
    "MCP_JWKS_URL",
    "MCP_KEEPALIVE_SECONDS",
    "MCP_LOG_LEVEL",
    "MCP_MAX_BODY_BYTES",
    "MCP_PORT",
    "MCP_SERVER_NAME",
    "MCP_TOOL_SCOPES",
)
"""Variables that the component sets (docs/server-contract.md)."""

LOG_LEVELS = ("debug", "info", "warning", "error")

_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?")
_SECRET = re.compile(r"arn:aws[a-z-]*:secretsmanager:[a-z0-9-]+:\d{12}:secret:[^:\s]+(:[^:\s]*:[^:\s]*:[^:\s]*)?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_BODY_BYTES = (1, 67108864)
_KEEPALIVE_SECONDS = (1, 4005)
_DRAIN_SECONDS = (1, fargate.STOP_TIMEOUT_SECONDS - 1)


def plan_contract(inputs: Inputs, name: str, environment: str, host: str, url: str, port: int) -> dict[str, str]:
    """Returns the variables that are known before anything is registered, or notes what is wrong with them."""
    rule = "is not an origin; write it like https://app.example.com"
    origins = inputs.entries("allowed_origins", _ORIGIN, rule, (f"https://{host}",))
    hosts = [host]
    if inputs.has("namespace_arn"):
        hosts.append(f"{name}:{port}")  # the name under which other servers call it through Service Connect
    return {
        "MCP_ALLOWED_HOSTS": ",".join(hosts),
        "MCP_ALLOWED_ORIGINS": ",".join(origins),
        "MCP_CANONICAL_URL": url,
        "MCP_DRAIN_SECONDS": str(inputs.integer("drain_seconds", 110, *_DRAIN_SECONDS)),
        "MCP_ENVIRONMENT": environment,
        "MCP_HOST": "0.0.0.0",  # noqa: S104 - the only address on which the load balancer reaches a container
        "MCP_KEEPALIVE_SECONDS": str(inputs.integer("keepalive_seconds", 305, *_KEEPALIVE_SECONDS)),
        "MCP_LOG_LEVEL": inputs.choice("log_level", "info", LOG_LEVELS),
        "MCP_MAX_BODY_BYTES": str(inputs.integer("max_body_bytes", 1048576, *_BODY_BYTES)),
        "MCP_PORT": str(port),
        "MCP_SERVER_NAME": name,
    }


def check_variables(inputs: Inputs) -> None:
    """Notes variables and secrets whose names are taken or wrong, and values that cannot be."""
    variables, secrets = inputs.mapping("variables"), inputs.mapping("secrets")
    for key, names in (("variables", variables), ("secrets", secrets)):
        for name in names:
            where = f"{key}.{name}"
            inputs.offences.check(_VARIABLE.fullmatch(name), where, name, "is not a name of an environment variable")
            inputs.offences.check(
                name not in CONTRACT_VARIABLES, where, name, "is set by the server contract; choose another name"
            )
    for name, value in variables.items():
        plain = isinstance(value, str | pulumi.Output) or inspect.isawaitable(value)
        inputs.offences.check(plain, f"variables.{name}", value, "is not text; put it in quotes")
    for name in sorted(set(variables) & set(secrets)):
        inputs.offences.add(f"secrets.{name}", name, "is also among the variables")
    for name, value in secrets.items():
        good = not isinstance(value, str) or _SECRET.fullmatch(value)
        # The value may be the secret itself, so the error does not show it.
        inputs.offences.check(good, f"secrets.{name}", "***", "is not the ARN of a Secrets Manager secret")
