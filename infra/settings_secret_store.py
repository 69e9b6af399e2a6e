"""The settings of the store of secrets: what it holds, and when each is rotated. No value stands here."""

from typing import Annotated, Literal

from pydantic import Field

from mcp_ops.secrets.schedule import DAYS, WINDOW_HOURS
from mcp_ops.secrets.secret_plan import (
    DATABASE,
    DATABASE_RULE,
    HOST,
    HOST_RULE,
    LENGTH,
    MAX_AGE_DAYS,
    NAME,
    NAME_RULE,
    USER,
    USER_RULE,
)
from settings_server import KeyArn, SecretArn
from settings_types import Group, HttpsAddress, Pattern

SecretName = Annotated[str, Pattern(NAME.pattern, NAME_RULE)]
HostName = Annotated[str, Pattern(HOST.pattern, HOST_RULE)]
Database = Annotated[str, Pattern(DATABASE.pattern, DATABASE_RULE)]
UserName = Annotated[str, Pattern(USER.pattern, USER_RULE)]
ClusterArn = Annotated[
    str, Pattern(r"arn:aws:rds:[a-z0-9-]+:\d{12}:cluster:[a-z0-9-]{1,63}", "is not the ARN of an Aurora cluster")
]


class StoredSecret(Group):
    """One secret; about 0.40 USD a month, and as much for its copy in the replica region."""

    kind: Literal["api-key", "database", "external", "generated", "signing-key"]
    """generated: random text. api-key: issued by a hook. signing-key: an RS256 key pair with a JWKS. database: a login,
    rotated by RDS or as two users in turn. external: somebody else rotates it, its age is watched."""
    description: Annotated[str, Field(max_length=2048)] | None = None
    """What it is for; not secret."""
    rotation_days: Annotated[int, Field(ge=DAYS[0], le=DAYS[1])] | None = None
    """Days between two rotations. Default 30; shortened by up to a tenth, so that not all rotate on one day."""
    schedule: Annotated[str, Field(max_length=256)] | None = None
    """Instead of rotationDays: `cron(0 hours day month weekday *)`, UTC."""
    window_hours: Annotated[int, Field(ge=WINDOW_HOURS[0], le=WINDOW_HOURS[1])] | None = None
    """Hours in which a rotation may begin. Default 4."""
    length: Annotated[int, Field(ge=LENGTH[0], le=LENGTH[1])] | None = None
    """generated: characters. Default 32."""
    alphabet: Literal["alphanumeric", "hex", "symbols", "url-safe"] | None = None
    """generated: which characters. Default alphanumeric."""
    given: bool = False
    """api-key, external: the first value comes from encrypted configuration: `pulumi config set --secret
    mcp-ops-secrets:<name>`. It is put once; later changes there have no effect."""
    hook_url: HttpsAddress | None = None
    """api-key: endpoint that makes, checks and ends keys; docs/secrets.md has its contract."""
    max_age_days: Annotated[int, Field(ge=MAX_AGE_DAYS[0], le=MAX_AGE_DAYS[1])] | None = None
    """external: days after which the value counts as overdue. Default 365."""
    managed_secret_arn: SecretArn | None = None
    """database: the secret that RDS manages."""
    cluster_arn: ClusterArn | None = None
    """database: Aurora cluster with the Data API."""
    admin_secret_arn: SecretArn | None = None
    """database: secret of a user who may set passwords."""
    admin_secret_key_arn: KeyArn | None = None
    """database: key that encrypts it, unless it is AWS's own."""
    engine: Literal["mysql", "postgres"] | None = None
    """database: what runs there."""
    host: HostName | None = None
    """database: host that servers connect to."""
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    """database: port. Default: the engine's."""
    dbname: Database | None = None
    """database: database that servers use."""
    username: UserName | None = None
    """database: first of the two users; the second is `<username>_clone`."""


class SecretStoreSettings(Group):
    """The secrets of the environment: encrypted with one key, rotated by a function, watched.

    The key costs about 1 USD a month, each watched secret 0.40 USD for its alarm and metric.
    """

    secrets: Annotated[dict[SecretName, StoredSecret], Field(min_length=1, max_length=50)]
    """Secrets by name. Servers name them under `secrets`."""
    replicate: bool = True
    """Whether regions.replica, where there is one, gets a copy of every secret and of the key."""
