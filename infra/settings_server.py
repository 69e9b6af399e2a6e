"""The settings of one MCP server."""

from typing import Annotated, Literal

from pydantic import Field, JsonValue

from mcp_ops.hosting.fargate import MAX_TASKS, MEMORY_BY_CPU
from mcp_ops.hosting.gateway_plan import LAST_RULE_BLOCK, RULE_BLOCK_BASE, RULE_BLOCK_SIZE
from mcp_ops.hosting.mcp_server_plan import PATH
from mcp_ops.naming import SERVER_NAME
from settings_types import DomainName, Group, Pattern, Scope, ToolName

EnvName = Annotated[str, Pattern(r"[A-Za-z_][A-Za-z0-9_]{0,254}", "is not a name of an environment variable")]
ServerName = Annotated[
    str,
    Pattern(
        SERVER_NAME.pattern,
        "is not a server name: lower case, digits and hyphens, first a letter, at most 20 characters",
    ),
]
Image = Annotated[
    str,
    Pattern(
        r"[a-z0-9][a-z0-9._-]*(:\d+)?(/[a-z0-9._-]+)*(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127}|@sha256:[0-9a-f]{64}|:[\w.-]{1,128}@sha256:[0-9a-f]{64})",
        "is not an image reference with a tag or a digest such as registry/name:1.2.0",
    ),
]
SecretArn = Annotated[
    str,
    Pattern(
        r"arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6}(:[^:\s]*:[^:\s]*:[^:\s]*)?",
        "is not the full ARN of a secret in AWS Secrets Manager, with the six characters at its end",
    ),
]
SecretSource = Annotated[
    str,
    Pattern(
        r"[a-z]([a-z0-9-]{0,38}[a-z0-9])?(:[A-Za-z0-9_.-]{1,128})?|arn:aws:secretsmanager:[a-z0-9-]+:\d{12}:secret:"
        r"[A-Za-z0-9/_+=.@-]{1,512}-[A-Za-z0-9]{6}(:[^:\s]*:[^:\s]*:[^:\s]*)?",
        "is neither the name of a secret of secretStore, such as session-key or signing:privateKey, nor the full ARN "
        "of a secret in AWS Secrets Manager, with the six characters at its end",
    ),
]
"""A secret of the store by name, with or without a key of its JSON; or any secret by ARN."""
KeyArn = Annotated[str, Pattern(r"arn:aws:kms:[a-z0-9-]+:\d{12}:key/[A-Za-z0-9-]{1,64}", "is not the ARN of a KMS key")]
Origin = Annotated[str, Pattern(r"https?://[a-z0-9.-]+(:\d{1,5})?", "is not an origin such as https://app.example.com")]
UrlPath = Annotated[
    str,
    Pattern(PATH.pattern, "is not a path such as /mcp: no slash at its end, letters, digits and ._~- between slashes"),
]


class Tasks(Group):
    """How many copies of a server run. One task of the default size costs about 7 USD a month on arm64."""

    min: Annotated[int, Field(ge=1, le=MAX_TASKS)] = 2
    """Fewest tasks. Prod needs at least 2: one per availability zone."""
    max: Annotated[int, Field(ge=1, le=MAX_TASKS)] = 10
    """Most tasks that autoscaling may start; 5000 is the ECS quota per service."""


class Probe(Group):
    """One tool call that a rehearsal makes."""

    tool: ToolName
    """Name of the tool."""
    arguments: dict[str, JsonValue] = Field(default_factory=dict)
    """Arguments of the call."""
    expect: dict[str, JsonValue] | None = None
    """Members that the structured result must have; without it, any result that is no error will do."""


class Rehearsal(Group):
    """How a rehearsal runs the server as a process, without its image."""

    command: Annotated[tuple[Annotated[str, Field(min_length=1)], ...], Field(min_length=1)]
    """Program and its arguments."""
    working_directory: Annotated[str, Field(min_length=1)] = "."
    """Directory the command starts in, relative to the project."""
    needs: tuple[Annotated[str, Field(min_length=1)], ...] = ()
    """Programs on PATH, and paths relative to the project, without which the server is not started here: `node`."""
    probes: tuple[Probe, ...] = ()
    """Tool calls that must succeed."""


class Server(Group):
    """One MCP server: an image that keeps the server contract (docs/server-contract.md)."""

    image: Image
    """Container image by digest, or by tag where `deployment.requireDigest` is false. A repository of this account and
    region whose name begins with `<environment>/` is created by the program; any other must exist."""
    cpu: Annotated[int, Field(json_schema_extra={"enum": list(MEMORY_BY_CPU)})] = 256
    """CPU units of a task, 1024 to a virtual CPU; a Fargate size."""
    memory: Annotated[int, Field(ge=512, le=122_880)] = 512
    """Memory of a task in MiB; a Fargate size that goes with `cpu`."""
    architecture: Literal["arm64", "x86_64"] = "arm64"
    """Processor of the image, arm64 or x86_64; x86_64 costs a quarter more."""
    tasks: Tasks = Tasks()
    """How many copies run."""
    target_load: Annotated[int, Field(ge=1, le=1_000_000)] = 20
    """Requests per second that the server must carry."""
    requests_per_task: Annotated[int, Field(ge=1, le=100_000)] = 50
    """Requests per second that one task carries, measured; `tasks.max` of them must carry `targetLoad` and 20 %
    more."""
    host: DomainName | None = None
    """Host name. Default `<name>.<domain>`; the domain itself, or one label below it, is covered by the certificate."""
    path: UrlPath = "/mcp"
    """Path of the endpoint."""
    allowed_origins: tuple[Origin, ...] = ()
    """Values of `Origin` that are answered besides the server's own: browser applications that call it."""
    scopes: dict[ToolName, tuple[Scope, ...]] = Field(default_factory=dict)
    """Tool to the scopes that a caller needs for it, all of them; a tool that is not named needs none."""
    audience: Annotated[str, Field(min_length=1, max_length=256)] | None = None
    """What tokens for this server carry in `aud`. Only Entra needs it: the id of the server's app registration. Any
    other issuer has to name the canonical URL `https://<host><path>`."""
    calls: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    """Servers of this stack that it calls inside the network, by name: at `http://<name>:8000<path>`, without the
    gateway."""
    rule_block: Annotated[int, Field(ge=RULE_BLOCK_BASE, le=LAST_RULE_BLOCK, multiple_of=RULE_BLOCK_SIZE)] | None = None
    """First of the ten listener priorities of the server: 1000, 1010, ... 40990. Default: from host and path; to be set
    only where two servers meet in one block."""
    environment: dict[EnvName, str] = Field(default_factory=dict)
    """Plain variables of the container. Secrets are refused here."""
    secrets: dict[EnvName, SecretSource] = Field(default_factory=dict)
    """Variable name to what fills it when a task starts: the name of a secret of `secretStore`, `:<json key>` may
    follow; or the full ARN of a secret in AWS Secrets Manager, `:<json key>::` may follow."""
    secret_keys: tuple[KeyArn, ...] = ()
    """KMS keys that encrypt these secrets, unless it is the account's own key for Secrets Manager."""
    rehearsal: Rehearsal | None = None
    """How a rehearsal runs the server; without it, the server is not served in rehearsals."""
