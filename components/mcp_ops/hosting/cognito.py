"""A user pool of Amazon Cognito as issuer of access tokens for MCP servers.

Each server is a resource server whose id is the canonical URL, so that a scope names the server it is for; a machine
client per server gets tokens for that server only. Not managed here: people and federated providers (an administrator
adds them), and clients for interactive sign-in, which belong to the application that people use.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NotRequired, TypedDict

import pulumi
import pulumi_aws as aws

from mcp_ops.arns import REGION, REGION_RULE
from mcp_ops.errors import Offences
from mcp_ops.hosting.identity_providers import BASE_SCOPE
from mcp_ops.inputs import Inputs
from mcp_ops.tags import merge_tags

TOKEN = "mcp-ops:index:CognitoIssuer"  # noqa: S105 - a resource type, not a password

ADVANCED_SECURITY = ("enforced", "audit", "off")
"""Threat protection of the user pool (API reference of UserPoolAddOnsType)."""

MAX_IDENTIFIER, MAX_SCOPES = 256, 100
"""Characters of a resource server's id, and its scopes (API reference of CreateResourceServer)."""

TOKEN_MINUTES = 60
PASSWORD_LENGTH = 14

_PREFIX = re.compile(r"(?!.*(aws|amazon|cognito))[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
_PREFIX_RULE = "is no domain prefix; use lower case, digits and hyphens, at most 63, without aws, amazon and cognito"
_URL = re.compile(r"https://[a-z0-9.-]+(/[A-Za-z0-9._~-]+)+")
_SCOPE = re.compile(r"[\x21\x23-\x2E\x30-\x5B\x5D-\x7E]{1,200}")
_SCOPE_RULE = "is no scope of Cognito; use up to 200 printable characters without space, slash, quotation mark and \\"
_SERVER = re.compile(r"[a-z]([a-z0-9-]*[a-z0-9])?")


class CognitoServerArgs(TypedDict):
    """An MCP server that the user pool issues tokens for."""

    url: str
    """Canonical URL of the server."""
    scopes: NotRequired[list[str]]
    """Scopes that its tools need, without the URL, at most 99. Default none; `call`, which every token carries, is
    added."""


class CognitoIssuerArgs(TypedDict):
    """Inputs of a CognitoIssuer."""

    region: str
    """Region of the user pool."""
    domain_prefix: str
    """First label of the token endpoint's host, unique in the region; an account id in it makes it so."""
    servers: Mapping[str, CognitoServerArgs]
    """Servers by name."""
    advanced_security: NotRequired[str]
    """Threat protection: `enforced`, `audit` or `off`. Default `enforced`, which needs the Plus plan: 0.02 USD a month
    for each person who signs in. Token requests of machine clients are charged apart."""
    protect: NotRequired[bool]
    """Whether AWS and Pulumi refuse to delete the user pool. Default true."""
    tags: NotRequired[Mapping[str, pulumi.Input[str]]]
    """Tags of the user pool."""


@dataclass(frozen=True)
class CognitoIssuerPlan:
    """What a CognitoIssuer registers."""

    region: str
    domain_prefix: str
    servers: Mapping[str, tuple[str, tuple[str, ...]]]
    """Canonical URL and scopes by server."""
    advanced_security: str
    protect: bool


def plan_cognito_issuer(name: str, args: CognitoIssuerArgs) -> CognitoIssuerPlan:
    """Decides on the user pool. Raises `InputError` with every offence."""
    inputs = Inputs(name, args, CognitoIssuerArgs)
    servers = inputs.mapping("servers")
    inputs.offences.check(servers, "servers", dict(servers), "names no server")
    plan = CognitoIssuerPlan(
        region=inputs.text("region", REGION, REGION_RULE),
        domain_prefix=inputs.text("domain_prefix", _PREFIX, _PREFIX_RULE),
        servers={server: _server(inputs, server, wanted) for server, wanted in servers.items()},
        advanced_security=inputs.choice("advanced_security", ADVANCED_SECURITY[0], ADVANCED_SECURITY),
        protect=inputs.flag("protect", default=True),
    )
    urls = [url for url, _ in plan.servers.values()]
    for server, (url, _) in plan.servers.items():
        once = not url or urls.count(url) == 1
        inputs.offences.check(once, f"servers.{server}.url", url, "is the canonical URL of another server, too")
    inputs.offences.refuse()
    return plan


def _server(inputs: Inputs, server: str, wanted: object) -> tuple[str, tuple[str, ...]]:
    offences, where = inputs.offences, f"servers.{server}"
    offences.check(_SERVER.fullmatch(server), where, server, "is no server name; use lower case, digits and hyphens")
    if not isinstance(wanted, Mapping):
        offences.add(where, wanted, "is not a map with url and scopes")
        return "", ()
    given = Inputs("", wanted, CognitoServerArgs, Offences(f"{where}."))
    url = given.text("url", _URL, "is no canonical URL; write it as https://host/path")
    scopes = tuple(sorted({BASE_SCOPE, *given.texts("scopes")}))
    given.offences.check(len(url) <= MAX_IDENTIFIER, "url", url, f"is longer than {MAX_IDENTIFIER} characters")
    given.offences.check(len(scopes) <= MAX_SCOPES, "scopes", len(scopes), f"are too many; at most {MAX_SCOPES}")
    for scope in scopes:
        given.offences.check(_SCOPE.fullmatch(scope), "scopes", scope, _SCOPE_RULE)
    for offence in given.offences:
        offences.add(offence.where, offence.value, offence.rule)
    return url, scopes


class CognitoIssuer(pulumi.ComponentResource):
    """A user pool that issues tokens for MCP servers: no self-registration, second factor, threat protection."""

    issuer: pulumi.Output[str]
    """Issuer of the tokens; the preset `cognito` of a server's sign-in takes it."""
    jwks_url: pulumi.Output[str]
    """Address of the keys that sign tokens."""
    token_endpoint: pulumi.Output[str]
    """Where machine clients get tokens (client credentials)."""
    client_ids: pulumi.Output[Mapping[str, str]]
    """Id of the machine client, by server."""
    client_secrets: pulumi.Output[Mapping[str, str]]
    """Its secret, by server; secret in the state, too."""
    user_pool_id: pulumi.Output[str]
    """Id of the user pool."""

    def __init__(self, name: str, args: CognitoIssuerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        plan = plan_cognito_issuer(name, args)
        super().__init__(TOKEN, name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        pool = _user_pool(name, plan, merge_tags({}, args.get("tags")), child)
        aws.cognito.UserPoolDomain(f"{name}-domain", domain=plan.domain_prefix, user_pool_id=pool.id, opts=child)
        clients = {server: _machine(name, server, plan, pool, child) for server in sorted(plan.servers)}
        host = f"https://cognito-idp.{plan.region}.amazonaws.com/"
        self.issuer = pulumi.Output.concat(host, pool.id)
        self.jwks_url = pulumi.Output.concat(self.issuer, "/.well-known/jwks.json")
        token_host = f"https://{plan.domain_prefix}.auth.{plan.region}.amazoncognito.com"
        self.token_endpoint = pulumi.Output.from_input(f"{token_host}/oauth2/token")
        self.client_ids = pulumi.Output.all(**{server: client.id for server, client in clients.items()})
        secrets = pulumi.Output.all(**{server: client.client_secret for server, client in clients.items()})
        self.client_secrets = pulumi.Output.secret(secrets)
        self.user_pool_id = pool.id
        self.register_outputs({key: getattr(self, key) for key in CognitoIssuer.__annotations__})


def _user_pool(
    name: str, plan: CognitoIssuerPlan, tags: dict[str, pulumi.Input[str]], child: pulumi.ResourceOptions
) -> aws.cognito.UserPool:
    secured = plan.advanced_security != "off"
    add_ons = aws.cognito.UserPoolUserPoolAddOnsArgs(advanced_security_mode=plan.advanced_security.upper())
    protection = pulumi.ResourceOptions(protect=plan.protect, retain_on_delete=plan.protect)
    return aws.cognito.UserPool(
        f"{name}-pool",
        user_pool_tier="PLUS" if secured else "ESSENTIALS",
        user_pool_add_ons=add_ons if secured else None,
        admin_create_user_config=aws.cognito.UserPoolAdminCreateUserConfigArgs(allow_admin_create_user_only=True),
        mfa_configuration="ON",
        software_token_mfa_configuration=aws.cognito.UserPoolSoftwareTokenMfaConfigurationArgs(enabled=True),
        password_policy=aws.cognito.UserPoolPasswordPolicyArgs(minimum_length=PASSWORD_LENGTH),
        deletion_protection="ACTIVE" if plan.protect else "INACTIVE",
        tags=tags,
        opts=pulumi.ResourceOptions.merge(child, protection),
    )


def _machine(
    name: str, server: str, plan: CognitoIssuerPlan, pool: aws.cognito.UserPool, child: pulumi.ResourceOptions
) -> aws.cognito.UserPoolClient:
    url, scopes = plan.servers[server]
    resource = aws.cognito.ResourceServer(
        f"{server}-resource",
        identifier=url,
        name=f"{name}-{server}",
        user_pool_id=pool.id,
        scopes=[
            aws.cognito.ResourceServerScopeArgs(scope_name=scope, scope_description=f"{scope} on {server}")
            for scope in scopes
        ],
        opts=child,
    )
    return aws.cognito.UserPoolClient(
        f"{server}-machine",
        user_pool_id=pool.id,
        generate_secret=True,
        allowed_oauth_flows_user_pool_client=True,
        allowed_oauth_flows=["client_credentials"],
        allowed_oauth_scopes=[f"{url}/{scope}" for scope in scopes],
        access_token_validity=TOKEN_MINUTES,
        token_validity_units=aws.cognito.UserPoolClientTokenValidityUnitsArgs(access_token="minutes"),  # noqa: S106
        prevent_user_existence_errors="ENABLED",
        enable_token_revocation=True,
        # Cognito refuses a client with scopes that do not exist yet.
        opts=pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(depends_on=[resource])),
    )
