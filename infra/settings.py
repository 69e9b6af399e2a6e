"""The settings of a stack: everything that differs between dev, staging and prod, and nothing else.

Each field of `Settings` is one key of `Pulumi.<stack>.yaml` in the namespace `mcp-ops`. Rules that join several values
stand in `settings_rules.py`, reading and error lines in `settings_load.py`.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from mcp_ops.hosting.encryption import DELETION_WINDOW_DAYS
from mcp_ops.hosting.image_repository import KEEP_IMAGES
from mcp_ops.hosting.network_plan import INTERFACE_ENDPOINTS
from mcp_ops.hosting.web_acl_plan import DEFAULT_RATE_LIMIT, MAX_ADDRESSES, MAX_COUNTRIES, RATE_LIMIT
from settings_access import Access
from settings_backups import Backups, Store, StoreName
from settings_delivery import Delivery
from settings_deployment import Deployment
from settings_monitoring import Budget, Monitoring, Notifications
from settings_secret_store import SecretStoreSettings
from settings_server import Server, ServerName
from settings_types import (
    AccountId,
    CertificateArn,
    Cidr,
    ClaimName,
    ClaimValue,
    Country,
    DomainName,
    EnvironmentName,
    GitHubOwner,
    GitHubRepository,
    Group,
    HostedZoneId,
    HttpsAddress,
    LogDays,
    Preset,
    Region,
    SubnetId,
    TagText,
    VpcId,
    ZoneName,
)
from settings_words import NAMESPACE


class Regions(Group):
    """Where the environment runs."""

    primary: Region
    """Region of every resource."""
    replica: Region | None = None
    """Second region. Images of the environment's own repositories are copied to it, so that servers can start there;
    ECR has one replication rule per account and region, so only one environment per account may name a replica. Costs
    storage twice, 0.10 USD per GB and month."""


class Domain(Group):
    """Under which names the servers answer."""

    name: DomainName
    """Domain of the environment, such as dev.example.com; a server answers at `<server>.<domain>` unless it says
    otherwise."""
    hosted_zone_id: HostedZoneId | None = None
    """Route 53 zone that holds the domain. With it the program makes the records and, unless one is given, the
    certificate."""
    certificate_arn: CertificateArn | None = None
    """Certificate in ACM for the domain and `*.<domain>`, in the primary region. Required without a hosted zone."""


class Repository(Group):
    """GitHub repository that owns the environment; the tag `Repository` names it."""

    owner: GitHubOwner
    """Organisation or person."""
    name: GitHubRepository
    """Name of the repository."""


class ExistingNetwork(Group):
    """A VPC that somebody else manages. The program changes nothing in it."""

    vpc_id: VpcId
    """The VPC."""
    public_subnet_ids: Annotated[tuple[SubnetId, ...], Field(max_length=3)] = ()
    """Subnets of the gateway, one per zone, 2 or 3; not needed for an internal gateway."""
    private_subnet_ids: Annotated[tuple[SubnetId, ...], Field(min_length=2, max_length=3)]
    """Subnets of the servers, one per zone, 2 or 3."""


class Network(Group):
    """The environment's own network, or an existing one."""

    cidr_block: Cidr = "10.0.0.0/16"
    """Address range of the VPC, /16 to /22, private addresses."""
    reserved_cidrs: tuple[Cidr, ...] = ()
    """Address ranges that the VPC must keep clear of: other environments, offices, partners. Checked, never routed."""
    availability_zones: Annotated[tuple[ZoneName, ...], Field(max_length=3)] = ()
    """Names of 2 or 3 zones of the primary region. Required unless the network exists."""
    nat: Literal["single", "per-zone", "none"] = "per-zone"
    """NAT gateways, about 33 USD a month each: one per zone, a single one (egress fails with its zone), or none (needs
    interface endpoints)."""
    interface_endpoints: tuple[Annotated[str, Field(json_schema_extra={"enum": list(INTERFACE_ENDPOINTS)})], ...] = ()
    """AWS services reached without NAT, such as ecr.api, ecr.dkr, logs, secretsmanager; about 7.30 USD a month each and
    zone."""
    existing: ExistingNetwork | None = None
    """Use this VPC and make none; the other network settings except `internal` and `ingressCidrs` then stay unset."""
    internal: bool = False
    """True puts the load balancer into the private subnets, out of reach from the internet."""
    ingress_cidrs: Annotated[tuple[Cidr, ...], Field(max_length=25)] = ()
    """Networks that may reach the load balancer, at most 25: two rules each, of the 60 that a security group takes.
    Default: the VPC when internal, else 0.0.0.0/0."""
    listener_rules: Annotated[int, Field(ge=100, le=10_000)] = 100
    """Rules that the load balancer takes: AWS's default, or what it granted. A server needs 1, with sign-in 3, and 1
    more where releases are tried on the test listener."""


class SignIn(Group):
    """Who may call the servers: with `jwt`, whoever brings an access token of the issuer for that server."""

    mode: Literal["none", "jwt"]
    """jwt: the gateway verifies bearer tokens, and the servers do it again. none: whoever reaches the gateway may call
    every tool; for internal gateways only, and never for prod."""
    preset: Preset | None = None
    """What the issuer runs on: auth0, cognito, entra, keycloak or okta. It knows the issuer's keys and claims; any
    other issuer needs `jwksUrl` instead."""
    issuer: HttpsAddress | None = None
    """Issuer of the tokens, exactly as they carry it in `iss`. With the preset cognito and without issuer, the program
    makes a user pool."""
    jwks_url: HttpsAddress | None = None
    """Address of the keys that sign tokens. Default: the preset's."""
    unauthenticated: Literal["reject", "forward"] = "reject"
    """A request without token is answered by the gateway with 401 (reject), or by the server, which can add
    `WWW-Authenticate` (forward)."""
    claims: dict[ClaimName, tuple[ClaimValue, ...]] = Field(default_factory=dict)
    """Claims besides the audience that tokens must carry, at most 9, each with 1 to 10 accepted values."""
    claim_formats: dict[ClaimName, Literal["single-string", "string-array", "space-separated-values"]] = Field(
        default_factory=dict
    )
    """Format of a claim where it is not the usual one; `aud: string-array` where tokens name several audiences."""


class Firewall(Group):
    """AWS WAF in front of the servers, made for MCP; about 9 USD a month and 0.60 USD per million requests."""

    enabled: bool = True
    """False leaves the load balancer without a web ACL."""
    rate_limit: Annotated[int, Field(ge=RATE_LIMIT[0], le=RATE_LIMIT[1])] = DEFAULT_RATE_LIMIT
    """Requests that one address may make in five minutes; hosted AI tools call from few addresses."""
    allowed_countries: Annotated[tuple[Country, ...], Field(min_length=1, max_length=MAX_COUNTRIES)] | None = None
    """Countries that may call, such as DE. Default: all. 1 USD a month."""
    allowed_cidrs: Annotated[tuple[Cidr, ...], Field(min_length=1, max_length=MAX_ADDRESSES)] | None = None
    """Networks that may call, seen from the load balancer. Default: all. 1 USD a month."""


class Retention(Group):
    """How long things are kept, and whether they can be deleted."""

    logs_days: LogDays = 30
    """Days that logs of servers and network flows are kept."""
    access_logs_days: Annotated[int, Field(ge=1, le=3653)] = 90
    """Days that access logs of the load balancer are kept."""
    images_kept: Annotated[int, Field(ge=KEEP_IMAGES[0], le=KEEP_IMAGES[1])] = 30
    """Images kept per repository; the oldest go first. Roll-back needs at least 2."""
    key_deletion_days: Annotated[int, Field(ge=DELETION_WINDOW_DAYS[0], le=DELETION_WINDOW_DAYS[1])] = 30
    """Days in which the deletion of an encryption key can be undone."""
    protect: bool = True
    """True: keys, archives, repositories and the load balancer refuse to be destroyed. False: `pulumi destroy` leaves
    nothing."""


class Settings(Group):
    """The configuration of one stack of mcp-ops."""

    environment: EnvironmentName
    """dev, staging or prod: names and tags the resources, and decides how strict the rules are."""
    account: AccountId
    """AWS account, 12 digits in quotes; the provider refuses any other."""
    regions: Regions
    """Where the environment runs."""
    domain: Domain
    """Under which names the servers answer."""
    owner: TagText
    """Team that answers for the environment; tag `Owner`."""
    cost_centre: TagText
    """Who pays; tag `CostCentre`."""
    repository: Repository
    """GitHub repository that owns the environment; tag `Repository`."""
    network: Network
    """Addresses, zones and ways in and out."""
    servers: Annotated[dict[ServerName, Server], Field(min_length=1, max_length=100)]
    """MCP servers by name, 1 to 100: a load balancer has room for 100 target groups."""
    sign_in: SignIn | None = None
    """Who may call the servers."""
    firewall: Firewall = Firewall()
    """What the servers are kept from."""
    deployment: Deployment = Deployment()
    """How a release replaces the one before."""
    retention: Retention = Retention()
    """How long things are kept, and whether they can be deleted."""
    notifications: Notifications = Notifications()
    """Who hears of alarms."""
    monitoring: Monitoring = Monitoring()
    """What is watched, and from which values on somebody is told."""
    secret_store: SecretStoreSettings | None = None
    """Secrets that the environment keeps and rotates, for its servers to name."""
    access: Access = Access()
    """The record of who did what, and the roles of people."""
    stores: Annotated[dict[StoreName, Store], Field(max_length=100)] = Field(default_factory=dict)
    """What servers keep, by name: tables, buckets, file systems and databases. Two keys more, 2 USD a month."""
    backups: Backups = Backups()
    """How it is backed up and how backups are proved."""
    delivery: Delivery = Delivery()
    """How changes reach the environment."""
    budget: Budget | None = None
    """What the account may cost; without it nobody is told."""


def json_schema() -> dict[str, Any]:
    """Returns the JSON Schema (draft 2020-12) of a whole stack file, for completion in editors."""
    schema = Settings.model_json_schema(by_alias=True)
    definitions = schema.pop("$defs")
    keys = {f"{NAMESPACE}:{key}": value for key, value in schema["properties"].items()}
    config = {
        "type": "object",
        "description": schema["description"],
        "properties": keys,
        "required": [f"{NAMESPACE}:{key}" for key in schema["required"]],
        "patternProperties": {f"^(?!{NAMESPACE}:)": {}},
        "additionalProperties": False,
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Stack file of mcp-ops",
        "type": "object",
        "properties": {"config": config},
        "required": ["config"],
        "$defs": definitions,
    }
