"""Who issues the tokens with which callers sign in."""

from collections.abc import Mapping
from typing import NamedTuple

import pulumi

from environment import shared_name
from mcp_ops import CognitoIssuer, CognitoServerArgs, SignInArgs
from settings import Settings
from settings_server_rules import address

COGNITO = "cognito"
"""The preset whose issuer the program can make."""


class TokenIssuer(NamedTuple):
    """An issuer, and the user pool behind it if the program made one."""

    issuer: pulumi.Input[str]
    jwks_url: pulumi.Input[str] | None
    pool: CognitoIssuer | None = None


def token_issuer(settings: Settings, opts: pulumi.ResourceOptions) -> TokenIssuer | None:
    """Returns the issuer of the settings, or registers a user pool; None without sign-in."""
    chosen = settings.sign_in
    if chosen is None or chosen.mode == "none":
        return None
    if chosen.issuer:
        return TokenIssuer(chosen.issuer, chosen.jwks_url)
    name = shared_name(settings)
    pool = CognitoIssuer(
        name,
        {
            "region": settings.regions.primary,
            # The prefix is shared with everybody who uses the region.
            "domain_prefix": f"{name}-{settings.account}",
            "servers": _resources(settings),
            "protect": settings.retention.protect,
        },
        opts,
    )
    return TokenIssuer(pool.issuer, pool.jwks_url, pool)


def sign_in_args(settings: Settings, name: str, issuer: TokenIssuer) -> SignInArgs:
    """Returns how callers of one server sign in."""
    chosen, server = settings.sign_in, settings.servers[name]
    args: SignInArgs = {
        "issuer": issuer.issuer,
        "scopes": {tool: list(scopes) for tool, scopes in server.scopes.items()},
        "root_metadata": _has_host_alone(settings, name),
    }
    if issuer.jwks_url is not None:
        args["jwks_url"] = issuer.jwks_url
    if server.audience:
        args["audience"] = server.audience
    if chosen:
        args["unauthenticated"] = chosen.unauthenticated
        args["claims"] = {claim: list(values) for claim, values in chosen.claims.items()}
        args["claim_formats"] = dict(chosen.claim_formats)
        if chosen.preset:
            args["preset"] = chosen.preset
    return args


def _has_host_alone(settings: Settings, name: str) -> bool:
    host, _ = address(settings, name)
    return [address(settings, other)[0] for other in settings.servers].count(host) == 1


def _resources(settings: Settings) -> Mapping[str, CognitoServerArgs]:
    return {
        name: {
            "url": "https://{}{}".format(*address(settings, name)),
            "scopes": sorted({scope for scopes in server.scopes.values() for scope in scopes}),
        }
        for name, server in settings.servers.items()
    }
