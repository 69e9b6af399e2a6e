"""Rules about sign-in: the unsafe choice needs a word, and what the library refuses is said with the setting's name."""

from mcp_ops.errors import Offences
from mcp_ops.hosting.sign_in_plan import check_metadata_path, plan_sign_in
from settings import Settings, SignIn
from settings_errors import Findings
from settings_server_rules import address
from settings_words import Path
from sign_in import COGNITO, TokenIssuer, sign_in_args

ANYWHERE = "0.0.0.0/0"

SIGN_IN: Path = ("signIn",)
MODE: Path = (*SIGN_IN, "mode")

_REACH: tuple[Path, ...] = (("network", "internal"), ("network", "ingressCidrs"))
_OF_SERVERS = ("audience", "scopes", "path")
_FIELDS = {"claim_formats": "claimFormats", "jwks_url": "jwksUrl"}
"""Names of the library's inputs that are written differently in a stack file."""


def check_sign_in(settings: Settings, found: Findings) -> None:
    """Notes every rule that the sign-in breaks."""
    chosen = settings.sign_in
    rule = (
        "anybody on the internet could call the servers: set network.internal, name network.ingressCidrs, "
        "or say that you want it with signIn.mode: none"
    )
    found.require(chosen or not _is_public(settings), SIGN_IN, rule, *_REACH)
    if chosen is None or chosen.mode == "none":
        _check_without(settings, chosen, found)
    else:
        _check_with(settings, chosen, found)


def _is_public(settings: Settings) -> bool:
    network = settings.network
    return not network.internal and (not network.ingress_cidrs or ANYWHERE in network.ingress_cidrs)


def _check_without(settings: Settings, chosen: SignIn | None, found: Findings) -> None:
    rule = "has no effect without sign-in; set signIn.mode: jwt, or leave it out"
    for field in sorted(chosen.model_fields_set - {"mode"} if chosen else ()):
        path = (*SIGN_IN, str(SignIn.model_fields[field].alias))
        found.check(None, path, getattr(chosen, field), rule, MODE)
    for name, server in settings.servers.items():
        for field in sorted({"audience", "scopes"} & server.model_fields_set):
            found.check(None, ("servers", name, field), getattr(server, field), rule, MODE)


def _check_with(settings: Settings, chosen: SignIn, found: Findings) -> None:
    path = (*SIGN_IN, "issuer")
    rule = f"it issues the tokens; only with preset {COGNITO} does the program make one"
    found.require(chosen.issuer or chosen.preset == COGNITO, path, rule, (*SIGN_IN, "preset"))
    network = settings.network
    reachable = network.existing or network.nat != "none"
    rule = "leaves an internal gateway and the servers without a way to the issuer's keys; use single or per-zone"
    found.check(reachable, ("network", "nat"), network.nat, rule, MODE)
    issuer = TokenIssuer(chosen.issuer or _made(settings), chosen.jwks_url)
    for name in settings.servers:
        _check_server(settings, name, issuer, found)


def _made(settings: Settings) -> str:
    """Returns an issuer as the program would make it, for rules that need one."""
    region = settings.regions.primary
    return f"https://cognito-idp.{region}.amazonaws.com/{region}_AbCdEfGhI"


def _check_server(settings: Settings, name: str, issuer: TokenIssuer, found: Findings) -> None:
    host, path = address(settings, name)
    scratch = Offences()
    check_metadata_path(scratch, "path", path)
    plan_sign_in(scratch, sign_in_args(settings, name, issuer), f"https://{host}{path}")
    server: Path = ("servers", name)
    depends: list[Path] = [(*server, "host"), (*server, "path"), ("domain", "name"), (*SIGN_IN, "preset")]
    depends.append((*SIGN_IN, "issuer"))
    for offence in scratch:
        field, *rest = offence.where.split(".", 1)
        start = server if field in _OF_SERVERS else SIGN_IN
        where: Path = (*start, _FIELDS.get(field, field), *rest)
        if offence.value is None:
            found.require(None, where, offence.rule.removeprefix("is missing; "), *depends)
        else:
            found.check(None, where, offence.value, offence.rule, *depends)
